/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory calls with random arguments, senseless ones too, in a window of
 * addresses: nothing may break, and what is touched in between must work or
 * give a signal.  Which calls succeed is not compared.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define P      4096ul
#define WINDOW 0x200000000000ul
#define PAGES  2048
#define ROUNDS 60000

static unsigned long seed = 88172645463325252ul;
static sigjmp_buf back;
static int fd;

static unsigned long rnd(unsigned long n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return n ? (seed >> 3) % n : seed;
}

static void faulted(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

/* In the window, or nowhere that could be the program's own. */
static char *address(void)
{
	switch (rnd(10)) {
	case 0: return (char *)(rnd(0) | 1ul << 63);
	case 1: return (char *)(0x7ffffffff000ul - rnd(4) * P + (1ul << 47));
	case 2: return (char *)(WINDOW + rnd(PAGES) * P + rnd(P));
	default: return (char *)(WINDOW + rnd(PAGES) * P);
	}
}

static unsigned long length(void)
{
	switch (rnd(12)) {
	case 0: return 0;
	case 1: return -rnd(100000);
	case 2: return rnd(0) | 1ul << 48;
	case 3: return rnd(5000);
	default: return (1 + rnd(64)) * P;
	}
}

static void touch(void)
{
	volatile char *p = (char *)(WINDOW + rnd(PAGES) * P);

	if (sigsetjmp(back, 1))
		return;
	if (rnd(2))
		*p = 1;
	else
		(void)*p;
}

static void map(void)
{
	int flags = rnd(2) ? MAP_PRIVATE : MAP_SHARED;

	if (rnd(3))
		flags |= MAP_ANONYMOUS;
	if (rnd(20) == 0)
		flags |= 1 << rnd(20);
	mmap(address(), length(), (int)rnd(8), flags | MAP_FIXED, fd,
	     (off_t)(rnd(120) * P));
}

static void in_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (volatile int i = 0; i < 200; i++)
			touch();
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void call(void)
{
	char *a = address();
	unsigned long n = length();

	switch (rnd(16)) {
	case 0:
	case 1:
	case 2: map(); break;
	case 3: munmap(a, n); break;
	case 4:
	case 5: mprotect(a, n, (int)rnd(8)); break;
	case 6:
		mremap(a, n, length() % (1 << 22),
		       (int)(MREMAP_MAYMOVE | rnd(8)), address());
		break;
	case 7:
		/* Advice goes on behind holes: the stack must not be reached. */
		madvise(a, n >> 44 ? -1ul : n, (int)rnd(26));
		break;
	case 8: mincore(a, n, (unsigned char *)address()); break;
	case 9: msync(a, n, (int)rnd(8)); break;
	case 10:
		if (rnd(2))
			mlock(a, n % (1 << 20));
		else
			munlock(a, n);
		break;
	case 11:
	case 12: touch(); break;
	case 13: n = (unsigned long)ftruncate(fd, (off_t)rnd(120 * P)); break;
	case 14:
		if (pread(fd, a, rnd(20000), (off_t)rnd(400000)) >= 0)
			n = (unsigned long)pwrite(fd, address(), rnd(20000),
						  (off_t)rnd(400000));
		break;
	default:
		if (rnd(50) == 0)
			in_child();
	}
}

int main(void)
{
	struct sigaction sa = { .sa_handler = faulted, .sa_flags = SA_NODEFER };
	unsigned char c;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	fd = open("mem_random.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink("mem_random.tmp");
	for (int i = 0; i < ROUNDS; i++)
		call();
	munmap((void *)WINDOW, PAGES * P);
	printf("the window is %s\n",
	       mincore((void *)WINDOW, P, &c) ? "empty" : "not empty");
	return 0;
}
