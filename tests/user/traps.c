/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What user mode must not do: each forbidden thing is done in a child, and how
 * that child ends is printed, with signal, code and whether it was the
 * instruction itself.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define NONCANONICAL 0x800000000000ul

static volatile sig_atomic_t steps;
static int loose; /* codes are the kernel's own choice */
static const volatile uintptr_t null = 8;

static void show(int sig, siginfo_t *si, void *ctx)
{
	const greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;
	char line[100];
	int n = snprintf(line, sizeof(line), "SIG%s code %d trap %lld\n",
			 sigabbrev_np(sig), loose ? 0 : si->si_code,
			 loose ? 0 : g[REG_TRAPNO]);

	(void)!write(1, line, (size_t)n);
	_exit(0);
}

static void count_step(int sig, siginfo_t *si, void *ctx)
{
	greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;

	(void)sig;
	(void)si;
	if (++steps == 50)
		g[REG_EFL] &= ~0x100;
}

static void catch (int sig, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaction(sig, &sa, NULL);
}

static void catch_all(void)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	static char stack[32768];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&ss, NULL);
	for (unsigned i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		catch (sigs[i], show);
}

static void end_of(pid_t pid, const char *name)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		exit(2);
	if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", name,
		       sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		printf("%s: exit %d\n", name, WEXITSTATUS(status));
}

/* Runs the statement in a child that catches everything, then in one that
 * catches nothing. */
#define TRY(name, what)                                      \
	do {                                                 \
		printf("%s: ", name);                        \
		fflush(stdout);                              \
		pid_t pid_ = fork();                         \
		if (!pid_) {                                 \
			catch_all();                         \
			what;                                \
			_exit(write(1, "nothing\n", 8) - 8); \
		}                                            \
		end_of(pid_, name);                          \
		pid_ = fork();                               \
		if (!pid_) {                                 \
			what;                                \
			_exit(0);                            \
		}                                            \
		end_of(pid_, name);                          \
	} while (0)

#define ASM(text) __asm__ volatile(text : : : "memory", "rax", "rcx", "rdx")

static void privileged(void)
{
	TRY("hlt", ASM("hlt"));
	TRY("cli", ASM("cli"));
	TRY("sti", ASM("sti"));
	TRY("in", ASM("inb $0x60, %%al"));
	TRY("out", ASM("outb %%al, $0xf4"));
	TRY("rdmsr", ASM("rdmsr"));
	TRY("wrmsr", ASM("wrmsr"));
	TRY("cr0", ASM("mov %%cr0, %%rax"));
	TRY("cr3", ASM("mov %%rax, %%cr3"));
	TRY("cr8", ASM("mov %%rax, %%cr8"));
	TRY("dr7", ASM("mov %%rax, %%dr7"));
	TRY("invlpg", ASM("invlpg (%%rsp)"));
	TRY("wbinvd", ASM("wbinvd"));
	TRY("clts", ASM("clts"));
	TRY("swapgs", ASM("swapgs"));
	TRY("lgdt", ASM("lgdt (%%rsp)"));
	TRY("lidt", ASM("lidt (%%rsp)"));
	TRY("lldt", ASM("xor %%eax, %%eax; lldt %%ax"));
	TRY("ltr", ASM("ltr %%ax"));
	TRY("sysret", ASM("sysretq"));
	TRY("xsetbv", ASM("xor %%ecx, %%ecx; xsetbv"));
	TRY("ud2", ASM("ud2"));
	TRY("lock nop", ASM(".byte 0xf0, 0x90"));
	TRY("long instruction", ASM(".fill 15, 1, 0x66; nop"));
	TRY("clac", ASM("clac"));
}

static void addresses(void)
{
	TRY("read 0", (void)*(volatile char *)null);
	TRY("read the kernel", (void)*(volatile char *)0xffffffff80100000);
	TRY("write the kernel", *(volatile char *)0xffff800000000000 = 1);
	TRY("read non-canonical", (void)*(volatile char *)NONCANONICAL);
	TRY("call 0", ((void (*)(void))null)());
	TRY("call the kernel", ((void (*)(void))0xffffffff80100000)());
	TRY("jump non-canonical",
	    ASM("mov $0x800000000000, %%rax; jmp *%%rax"));
	TRY("return non-canonical",
	    ASM("mov $0x1234567812345678, %%rax; push %%rax; ret"));
	TRY("stack non-canonical",
	    ASM("mov $0x800000000000, %%rsp; push %%rax"));
	TRY("stack in the kernel",
	    ASM("mov $0xffffffff80200000, %%rsp; push %%rax"));
	TRY("stack 0, system call",
	    ASM("xor %%esp, %%esp; mov $39, %%eax; syscall; push %%rax"));
	TRY("stack in the kernel, system call",
	    ASM("mov $0xffffffff80200000, %%rsp; mov $39, %%eax; syscall;"
		"pop %%rax"));
}

