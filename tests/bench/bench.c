/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark program: process 1 of a guest, on Dunlin and on Linux alike.
 *
 * The guest runs under -icount shift=0, where one instruction is one tick of
 * the cycle counter, so a difference of the counter is a number of
 * instructions.  Every operation is warmed up, then measured alone many times;
 * its figure is the mean less that of an empty operation, so that what a kernel
 * does only every so often (refilling lists, ticks, freeing in batches) counts;
 * the median stands beside it.  An operation that fails gives `bench NAME error
 * ERRNO` in place of a figure.
 *
 * Freestanding, so that the same bytes run everywhere and nothing comes before
 * the first instruction.  Results are written at the end, as lines
 * `bench NAME MEAN MEDIAN`, to descriptor 1; then the machine is restarted.
 */
#include "bench.h"

#define SAMPLES      2000 /* even: mprotect ends as it began */
#define WARM_UP      64
#define REGION_PAGES 16  /* 64 KiB */
#define FRESH_PAGES  256 /* too few for a huge page */

#define O_RDONLY      0
#define O_WRONLY      1
#define O_RDWR        2
#define O_CREAT       0100
#define MADV_DONTNEED 4
#define RB_RESTART    0x01234567

/* The first instruction reads the counter; bench_main gets it. */
__asm__(".globl _start\n"
	"_start:\n"
	"\trdtsc\n"
	"\tshl $32, %rdx\n"
	"\tor %rdx, %rax\n"
	"\tmov %rax, %rdi\n"
	"\tmov %rsp, %rsi\n"
	"\txor %ebp, %ebp\n"
	"\tand $-16, %rsp\n"
	"\tcall bench_main\n"
	"\tud2\n");

struct figure {
	unsigned long mean, median;
};

static unsigned long samples[SAMPLES];
static long failure;
static char out[4096];
static size_t out_len;
static char buffer[PAGE];

/* What the operations work on. */
static long zero_fd, null_fd, cached_fd;
static char *region, *fresh;
static unsigned long break_at;
static unsigned turn;
static long protection = PROT_RW;
static int pipe_there[2], pipe_back[2], unix_pair[2];
static long event_fd, epoll_fd;

struct epoll_event {
	unsigned events;
	unsigned long data;
} __attribute__((packed));

static void put(const char *s)
{
	while (*s && out_len < sizeof(out))
		out[out_len++] = *s++;
}

static void put_number(unsigned long n)
{
	char digits[24];
	int i = sizeof(digits) - 1;

	digits[i] = 0;
	do {
		digits[--i] = (char)('0' + n % 10);
	} while (n /= 10);
	put(digits + i);
}

static void report(const char *name, struct figure f)
{
	put("bench ");
	put(name);
	put(failure ? " error " : " ");
	put_number(failure ? (unsigned long)-failure : f.mean);
	put(" ");
	put_number(failure ? 0 : f.median);
	put("\n");
	failure = 0;
}

static struct figure plain(unsigned long value)
{
	return (struct figure){ value, value };
}

long must(long ret)
{
	if (ret < 0 && ret > -4096 && !failure)
		failure = ret;
	return ret;
}

void *map(size_t len)
{
	long p = must(call6(NR_mmap, 0, (long)len, PROT_RW, MAP_ANON, -1, 0));

	return p < 0 && p > -4096 ? NULL : (void *)p;
}

/* By Shell's method: there are a few thousand. */
static void sort(unsigned long *v, int n)
{
	for (int gap = n / 2; gap > 0; gap /= 2) {
		for (int i = gap; i < n; i++) {
			unsigned long x = v[i];
			int j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
	}
}

static struct figure summary(int n)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++)
		sum += samples[i];
	sort(samples, n);
	return (struct figure){ sum / (unsigned long)n, samples[n / 2] };
}

static void op_empty(void) {}

static void op_null(void)
{
	must(call3(NR_getppid, 0, 0, 0));
}

static void op_read_zero(void)
{
	must(call3(NR_read, zero_fd, (long)buffer, 1));
}

static void op_write_null(void)
{
	must(call3(NR_write, null_fd, (long)buffer, 1));
}

static void op_open_close(void)
{
	long fd = must(call3(NR_open, (long)"/tmp/bench/file", O_RDONLY, 0));

	must(call3(NR_close, fd, 0, 0));
}

static void op_stat(void)
{
	must(call3(NR_stat, (long)"/tmp/bench/file", (long)buffer, 0));
}

static void op_pread(void)
{
	long n =
		must(call6(NR_pread64, cached_fd, (long)buffer, PAGE, 0, 0, 0));

	if (n != PAGE)
		must(-EIO);
}

