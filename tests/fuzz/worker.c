/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that calls, with some threads, for a while. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define THREADS_MAX 4
#define CALLS       1500
#define CHILD_CALLS 40
#define LIFE_MS     500
#define PAUSE_NS    3000000

struct caller {
	struct dice dice;
	unsigned left, depth;
};

static char *child_argv[] = { "fuzz", "--child", NULL };
static char *child_envp[] = { "A=B", NULL };

static void call_until_done(struct caller *c);

static void __attribute__((noreturn)) leave(void)
{
	for (;;)
		raw_call(SYS_exit, NULL);
}

/* Where threads and children begin. */
static void __attribute__((noreturn, used)) begin(void *arg)
{
	call_until_done(arg);
	leave();
}

/* clone(2) with a stack, in which *from is copied. */
static long spawn(unsigned long flags, unsigned stack,
		  const struct caller *from, unsigned long *a)
{
	unsigned long top = STACK_BASE + (stack % STACKS + 1) * STACK_SIZE;
	struct caller *own = (struct caller *)(top - sizeof(*own) - 64);
	unsigned long *sp = (unsigned long *)own - 2;
	register unsigned long r10 __asm__("r10") = a[3],
				   r8 __asm__("r8") = a[4];
	long ret;

	*own = *from;
	sp[0] = (unsigned long)own;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov (%%rsp), %%rdi\n\t"
			 "and $-16, %%rsp\n\t"
			 "call begin\n\t"
			 "1:"
			 : "=a"(ret)
			 : "0"(SYS_clone), "D"(flags), "S"(sp), "d"(a[2]),
			   "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

/* A child calls a few times and ends; not for ever deeper. */
static long give_birth(struct caller *c, const struct call *call,
		       unsigned long a[6])
{
	struct caller child = { { dice_next(&c->dice) | 1 },
				CHILD_CALLS,
				c->depth + 1 };
	unsigned stack = 8 + dice_below(&c->dice, STACKS - 8);

	if (c->depth >= 2)
		return -1;
	switch (call->nr) {
	case SYS_clone:
		/* One that shares memory only lives on the stack of another. */
		if (dice_one_in(&c->dice, 2))
			a[0] = a[0] & 0x7fffffff & ~(unsigned long)CLONE_VFORK;
		if (dice_below(&c->dice, 3))
			a[0] &= ~0x2000000ul & ~(unsigned long)CLONE_SETTLS;
		return spawn(a[0], stack, &child, a);
	case SYS_vfork:
		return spawn(CLONE_VM | CLONE_VFORK | SIGCHLD, stack, &child,
			     a);
	case SYS_fork: return spawn(SIGCHLD, stack, &child, a);
	default: return raw_call(call->nr, a); /* clone3: see left_out() */
	}
}

/* What would only end this process, or reach beyond the worker. */
static bool left_out(struct caller *c, const struct call *call,
		     unsigned long a[6])
{
	switch (call->nr) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_rt_sigreturn: return !dice_one_in(&c->dice, 50);
	case SYS_reboot:
	case SYS_pause: return true;
	case SYS_clone3: /* without a stack of its own: only if it fails */
		return a[1] >= 64 && a[0] >= DATA_BASE &&
		       a[0] < DATA_BASE + DATA_SIZE;
	case SYS_syslog: return a[0] >= 5 && a[0] <= 8;
	case SYS_fcntl:
		if ((int)a[1] == F_SETOWN || (int)a[1] == F_SETOWN_EX)
			return true;
		return false;
	case SYS_execve:
	case SYS_execveat: return dice_below(&c->dice, 4) != 0;
	default: return false;
	}
}

/* A good one now and then: it ends the calls of all the threads. */
static void aim_exec(struct caller *c, const struct call *call,
		     unsigned long a[6])
{
	unsigned at = call->nr == SYS_execveat ? 1 : 0;

	if (dice_one_in(&c->dice, 3))
		return;
	a[at] = (unsigned long)"/proc/self/exe";
	a[at + 1] = (unsigned long)child_argv;
	a[at + 2] = (unsigned long)child_envp;
	if (at)
		a[4] = 0;
}

