/* SPDX-License-Identifier: BSD-2-Clause */
/* What bench.c needs of x86-64: the entry, system calls, the counter. */
#pragma once

#define NR_read          0
#define NR_write         1
#define NR_open          2
#define NR_close         3
#define NR_stat          4
#define NR_mmap          9
#define NR_poll          7
#define NR_mprotect      10
#define NR_munmap        11
#define NR_brk           12
#define NR_rt_sigaction  13
#define NR_pread64       17
#define NR_pipe          22
#define NR_sched_yield   24
#define NR_mremap        25
#define NR_madvise       28
#define NR_dup           32
#define NR_pause         34
#define NR_getpid        39
#define NR_socketpair    53
#define NR_fork          57
#define NR_vfork         58
#define NR_execve        59
#define NR_exit          60
#define NR_wait4         61
#define NR_kill          62
#define NR_mkdir         83
#define NR_unlink        87
#define NR_getppid       110
#define NR_mount         165
#define NR_reboot        169
#define NR_futex         202
#define NR_epoll_wait    232
#define NR_epoll_ctl     233
#define NR_eventfd2      290
#define NR_epoll_create1 291

static inline unsigned long cycles(void)
{
	unsigned lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (unsigned long)hi << 32 | lo;
}

static inline long call6(long nr, long a, long b, long c, long d, long e,
			 long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long call3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

/* A child by vfork that becomes the program at once; its id or -errno. */
static inline long spawn(const char *path, char *const argv[])
{
	long pid = call3(NR_vfork, 0, 0, 0);

	if (pid == 0) {
		call3(NR_execve, (long)path, (long)argv, 0);
		call3(NR_exit, 1, 0, 0);
	}
	return pid;
}

/* A thread of this process that calls fn() on its own stack and ends; *tid is
 * set, and cleared and woken when it has. */
static inline long thread(void *stack_top, void (*fn)(void), int *tid)
{
	/* VM FS FILES SIGHAND THREAD SYSVSEM PARENT_SETTID CHILD_CLEARTID */
	long flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 |
		     0x100000 | 0x200000;
	register long r10 __asm__("r10") = (long)tid;
	register long r8 __asm__("r8") = 0;
	register void (*r9)(void) __asm__("r9") = fn;
	long ret = 56; /* clone */

	__asm__ volatile("syscall\n"
			 "\ttest %%rax, %%rax\n"
			 "\tjnz 1f\n"
			 "\txor %%ebp, %%ebp\n"
			 "\tcall *%%r9\n"
			 "\tmov $60, %%eax\n"
			 "\txor %%edi, %%edi\n"
			 "\tsyscall\n"
			 "1:"
			 : "+a"(ret)
			 : "D"(flags), "S"(stack_top), "d"(tid), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* What a signal handler returns to; in process.c. */
void signal_return(void);
#define SIGNAL_RETURN                    \
	__asm__(".globl signal_return\n" \
		"signal_return:\n"       \
		"\tmov $15, %eax\n"      \
		"\tsyscall\n")