static void segments(void)
{
	TRY("ds of the kernel", ASM("mov $0x10, %%eax; mov %%eax, %%ds"));
	TRY("ss 0", ASM("xor %%eax, %%eax; mov %%eax, %%ss"));
	TRY("fs beyond the table", ASM("mov $0xfff8, %%eax; mov %%eax, %%fs"));
	/* Not LRET and IRET: under QEMU 7.2 they read the stack with the
	 * kernel's rights, and SMAP makes them fault for ever. */
}

static void bases(void)
{
	TRY("arch_prctl fs in the kernel",
	    if (syscall(SYS_arch_prctl, 0x1002, -1ul)) raise(SIGTRAP));
	TRY("arch_prctl gs non-canonical",
	    if (syscall(SYS_arch_prctl, 0x1001, NONCANONICAL)) raise(SIGTRAP));
	TRY("gs 0, read", ASM("mov %%gs:8, %%rax"));
}

/* INT n: 3 and 4 are user mode's, 0x80 is Linux's and left out. */
static void interrupts(void)
{
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char name[16];

	for (int n = 0; n < 256; n++) {
		/* 26 and 27 are Linux's own on some machines. */
		if (n == 0x80 || n == 26 || n == 27)
			continue;
		code[0] = 0xcd;
		code[1] = (uint8_t)n;
		code[2] = 0xc3;
		sprintf(name, "int %d", n);
		TRY(name, ((void (*)(void))code)());
	}
}

static void arithmetic(void)
{
	TRY("divide by zero",
	    ASM("xor %%ecx, %%ecx; xor %%edx, %%edx; div %%ecx"));
	TRY("quotient too large", ASM("mov $-1, %%edx; mov $1, %%ecx;"
				      "div %%ecx"));
	TRY("int3", ASM("int3"));
	TRY("into of 64 bits", ASM(".byte 0xce"));
}

static void stepping(void)
{
	catch (SIGTRAP, count_step);
	ASM("pushfq; orq $0x100, (%%rsp); popfq");
	for (volatile int i = 0; i < 100; i++)
		;
	printf("single steps: %d\n", (int)steps);
	/* Through a system call, and forwards. */
	steps = 0;
	ASM("pushfq; orq $0x100, (%%rsp); popfq");
	for (int i = 0; i < 20; i++)
		syscall(SYS_getppid);
	printf("and through calls: %d\n", (int)steps);
	signal(SIGTRAP, SIG_DFL);
	TRY("trap flag", ASM("pushfq; orq $0x100, (%%rsp); popfq; nop"));
}

static void flags(void)
{
	/* Alignment check is on for user mode alone. */
	ASM("pushfq; orq $0x40000, (%%rsp); popfq");
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	ASM("pushfq; andq $~0x40000, (%%rsp); popfq");
	printf("calls with AC set\n");
	ASM("std");
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	ASM("cld");
	printf("calls with DF set\n");
	ASM("pushfq; orq $0x4000, (%%rsp); popfq");
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	ASM("pushfq; andq $~0x4000, (%%rsp); popfq");
	printf("calls with NT set\n");
	TRY("iopl", ASM("pushfq; orq $0x3000, (%%rsp); popfq; cli"));
}

static greg_t change_to[NGREG];
static int change_reg;

static void change(int sig, siginfo_t *si, void *ctx)
{
	greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;

	(void)sig;
	(void)si;
	g[change_reg] = change_to[change_reg];
}

static void return_with(int reg, unsigned long value)
{
	change_reg = reg;
	change_to[reg] = (greg_t)value;
	catch (SIGUSR1, change);
	raise(SIGUSR1);
}

/* What a handler leaves in the frame is what the kernel must not believe. */
static void frames(void)
{
	loose = 1;
	TRY("return to 0", return_with(REG_RIP, 0));
	TRY("return to the kernel", return_with(REG_RIP, 0xffffffff80100000));
	TRY("return to the edge", return_with(REG_RIP, 0x7ffffffff000));
	TRY("return with a kernel stack",
	    return_with(REG_RSP, 0xffffffff80200000));
	TRY("return with all flags", return_with(REG_EFL, ~0ul & ~0x100ul));
	TRY("return with no flags", return_with(REG_EFL, 0));
	TRY("sigreturn from nowhere", ASM("xor %%esp, %%esp; mov $15, %%eax;"
					  "syscall"));
	TRY("sigreturn from the kernel",
	    ASM("mov $0xffffffff80200000, %%rsp; mov $15, %%eax; syscall"));
	TRY("sigreturn from the end",
	    ASM("mov $0x7fffffffeff8, %%rsp; mov $15, %%eax; syscall"));
}

int main(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	setvbuf(stdout, NULL, _IOLBF, 0);
	privileged();
	addresses();
	segments();
	bases();
	arithmetic();
	stepping();
	flags();
	interrupts();
	frames();
	return 0;
}