static bool is_birth(long nr)
{
	return nr == SYS_clone || nr == SYS_fork || nr == SYS_vfork ||
	       nr == SYS_clone3;
}

static const struct call *choose(struct caller *c)
{
	if (options.only_count) {
		unsigned long nr =
			options.only[dice_below(&c->dice, options.only_count)];

		for (unsigned i = 0; i < call_count; i++)
			if (calls[i].nr == (int)nr)
				return &calls[i];
	}
	for (;;) {
		const struct call *call =
			&calls[dice_below(&c->dice, call_count)];

		if (call->coded || dice_one_in(&c->dice, 10))
			return call;
	}
}

static void one(struct caller *c)
{
	const struct call *call = choose(c);
	unsigned long a[6];
	long ret;

	values_for(&c->dice, call, a);
	if (call->nr == SYS_execve || call->nr == SYS_execveat)
		aim_exec(c, call, a);
	if (left_out(c, call, a))
		return;
	if (is_birth(call->nr))
		ret = give_birth(c, call, a);
	else
		ret = raw_call(call->nr, a);
	__atomic_add_fetch(&STATS->made[call - calls], 1, __ATOMIC_RELAXED);
	if (ret < -4095 || ret >= 0)
		__atomic_add_fetch(&STATS->good[call - calls], 1,
				   __ATOMIC_RELAXED);
}

static void call_until_done(struct caller *c)
{
	unsigned long unknown[6] = { 0 };

	while (c->left--) {
		if (dice_one_in(&c->dice, 300)) { /* no such call */
			raw_call((long)dice_next(&c->dice), unknown);
			continue;
		}
		/* Not by everybody at once: a page of it may be gone. */
		if (dice_one_in(&c->dice, 64) && c->depth == 0)
			*(volatile unsigned long *)(DATA_BASE +
						    8 * dice_below(&c->dice,
								   DATA_SIZE /
									   8)) =
				dice_next(&c->dice);
		one(c);
	}
}

static long now_ms(void)
{
	struct timespec ts;
	unsigned long a[6] = { CLOCK_MONOTONIC, (unsigned long)&ts };

	raw_call(SYS_clock_gettime, a);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Shakes threads that wait, so that they go on. */
static void __attribute__((noreturn)) conduct(const long *tids, unsigned n)
{
	long end = now_ms() + LIFE_MS;

	for (unsigned i = 0; now_ms() < end; i++) {
		struct timespec ts = { 0, PAUSE_NS };
		unsigned long a[6] = { (unsigned long)&ts };
		unsigned long alive = 0;

		raw_call(SYS_nanosleep, a);
		for (unsigned k = 0; k < n; k++) {
			unsigned long b[6] = {
				(unsigned long)raw_call(SYS_getpid, NULL),
				(unsigned long)tids[k], SIGUSR1
			};

			alive += raw_call(SYS_tgkill, b) == 0;
		}
		if (!alive)
			break;
	}
	for (;;)
		raw_call(SYS_exit_group, NULL);
}

void worker_main(uint64_t round, unsigned number)
{
	struct dice d = dice_from(options.seed, round, number);
	unsigned n = 1 + dice_below(&d, THREADS_MAX);
	char folder[16];
	long tids[THREADS_MAX];

	/* Two share a folder. */
	snprintf(folder, sizeof(folder), "w%u", number / 2);
	mkdir(folder, 0777);
	if (chmod(folder, 0777) || chdir(folder))
		_exit(1);
	world_make(&d);
	for (unsigned i = 0; i < n; i++) {
		struct caller c = { dice_from(options.seed ^ round,
					      number + 1000, i),
				    CALLS, 0 };
		unsigned long a[6] = { 0 };

		tids[i] = spawn(CLONE_VM | CLONE_FS | CLONE_FILES |
					CLONE_SIGHAND | CLONE_THREAD |
					CLONE_SYSVSEM,
				i, &c, a);
	}
	conduct(tids, n);
}
