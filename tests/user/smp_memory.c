/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A right to memory that was taken away is gone for the other processors too:
 * once the call has returned no write through the old translation lands.  And
 * memory that several threads map, touch and unmap at once is each one's own.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "show.h"

#define PAGE   4096
#define ROUNDS 150
#define LOOKS  300

static volatile unsigned long *target; /* where the writer writes */
static volatile unsigned long written;
static volatile int over;

static void on_fault(int sig)
{
	sched_yield(); /* and try again, until it may */
}

static void *write_on(void *arg)
{
	while (!over) {
		*target = written;
		written++;
	}
	return NULL;
}

/* The writer has got on since. */
static void let_write(void)
{
	unsigned long n = written;

	while (written < n + 3)
		sched_yield();
}

/* Nobody may write there any more: whether somebody does. */
static int changes(const volatile unsigned long *at)
{
	unsigned long first = *at;

	for (int i = 0; i < LOOKS; i++)
		if (*at != first)
			return 1;
	return 0;
}

static void protected(char *page)
{
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		let_write();
		bad += mprotect(page, PAGE, PROT_READ) != 0;
		bad += changes(target);
		bad += mprotect(page, PAGE, PROT_READ | PROT_WRITE) != 0;
	}
	printf("written after mprotect: %d\n", bad);
}

/* Another page takes its place; the old one is looked at under another name. */
static void replaced(char *page)
{
	int fd = memfd_create("pages", 0), bad = 0;
	char *both;

	bad += ftruncate(fd, 2 * PAGE) != 0;
	both = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	for (int i = 0; i < ROUNDS; i++) {
		char *now = mmap(page, PAGE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_FIXED, fd, i % 2 * PAGE);

		bad += now != page;
		bad += changes((void *)(both + (1 - i % 2) * PAGE));
		let_write();
	}
	printf("written after it was replaced: %d\n", bad);
	munmap(both, 2 * PAGE);
	close(fd);
}

static void moved(char *page)
{
	char *away =
		mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int bad = 0;

	mmap(page, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < ROUNDS; i++) {
		let_write();
		bad += mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      away) != away;
		bad += changes((void *)away);
		bad += mremap(away, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      page) != page;
	}
	printf("written after mremap: %d\n", bad);
}

/* The child's copy stands still, and the parent does not see the child's. */
static void forked(void)
{
	int bad = 0, status;

	for (int i = 0; i < 40; i++) {
		pid_t pid;

		let_write();
		pid = fork();
		if (pid == 0) {
			int wrong = changes(target);

			*target = ~0ul;
			_exit(wrong);
		}
		let_write();
		bad += *target == ~0ul;
		waitpid(pid, &status, 0);
		bad += status != 0;
	}
	printf("written after fork: %d\n", bad);
}

/* Maps, marks, cuts and unmaps its own; a foreign mark means that a page had
 * two owners. */
static void *churn(void *arg)
{
	long me = (long)arg, bad = 0;

	for (long i = 0; i < 250; i++) {
		size_t len = (size_t)(4 + i % 8) * PAGE;
		long *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t at = 0; at < len / sizeof(*p); at += 256) {
			bad += p[at] != 0;
			p[at] = me << 32 | i;
		}
		if (i % 3 == 0)
			munmap((char *)p + PAGE, PAGE);
		if (i % 3 == 1)
			mprotect((char *)p + PAGE, PAGE, PROT_READ);
		if (i % 3 == 2)
			madvise((char *)p + PAGE, PAGE, MADV_DONTNEED);
		for (size_t at = 0; at < len / sizeof(*p); at += 256)
			if (at / 512 != 1)
				bad += p[at] != (me << 32 | i);
		munmap(p, len);
	}
	return (void *)bad;
}

static void churned(void)
{
	pthread_t t[4];
	long bad = 0;
	void *ret;

	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, churn, (void *)(i + 1));
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &ret);
		bad += (long)ret;
	}
	printf("foreign or lost marks: %ld\n", bad);
}

int main(void)
{
	pthread_t t;
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	signal(SIGSEGV, on_fault);
	target = (void *)page;
	pthread_create(&t, NULL, write_on, NULL);
	protected(page);
	forked();
	replaced(page);
	moved(page);
	over = 1;
	pthread_join(t, NULL);
	churned();
	return 0;
}