static void op_create(void)
{
	long fd = must(
		call3(NR_open, (long)"/tmp/bench/new", O_CREAT | O_RDWR, 0644));

	must(call3(NR_write, fd, (long)buffer, 1));
	must(call3(NR_close, fd, 0, 0));
	must(call3(NR_unlink, (long)"/tmp/bench/new", 0, 0));
}

static void op_mmap(void)
{
	void *p = map(REGION_PAGES * PAGE);

	must(call3(NR_munmap, (long)p, REGION_PAGES * PAGE, 0));
}

/* Each sample touches the next fresh page; a new region when they are used. */
static void op_fault(void)
{
	if (fresh)
		*(volatile char *)(fresh + turn * PAGE) = 1;
	else
		must(-ENOMEM);
}

static void fault_next(void)
{
	if (++turn < FRESH_PAGES)
		return;
	turn = 0;
	must(call3(NR_munmap, (long)fresh, FRESH_PAGES * PAGE, 0));
	fresh = map(FRESH_PAGES * PAGE);
}

static void op_refault(void)
{
	if (must(call3(NR_madvise, (long)region, PAGE, MADV_DONTNEED)) == 0)
		*(volatile char *)region = 1;
}

/* Takes the right to write away and gives it back, in turn. */
static void op_mprotect(void)
{
	protection ^= PROT_READ ^ PROT_RW;
	must(call3(NR_mprotect, (long)region, PAGE, protection));
}

/* A heap of one page stays, so that samples find its page table in place;
 * the other areas go, for the price depends on how many there are. */
static void brk_prepare(void)
{
	call3(NR_munmap, (long)fresh, FRESH_PAGES * PAGE, 0);
	call3(NR_munmap, (long)region, REGION_PAGES * PAGE, 0);
	break_at = (unsigned long)call3(NR_brk, 0, 0, 0) + PAGE - 1;
	break_at = (break_at & ~(PAGE - 1)) + PAGE;
	if (call3(NR_brk, (long)break_at, 0, 0) == (long)break_at)
		*(volatile char *)(break_at - PAGE) = 1;
}

static void op_brk(void)
{
	long end = call3(NR_brk, (long)(break_at + PAGE), 0, 0);

	if (end != (long)(break_at + PAGE)) {
		must(-ENOMEM);
		return;
	}
	*(volatile char *)break_at = 1;
	must(call3(NR_brk, (long)break_at, 0, 0));
}

/* A child that sends back each byte it gets. */
static void echo(int from, int to)
{
	char c;

	if (must(call3(NR_fork, 0, 0, 0)) != 0)
		return;
	while (call3(NR_read, from, (long)&c, 1) == 1)
		call3(NR_write, to, (long)&c, 1);
	call3(NR_exit, 0, 0, 0);
}

static void round_trip(int to, int from)
{
	must(call3(NR_write, to, (long)buffer, 1));
	if (must(call3(NR_read, from, (long)buffer, 1)) != 1)
		must(-EIO);
}

static void pipe_prepare(void)
{
	must(call3(NR_pipe, (long)pipe_there, 0, 0));
	must(call3(NR_pipe, (long)pipe_back, 0, 0));
	echo(pipe_there[0], pipe_back[1]);
}

static void op_pipe(void)
{
	round_trip(pipe_there[1], pipe_back[0]);
}

static void unix_prepare(void)
{
	must(call6(NR_socketpair, 1, 1, 0, (long)unix_pair, 0, 0));
	echo(unix_pair[0], unix_pair[0]);
}

static void op_unix(void)
{
	round_trip(unix_pair[1], unix_pair[1]);
}

static void bulk(int to, int from)
{
	must(call3(NR_write, to, (long)buffer, PAGE));
	if (must(call3(NR_read, from, (long)buffer, PAGE)) != PAGE)
		must(-EIO);
}

static void bulk_prepare(void)
{
	must(call3(NR_pipe, (long)pipe_there, 0, 0));
	must(call6(NR_socketpair, 1, 1, 0, (long)unix_pair, 0, 0));
}

static void op_pipe_bulk(void)
{
	bulk(pipe_there[1], pipe_there[0]);
}

static void op_unix_bulk(void)
{
	bulk(unix_pair[1], unix_pair[0]);
}

static void epoll_prepare(void)
{
	struct epoll_event ev = { 1, 0 }; /* EPOLLIN */

	event_fd = must(call3(NR_eventfd2, 0, 0, 0));
	epoll_fd = must(call3(NR_epoll_create1, 0, 0, 0));
	must(call6(NR_epoll_ctl, epoll_fd, 1, event_fd, (long)&ev, 0, 0));
}

static void op_epoll(void)
{
	struct epoll_event ev;
	unsigned long one = 1;

	must(call3(NR_write, event_fd, (long)&one, sizeof(one)));
	if (must(call6(NR_epoll_wait, epoll_fd, (long)&ev, 1, -1, 0, 0)) != 1)
		must(-EIO);
	must(call3(NR_read, event_fd, (long)&one, sizeof(one)));
}

