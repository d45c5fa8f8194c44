/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations with more than one process or thread, and what goes with them. */
#include "bench.h"

#define FUTEX_WAIT      0
#define FUTEX_WAIT_PRIV 128
#define FUTEX_WAKE_PRIV 129
#define SIGKILL         9
#define SIGUSR1         10
#define SA_RESTORER     0x04000000ul
#define POLLIN          1
#define POLL_FDS        64
#define COW_PAGES       256
#define MOVED_PAGES     16
#define MREMAP_TO       3 /* MREMAP_MAYMOVE | MREMAP_FIXED */
#define AT_SYSINFO_EHDR 33
#define CLOCK_MONOTONIC 1
#define PT_LOAD         1
#define PT_DYNAMIC      2

SIGNAL_RETURN;

static char stack[4 * PAGE] __attribute__((aligned(16)));
static int stack_tid;
static volatile int ball, over;
static volatile long caught;
static char *pages, *place[2];
static unsigned cow_turn, moves;
static long cow_child;
static int (*read_clock)(long clock, long ts[2]);

static struct pollfd {
	int fd;
	short events, revents;
} polled[POLL_FDS];

static void wait_for(long pid)
{
	must(call6(NR_wait4, pid, 0, 0, 0, 0, 0));
}

static void op_fork(void)
{
	long pid = must(call3(NR_fork, 0, 0, 0));

	if (pid == 0)
		call3(NR_exit, 0, 0, 0);
	wait_for(pid);
}

static void op_exec(void)
{
	static char *const argv[] = { "x", NULL };

	wait_for(must(spawn("/bench", argv)));
}

static void nothing(void) {}

static void join(void)
{
	int tid;

	while ((tid = *(volatile int *)&stack_tid) != 0)
		call6(NR_futex, (long)&stack_tid, FUTEX_WAIT, tid, 0, 0, 0);
}

static void op_thread(void)
{
	must(thread(stack + sizeof(stack), nothing, &stack_tid));
	join();
}

static void throw(int to)
{
	ball = to;
	call3(NR_futex, (long)&ball, FUTEX_WAKE_PRIV, 1);
}

static void await(int mine)
{
	int now;

	while ((now = ball) != mine)
		call6(NR_futex, (long)&ball, FUTEX_WAIT_PRIV, now, 0, 0, 0);
}

static void catcher(void)
{
	while (!over) {
		await(1);
		throw(0);
	}
}

static void futex_prepare(void)
{
	must(thread(stack + sizeof(stack), catcher, &stack_tid));
}

static void op_futex(void)
{
	throw(1);
	await(0);
}

static void futex_finish(void)
{
	over = 1;
	op_futex();
	join();
	over = 0;
}

static void yielder(void)
{
	while (!over) {
		if (ball == 1)
			ball = 0;
		call3(NR_sched_yield, 0, 0, 0);
	}
}

static void yield_prepare(void)
{
	must(thread(stack + sizeof(stack), yielder, &stack_tid));
}

static void op_yield(void)
{
	ball = 1;
	while (ball)
		must(call3(NR_sched_yield, 0, 0, 0));
}

static void yield_finish(void)
{
	over = 1;
	join();
	over = 0;
}

static void handler(int sig)
{
	caught = caught + sig;
}

static void signal_prepare(void)
{
	struct {
		void (*handler)(int sig);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} sa = { handler, SA_RESTORER, signal_return, 0 };

	must(call6(NR_rt_sigaction, SIGUSR1, (long)&sa, 0, 8, 0, 0));
	cow_child = call3(NR_getpid, 0, 0, 0);
}

static void op_signal(void)
{
	long before = caught;

	must(call3(NR_kill, cow_child, SIGUSR1, 0));
	if (caught == before)
		must(-EIO);
}

static void poll_prepare(void)
{
	int fds[2];

	must(call3(NR_pipe, (long)fds, 0, 0));
	for (int i = 0; i < POLL_FDS; i++) {
		polled[i].fd = (int)must(call3(NR_dup, fds[0], 0, 0));
		polled[i].events = POLLIN;
	}
}

static void op_poll(void)
{
	must(call3(NR_poll, (long)polled, POLL_FDS, 0));
}

static void poll_finish(void)
{
	for (int i = 0; i < POLL_FDS; i++)
		call3(NR_close, polled[i].fd, 0, 0);
}

/* All pages are shared with a child that does nothing. */
static void cow_share(void)
{
	for (unsigned i = 0; pages && i < COW_PAGES; i++)
		pages[i * PAGE] = 1;
	cow_child = must(call3(NR_fork, 0, 0, 0));
	while (cow_child == 0)
		call3(NR_pause, 0, 0, 0);
	cow_turn = 0;
}

