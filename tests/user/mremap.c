/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap and brk: contents follow, errors are Linux's.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define P  4096ul
#define RW (PROT_READ | PROT_WRITE)
#define AP (MAP_ANONYMOUS | MAP_PRIVATE)

static char *room;

static char *fresh(size_t at, size_t pages)
{
	char *p = mmap(room + at * P, pages * P, RW, AP | MAP_FIXED, -1, 0);

	for (size_t i = 0; i < pages; i++)
		p[i * P] = (char)('a' + i % 26);
	return p;
}

static void clear(void)
{
	mmap(room, 4096 * P, PROT_NONE, AP | MAP_FIXED, -1, 0);
	munmap(room, 4096 * P);
}

static void show(const char *what, char *p, char *from, size_t pages)
{
	if (p == MAP_FAILED) {
		printf("%-26s %s\n", what, strerrorname_np(errno));
		return;
	}
	printf("%-26s %s ", what, p == from ? "stayed" : "moved ");
	for (size_t i = 0; i < pages; i++)
		putchar(p[i * P] ? p[i * P] : '.');
	putchar('\n');
}

static int mapped(char *p)
{
	unsigned char c;

	return mincore(p, P, &c) == 0;
}

static void sizes(void)
{
	char *p = fresh(10, 4);

	show("same", mremap(p, 4 * P, 4 * P, 0), p, 4);
	show("shrink", mremap(p, 4 * P, 2 * P, 0), p, 2);
	printf("tail gone: %d %d\n", mapped(p + P), mapped(p + 2 * P));
	show("grow in place", mremap(p, 2 * P, 6 * P, 0), p, 6);
	fresh(16, 1);
	show("no room", mremap(p, 6 * P, 8 * P, 0), p, 8);
	p = mremap(p, 6 * P, 8 * P, MREMAP_MAYMOVE);
	show("may move", p, room + 10 * P, 8);
	printf("old gone: %d\n", mapped(room + 10 * P));
	munmap(p, 8 * P);
	p = fresh(10, 6);
	show("middle cannot grow", mremap(p + P, 2 * P, 3 * P, 0), p, 3);
	p = mremap(p + P, 2 * P, 5 * P, MREMAP_MAYMOVE);
	show("middle moves", p, room, 5);
	printf("hole: %d %d %d %d\n", mapped(room + 10 * P),
	       mapped(room + 11 * P), mapped(room + 12 * P),
	       mapped(room + 13 * P));
	munmap(p, 5 * P);
	p = fresh(30, 3);
	show("odd lengths", mremap(p, P + 1, 2 * P + 1, 0), p, 3);
	p = mremap(p, 3 * P, 3 * P - 1, MREMAP_MAYMOVE);
	show("rounds up", p, room + 30 * P, 3);
	clear();
}

static void errors(void)
{
	char *p = fresh(10, 4), *q = room + 20 * P;

	show("odd address", mremap(p + 1, P, P, 0), p, 1);
	show("new length 0", mremap(p, P, 0, 0), p, 1);
	show("unknown flag", mremap(p, P, P, 8), p, 1);
	show("not there", mremap(q, P, 2 * P, MREMAP_MAYMOVE), p, 1);
	show("partly there", mremap(p + 3 * P, 2 * P, 4 * P, MREMAP_MAYMOVE), p,
	     1);
	show("fixed alone", mremap(p, P, P, MREMAP_FIXED, q), p, 1);
	show("fixed odd", mremap(p, P, P, MREMAP_FIXED | MREMAP_MAYMOVE, q + 1),
	     p, 1);
	show("fixed overlap",
	     mremap(p, 2 * P, 2 * P, MREMAP_FIXED | MREMAP_MAYMOVE, p + P), p,
	     1);
	show("fixed too high",
	     mremap(p, P, P, MREMAP_FIXED | MREMAP_MAYMOVE, 1ul << 47), p, 1);
	show("old length 0", mremap(p, 0, P, MREMAP_MAYMOVE), p, 1);
	show("dontunmap alone", mremap(p, P, P, MREMAP_DONTUNMAP, 0), p, 1);
	show("dontunmap, other length",
	     mremap(p, P, 2 * P, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 0), p, 1);
	clear();
}

