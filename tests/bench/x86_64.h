/* SPDX-License-Identifier: BSD-2-Clause */
/* What bench.c needs of x86-64: the entry, system calls, the counter. */
#pragma once

#define NR_read          0
#define NR_write         1
#define NR_open          2
#define NR_close         3
#define NR_stat          4
#define NR_mmap          9
#define NR_mprotect      10
#define NR_munmap        11
#define NR_brk           12
#define NR_pread64       17
#define NR_pipe          22
#define NR_madvise       28
#define NR_socketpair    53
#define NR_fork          57
#define NR_exit          60
#define NR_mkdir         83
#define NR_unlink        87
#define NR_getppid       110
#define NR_mount         165
#define NR_reboot        169
#define NR_epoll_wait    232
#define NR_epoll_ctl     233
#define NR_eventfd2      290
#define NR_epoll_create1 291

/* The first instruction reads the counter; bench_main gets it. */
__asm__(".globl _start\n"
	"_start:\n"
	"\trdtsc\n"
	"\tshl $32, %rdx\n"
	"\tor %rdx, %rax\n"
	"\tmov %rax, %rdi\n"
	"\txor %ebp, %ebp\n"
	"\tand $-16, %rsp\n"
	"\tcall bench_main\n"
	"\tud2\n");

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