static void cow_unshare(void)
{
	call3(NR_kill, cow_child, SIGKILL, 0);
	wait_for(cow_child);
}

static void cow_prepare(void)
{
	pages = map(COW_PAGES * PAGE);
	cow_share();
}

static void op_cow(void)
{
	*(volatile char *)(pages + cow_turn * PAGE) = 2;
}

static void cow_next(void)
{
	if (++cow_turn < COW_PAGES)
		return;
	cow_unshare();
	cow_share();
}

/* Two places next to nothing else, so that neither merges. */
static void mremap_prepare(void)
{
	char *room = map(8 * MOVED_PAGES * PAGE);

	must(call3(NR_munmap, (long)room, 8 * MOVED_PAGES * PAGE, 0));
	place[0] = room + MOVED_PAGES * PAGE;
	place[1] = room + 4 * MOVED_PAGES * PAGE;
	must(call6(NR_mmap, (long)place[0], MOVED_PAGES * PAGE, PROT_RW,
		   MAP_ANON | 0x10, -1, 0));
	for (unsigned i = 0; i < MOVED_PAGES; i++)
		place[0][i * PAGE] = 1;
}

static void op_mremap(void)
{
	must(call6(NR_mremap, (long)place[moves & 1], MOVED_PAGES * PAGE,
		   MOVED_PAGES * PAGE, MREMAP_TO, (long)place[~moves & 1], 0));
	moves++;
}

static void op_clock(void)
{
	long ts[2];

	if (!read_clock || read_clock(CLOCK_MONOTONIC, ts))
		must(-EIO);
}

/*
 * The vDSO's function, by its dynamic symbols.
 */

struct header {
	unsigned char ident[16];
	unsigned short type, machine;
	unsigned version;
	unsigned long entry, phoff, shoff;
	unsigned flags;
	unsigned short ehsize, phentsize, phnum;
};
struct segment {
	unsigned type, flags;
	unsigned long offset, vaddr, paddr, filesz, memsz, align;
};
struct symbol {
	unsigned name;
	unsigned char info, other;
	unsigned short section;
	unsigned long value, size;
};

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void find_clock(const char *base)
{
	const struct header *h = (const void *)base;
	const struct segment *s = (const void *)(base + h->phoff);
	const long *dynamic = NULL;
	const char *names = NULL;
	const struct symbol *symbols = NULL;
	const unsigned *hash = NULL;

	for (int i = 0; i < h->phnum; i++)
		if (s[i].type == PT_DYNAMIC)
			dynamic = (const void *)(base + s[i].vaddr);
	for (; dynamic && dynamic[0]; dynamic += 2) {
		if (dynamic[0] == 5)
			names = base + dynamic[1];
		else if (dynamic[0] == 6)
			symbols = (const void *)(base + dynamic[1]);
		else if (dynamic[0] == 4)
			hash = (const void *)(base + dynamic[1]);
	}
	for (unsigned i = 0; hash && names && symbols && i < hash[1]; i++)
		if (same(names + symbols[i].name, "__vdso_clock_gettime"))
			read_clock = (int (*)(long, long *))(base +
							     symbols[i].value);
}

void process_start(unsigned long *at)
{
	char **argv = (char **)(at + 1);

	if (argv[0] && same(argv[0], "x"))
		call3(NR_exit, 0, 0, 0);
	for (at += 1 + at[0] + 1; *at; at++)
		;
	for (at++; at[0]; at += 2)
		if (at[0] == AT_SYSINFO_EHDR)
			find_clock((const char *)at[1]);
}

const struct op process_ops[] = {
	{ .name = "signal", op_signal, NULL, signal_prepare },
	{ .name = "poll64", op_poll, NULL, poll_prepare, poll_finish },
	{ .name = "mremap", op_mremap, NULL, mremap_prepare },
	{ .name = "clock", op_clock },
	{ .name = "thread", op_thread, .samples = 500 },
	{ .name = "futex", op_futex, NULL, futex_prepare, futex_finish },
	{ .name = "yield", op_yield, NULL, yield_prepare, yield_finish },
	{ .name = "fork", op_fork, .samples = 500 },
	{ .name = "exec", op_exec, .samples = 300 },
	{ .name = "cow", op_cow, cow_next, cow_prepare, cow_unshare },
};
const int process_op_count = sizeof(process_ops) / sizeof(process_ops[0]);