static void moves(void)
{
	char *p = fresh(10, 4), *q = fresh(20, 8), *s;

	q[5 * P] = 'Q';
	show("fixed over another",
	     mremap(p, 4 * P, 5 * P, MREMAP_FIXED | MREMAP_MAYMOVE, q), p, 8);
	printf("old gone: %d\n", mapped(p));
	p = fresh(10, 4);
	show("fixed, shorter",
	     mremap(p, 4 * P, 2 * P, MREMAP_FIXED | MREMAP_MAYMOVE, q), p, 8);
	printf("old gone: %d %d\n", mapped(p), mapped(p + 3 * P));
	p = fresh(10, 4);
	s = mremap(p, 4 * P, 4 * P, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 0);
	show("dontunmap", s, p, 4);
	show("what stays", p, p, 4);
	munmap(s, 4 * P);
	s = mmap(room + 40 * P, 2 * P, RW,
		 MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	s[0] = 'S';
	s[P] = 'T';
	p = mremap(s, 0, 2 * P, MREMAP_MAYMOVE);
	show("shared twice", p, s, 2);
	p[P] = 'U';
	printf("seen: %c\n", s[P]);
	munmap(p, 2 * P);
	/* Rights move along. */
	mprotect(q, P, PROT_READ);
	p = mremap(q, P, P, MREMAP_FIXED | MREMAP_MAYMOVE, room + 60 * P);
	show("read-only", p, q, 1);
	printf("write to it: %ld", (long)read(open("/dev/zero", 0), p, 1));
	printf(" %s\n", strerrorname_np(errno));
	clear();
}

static void big(void)
{
	size_t pages = 1500;
	char *p = fresh(100, pages), *q;
	unsigned bad = 0;

	for (size_t i = 0; i < pages; i++)
		*(size_t *)(p + i * P) = i * 7 + 1;
	q = mremap(p, pages * P, 2 * pages * P, MREMAP_MAYMOVE | MREMAP_FIXED,
		   room + 2 * 1024 * P);
	for (size_t i = 0; i < pages; i++)
		bad += *(size_t *)(q + i * P) != i * 7 + 1;
	for (size_t i = pages; i < 2 * pages && i < 2048; i++)
		bad += q[i * P] != 0;
	printf("big move: %u wrong\n", bad);
	munmap(q, 2 * pages * P);
	clear();
}

static long brk_raw(long to)
{
	return syscall(SYS_brk, to);
}

static void brks(void)
{
	struct rlimit r;
	long b = brk_raw(0), c;
	char *p;

	printf("brk 0 is %s\n", b == brk_raw(0) ? "steady" : "moving");
	printf("brk 1: %s\n", brk_raw(1) == b ? "refused" : "?");
	c = brk_raw(b + 10000);
	printf("grow by %ld\n", c - b);
	p = (char *)b;
	p[9999] = 'x';
	printf("zeroed: %d %d\n", p[0], p[9998]);
	printf("shrink to %ld\n", brk_raw(b + 100) - b);
	printf("grow to %ld", brk_raw(b + 10000) - b);
	printf(": %d\n", p[9999]);
	printf("too much: %ld\n", brk_raw(b + (1l << 46)) - b);
	getrlimit(RLIMIT_DATA, &r);
	r.rlim_cur = 1 << 22;
	setrlimit(RLIMIT_DATA, &r);
	printf("over the limit: %ld\n", brk_raw(b + (1 << 23)) - b);
	p = mmap(NULL, 1 << 23, RW, AP, -1, 0);
	printf("mmap over the limit: %s\n",
	       p == MAP_FAILED ? strerrorname_np(errno) : "ok");
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_DATA, &r);
	getrlimit(RLIMIT_AS, &r);
	r.rlim_cur = 1 << 26;
	setrlimit(RLIMIT_AS, &r);
	p = mmap(NULL, 1 << 26, PROT_NONE, AP, -1, 0);
	printf("mmap over RLIMIT_AS: %s\n",
	       p == MAP_FAILED ? strerrorname_np(errno) : "ok");
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_AS, &r);
	printf("back: %ld\n", brk_raw(b) - b);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	room = mmap(NULL, 8192 * P, PROT_NONE, AP, -1, 0);
	munmap(room + P, 8190 * P);
	room += 2048 * P;
	sizes();
	errors();
	moves();
	big();
	brks();
	return 0;
}
