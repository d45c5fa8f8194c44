/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers across signals, threads and forks: general ones, flags, SSE, the
 * x87 and MXCSR control words; and AVX where the CPU has it.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "scratch.h"

struct regs {
	uint64_t general[8]; /* rbx rbp r8 r9 r10 r12 r14 r15 */
	uint64_t sse[16][2];
	uint64_t flags;
};

static void scribble(int sig)
{
	__asm__ volatile("pxor %%xmm0, %%xmm0\n pcmpeqd %%xmm1, %%xmm1\n"
			 "movdqa %%xmm1, %%xmm7\n movdqa %%xmm0, %%xmm8\n"
			 "movdqa %%xmm1, %%xmm15\n fninit\n fldpi\n"
			 "xor %%r8, %%r8\n xor %%r10, %%r10\n cmc\n"
			 :
			 :
			 : "xmm0", "xmm1", "xmm7", "xmm8", "xmm15", "r8",
			   "r10");
}

/* Loads, asks for the signal, stores. */
static void through(struct regs *r, long nr, long a, long b)
{
	__asm__ volatile(
		"lea -128(%%rsp), %%rsp\n" /* the red zone */
		"push %%rbx\n push %%rbp\n push %%rdi\n"
		"movdqu 64(%%rdi), %%xmm0\n movdqu 80(%%rdi), %%xmm1\n"
		"movdqu 176(%%rdi), %%xmm7\n movdqu 192(%%rdi), %%xmm8\n"
		"movdqu 304(%%rdi), %%xmm15\n"
		"mov 0(%%rdi), %%rbx\n mov 8(%%rdi), %%rbp\n"
		"mov 16(%%rdi), %%r8\n mov 24(%%rdi), %%r9\n"
		"mov 32(%%rdi), %%r10\n mov 40(%%rdi), %%r12\n"
		"mov 48(%%rdi), %%r14\n mov 56(%%rdi), %%r15\n"
		"mov %2, %%rdi\n"
		"stc\n"
		"syscall\n"
		"pushf\n pop %%rcx\n pop %%rdi\n"
		"mov %%rcx, 320(%%rdi)\n"
		"movdqu %%xmm0, 64(%%rdi)\n movdqu %%xmm1, 80(%%rdi)\n"
		"movdqu %%xmm7, 176(%%rdi)\n movdqu %%xmm8, 192(%%rdi)\n"
		"movdqu %%xmm15, 304(%%rdi)\n"
		"mov %%rbx, 0(%%rdi)\n mov %%rbp, 8(%%rdi)\n"
		"mov %%r8, 16(%%rdi)\n mov %%r9, 24(%%rdi)\n"
		"mov %%r10, 32(%%rdi)\n mov %%r12, 40(%%rdi)\n"
		"mov %%r14, 48(%%rdi)\n mov %%r15, 56(%%rdi)\n"
		"pop %%rbp\n pop %%rbx\n"
		"lea 128(%%rsp), %%rsp\n"
		: "+a"(nr), "+D"(r), "+d"(a), "+S"(b)
		:
		: "rcx", "r8", "r9", "r10", "r11", "r12", "r14", "r15", "xmm0",
		  "xmm1", "xmm7", "xmm8", "xmm15", "memory", "cc");
}

static void fill(struct regs *r)
{
	uint64_t *p = (uint64_t *)r;

	for (size_t i = 0; i < sizeof(*r) / 8; i++)
		p[i] = 0x0101010101010101 * (i + 1);
}

static void compare(const char *what, const struct regs *a)
{
	static const int used[] = { 0, 1, 7, 8, 15 };
	struct regs b;
	int bad = 0;

	fill(&b);
	bad += memcmp(a->general, b.general, sizeof(b.general)) != 0;
	for (unsigned i = 0; i < 5; i++)
		bad += memcmp(a->sse[used[i]], b.sse[used[i]], 16) != 0;
	printf("%s: %d changed, carry %d\n", what, bad, (int)(a->flags & 1));
}

static void *spin_other(void *arg)
{
	for (int i = 0; i < 200; i++) {
		scribble(0);
		sched_yield();
	}
	return NULL;
}

static void words(const char *what)
{
	uint32_t mxcsr;
	uint16_t x87;

	__asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr), "=m"(x87));
	printf("%s: mxcsr %x x87 %x\n", what, mxcsr & ~0x3fu, x87);
}

static void show_words(int sig)
{
	words("in the handler");
}

static void control_words(void)
{
	uint32_t mxcsr = 0x7f80;
	uint16_t x87 = 0xf7f;
	int status;

	words("at first");
	signal(SIGUSR1, show_words);
	__asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(x87));
	raise(SIGUSR1);
	words("behind the handler");
	fflush(stdout);
	if (fork() == 0) {
		words("in the child");
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	mxcsr = 0x1f80;
	x87 = 0x37f;
	__asm__ volatile("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(x87));
}

static void change(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *u = ctx;

	u->uc_mcontext.fpregs->_xmm[0].element[0] = 0xfeedbeef;
	u->uc_mcontext.gregs[REG_R12] = 77;
	sigaddset(&u->uc_sigmask, SIGUSR2);
}

static void changing(void)
{
	struct sigaction sa = { .sa_sigaction = change,
				.sa_flags = SA_SIGINFO };
	struct regs r;
	sigset_t now;

	sigaction(SIGUSR1, &sa, NULL);
	fill(&r);
	through(&r, SYS_kill, getpid(), SIGUSR1);
	printf("changed: xmm0 %x r12 %lu\n", (unsigned)r.sse[0][0],
	       (unsigned long)r.general[5]);
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("blocked now: %d\n", sigismember(&now, SIGUSR2));
}

__attribute__((target("avx"))) static int avx_kept(void)
{
	uint64_t in[4] = { 1, 2, 3, 4 }, out[4] = { 0 };
	long nr = SYS_kill;

	__asm__ volatile("vmovdqu %2, %%ymm3\n"
			 "syscall\n"
			 "vmovdqu %%ymm3, %1\n"
			 : "+a"(nr), "=m"(out)
			 : "m"(in), "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory", "xmm3");
	return memcmp(in, out, sizeof(in)) == 0;
}

__attribute__((target("avx"))) static void scribble_avx(int sig)
{
	__asm__ volatile("vzeroall" ::: "memory");
}

int main(void)
{
	pthread_t other;
	struct regs r;

	signal(SIGUSR1, scribble);
	fill(&r);
	through(&r, SYS_kill, getpid(), SIGUSR1);
	compare("handler", &r);
	pthread_create(&other, NULL, spin_other, NULL);
	for (int i = 0; i < 3; i++) {
		fill(&r);
		for (int j = 0; j < 50; j++)
			through(&r, SYS_sched_yield, 0, 0);
		compare("threads", &r);
	}
	pthread_join(other, NULL);
	control_words();
	changing();
	signal(SIGUSR1, scribble_avx);
	printf("avx kept: %d\n",
	       __builtin_cpu_supports("avx") ? avx_kept() : 1);
	return 0;
}
