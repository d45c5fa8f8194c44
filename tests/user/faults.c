/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults as signals: which, with what code and address, when a handler mends
 * the cause, jumps away, or is not there.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "scratch.h"

static sigjmp_buf back;
static char *base;

static void jump(int sig, siginfo_t *si, void *ctx)
{
	printf("signal %d code %d at %ld\n", sig, si->si_code,
	       (long)((char *)si->si_addr - base));
	siglongjmp(back, 1);
}

static void catch (int sig, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO };

	sigaction(sig, &sa, NULL);
}

#define FAULTS(what)                     \
	do {                             \
		printf("%s: ", #what);   \
		if (!sigsetjmp(back, 1)) \
			what;            \
	} while (0)

static volatile int sink;
static char *volatile low; /* NULL, which the compiler shall not know */

static void memory(void)
{
	char *read_only =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	base = NULL;
	FAULTS(sink = low[16]);
	FAULTS(low[16] = 1);
	FAULTS(((void (*)(void))(low + 16))());
	/* Not canonical: no address is told. */
	FAULTS(sink = *(volatile char *)0x8000000000000000);
	FAULTS(sink = *(volatile char *)0xffff800000001000);
	FAULTS(*(volatile char *)0xffffffff80100000 = 1);
	base = read_only;
	sink = read_only[5];
	FAULTS(read_only[7] = 1);
	FAULTS(((void (*)(void))read_only)());
	base = none;
	FAULTS(sink = none[9]);
	munmap(none, 4096);
	FAULTS(sink = none[9]);
	munmap(read_only, 4096);
}

static void file(void)
{
	int fd = memfd_create("x", 0);
	char *map;

	if (fd < 0) {
		scratch_enter();
		fd = open("f", O_RDWR | O_CREAT, 0600);
		unlink("f");
		scratch_leave();
	}
	if (ftruncate(fd, 100))
		return;
	base = map =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	map[4095] = 1; /* behind the end, on its last page */
	FAULTS(map[4096] = 1);
	FAULTS(sink = map[5000]);
	if (ftruncate(fd, 8192))
		return;
	map[4096] = 2;
	if (ftruncate(fd, 0))
		return;
	FAULTS(sink = map[0]);
	munmap(map, 8192);
	close(fd);
}

static void arithmetic(void)
{
	volatile int zero = 0;
	uintptr_t at;

	__asm__("lea here(%%rip), %0" : "=r"(at));
	base = (char *)at;
	if (!sigsetjmp(back, 1))
		__asm__ volatile(".globl here\nhere: ud2");
	if (!sigsetjmp(back, 1))
		__asm__ volatile("hlt");
	base = NULL;
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int $0x42");
	if (!sigsetjmp(back, 1))
		__asm__ volatile("mov %%cr3, %%rax" ::: "rax");
	printf("by zero: code ");
	catch (SIGFPE, jump);
	__asm__("lea there(%%rip), %0" : "=r"(at));
	base = (char *)at;
	if (!sigsetjmp(back, 1))
		__asm__ volatile("cltd\n.globl there\nthere: idivl %1"
				 :
				 : "a"(1), "m"(zero)
				 : "edx");
}

static volatile int mended;

static void mend(int sig, siginfo_t *si, void *ctx)
{
	mended++;
	mprotect((char *)((uintptr_t)si->si_addr & ~4095ul), 4096,
		 PROT_READ | PROT_WRITE);
}

static void mending(void)
{
	char *p = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	catch (SIGSEGV, mend);
	p[0] = 1;
	p[4097] = 2;
	memset(p, 7, 3 * 4096);
	printf("mended %d, %d %d\n", mended, p[4097], p[12287]);
	munmap(p, 3 * 4096);
}

static void skip(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *u = ctx;

	printf("skip: rax %llx\n", (long long)u->uc_mcontext.gregs[REG_RAX]);
	u->uc_mcontext.gregs[REG_RIP] += 2;
	u->uc_mcontext.gregs[REG_RAX] = 0x1234;
}

static void skipping(void)
{
	long rax = 0xabcd;

	catch (SIGILL, skip);
	__asm__ volatile("ud2" : "+a"(rax));
	printf("now %lx\n", rax);
}

static void step(int sig, siginfo_t *si, void *ctx)
{
	printf("trap: code %d\n", si->si_code);
}

static void trapping(void)
{
	catch (SIGTRAP, step);
	__asm__ volatile("int3");
	printf("behind it\n");
}

static void in_child(const char *what, void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%s: signal %d exit %d\n", what, WTERMSIG(status),
	       WEXITSTATUS(status));
}

static void crash(void)
{
	signal(SIGSEGV, SIG_DFL);
	low[8] = 1;
}

static void crash_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	low[8] = 1;
}

static void crash_blocked(void)
{
	sigset_t s;

	catch (SIGSEGV, jump);
	sigfillset(&s);
	sigprocmask(SIG_SETMASK, &s, NULL);
	low[8] = 1;
}

static void crash_twice(int sig, siginfo_t *si, void *ctx)
{
	low[8] = 1;
}

static void crash_in_handler(void)
{
	catch (SIGSEGV, crash_twice);
	low[8] = 1;
}

static int down(int n)
{
	volatile char room[1000];

	room[0] = n;
	return n < 0 ? n : down(n + 1) + room[0];
}

static void overflow(void)
{
	catch (SIGSEGV, jump);
	sink = down(0);
}

static void on_other(int sig, siginfo_t *si, void *ctx)
{
	_exit(42);
}

static char alt[65536];

static void overflow_handled(void)
{
	struct sigaction sa = { .sa_sigaction = on_other,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };

	sigaltstack(&ss, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sink = down(0);
}

static void bad_stack(void)
{
	catch (SIGUSR1, jump);
	__asm__ volatile("mov %0, %%edi\n"
			 "mov $16, %%rsp\n"
			 "mov $200, %%eax\n" /* tkill */
			 "mov $10, %%esi\n"
			 "syscall"
			 :
			 : "r"(getpid())
			 : "rdi", "rsi", "rax", "rcx", "r11", "memory");
}

static void bad_frame(void)
{
	__asm__ volatile("mov $15, %eax\n" /* rt_sigreturn */
			 "mov $4096, %rsp\n"
			 "syscall");
}

int main(void)
{
	catch (SIGSEGV, jump);
	catch (SIGBUS, jump);
	catch (SIGILL, jump);
	memory();
	file();
	arithmetic();
	mending();
	skipping();
	trapping();
	in_child("crash", crash);
	in_child("ignored", crash_ignored);
	in_child("blocked", crash_blocked);
	in_child("in the handler", crash_in_handler);
	in_child("stack", overflow);
	in_child("stack, handled", overflow_handled);
	in_child("no stack for the handler", bad_stack);
	in_child("no frame to return to", bad_frame);
	return 0;
}