static const struct op ops[] = {
	{ .name = "null", op_null },
	{ .name = "read", op_read_zero },
	{ .name = "write", op_write_null },
	{ .name = "open", op_open_close },
	{ .name = "stat", op_stat },
	{ .name = "pread", op_pread },
	{ .name = "create", op_create },
	{ .name = "mmap", op_mmap },
	{ .name = "fault", op_fault, fault_next },
	{ .name = "refault", op_refault },
	{ .name = "mprotect", op_mprotect },
	{ .name = "brk", op_brk, NULL, brk_prepare },
	{ .name = "pipe", op_pipe, NULL, pipe_prepare },
	{ .name = "unix", op_unix, NULL, unix_prepare },
	{ .name = "epoll", op_epoll, NULL, epoll_prepare },
	{ .name = "pipe4k", op_pipe_bulk, NULL, bulk_prepare },
	{ .name = "unix4k", op_unix_bulk },
};

static unsigned long once(const struct op *op)
{
	void (*run)(void) = op->run;
	unsigned long before, after;

	/* Hidden from the compiler: the empty operation must cost a call. */
	__asm__("" : "+r"(run));
	before = cycles();
	run();
	after = cycles();
	if (op->between)
		op->between();
	return after - before;
}

static struct figure measure(const struct op *op)
{
	int n = op->samples ? op->samples : SAMPLES;

	if (op->prepare)
		op->prepare();
	for (int i = 0; i < WARM_UP && !failure; i++)
		once(op);
	for (int i = 0; i < n && !failure; i++)
		samples[i] = once(op);
	if (op->finish)
		op->finish();
	return summary(n);
}

/* The number behind `word` in a file that prints `word   NUMBER kB`. */
static unsigned long number_after(const char *text, const char *word)
{
	unsigned long n = 0;

	for (; *text; text++) {
		size_t i = 0;

		while (word[i] && text[i] == word[i])
			i++;
		if (!word[i]) {
			text += i;
			break;
		}
	}
	while (*text == ' ')
		text++;
	while (*text >= '0' && *text <= '9')
		n = n * 10 + (unsigned long)(*text++ - '0');
	return n;
}

static void report_memory(void)
{
	long fd, n;

	call3(NR_mkdir, (long)"/proc", 0755, 0);
	call6(NR_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0, 0);
	fd = must(call3(NR_open, (long)"/proc/meminfo", O_RDONLY, 0));
	n = must(call3(NR_read, fd, (long)buffer, sizeof(buffer) - 1));
	buffer[n > 0 ? n : 0] = 0;
	report("memfree", plain(number_after(buffer, "MemFree:")));
	call3(NR_close, fd, 0, 0);
}

static void prepare(void)
{
	for (size_t i = 0; i < sizeof(buffer); i++)
		buffer[i] = (char)i;
	call3(NR_mkdir, (long)"/tmp", 0755, 0);
	call3(NR_mkdir, (long)"/tmp/bench", 0755, 0);
	zero_fd = call3(NR_open, (long)"/dev/zero", O_RDONLY, 0);
	null_fd = call3(NR_open, (long)"/dev/null", O_WRONLY, 0);
	cached_fd =
		call3(NR_open, (long)"/tmp/bench/file", O_CREAT | O_RDWR, 0644);
	for (int i = 0; i < REGION_PAGES; i++)
		call3(NR_write, cached_fd, (long)buffer, PAGE);
	region = map(REGION_PAGES * PAGE);
	fresh = map(FRESH_PAGES * PAGE);
	for (int i = 0; region && i < REGION_PAGES; i++)
		region[(unsigned long)i * PAGE] = 1;
	failure = 0;
}

static void measure_all(const struct op *list, int n, struct figure nothing)
{
	for (int i = 0; i < n; i++) {
		struct figure f = measure(&list[i]);

		f.mean -= nothing.mean;
		f.median -= nothing.median;
		report(list[i].name, f);
	}
}

void bench_main(unsigned long first, unsigned long *stack);

void bench_main(unsigned long first, unsigned long *stack)
{
	static const struct op empty = { .name = "empty", op_empty };
	struct figure nothing;

	process_start(stack);
	report("boot", plain(first));
	report_memory();
	prepare();
	nothing = measure(&empty);
	measure_all(ops, sizeof(ops) / sizeof(ops[0]), nothing);
	measure_all(process_ops, process_op_count, nothing);
	put("bench end 0 0\n");
	call3(NR_write, 1, (long)out, (long)out_len);
	call6(NR_reboot, 0xfee1deadl, 672274793, RB_RESTART, 0, 0, 0);
	call3(NR_exit, 0, 0, 0);
	for (;;)
		;
}
