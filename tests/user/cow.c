/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File mappings: private ones copy on write and do not change the file, shared
 * ones are the file; madvise and mincore see and drop pages.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define P  4096ul
#define RW (PROT_READ | PROT_WRITE)
#define AP (MAP_ANONYMOUS | MAP_PRIVATE)

static int fd;

static void result(const char *what, long r)
{
	printf("%-26s %s\n", what, r == -1 ? strerrorname_np(errno) : "ok");
}

static void file_says(const char *when, unsigned page)
{
	char buf[16] = "";

	if (pread(fd, buf, 8, page * P) < 0)
		strcpy(buf, "error");
	printf("%-26s '%s'\n", when, buf);
}

static void privately(void)
{
	char *p = mmap(NULL, 4 * P, RW, MAP_PRIVATE, fd, 0);
	char *q = mmap(NULL, 4 * P, PROT_READ, MAP_PRIVATE, fd, 0);

	printf("read: '%s' '%s'\n", p, p + P);
	strcpy(p, "mine");
	printf("written: '%s', beside '%s'\n", p, q);
	file_says("the file", 0);
	strcpy(p + 2 * P, "unread");
	file_says("written without reading", 2);
	if (pwrite(fd, "changed", 8, P) != 8)
		puts("pwrite failed");
	printf("untouched page sees it: '%s' '%s'\n", p + P, q + P);
	if (pwrite(fd, "again", 6, 0) != 6)
		puts("pwrite failed");
	printf("copied page does not: '%s' '%s'\n", p, q);
	result("dontneed", madvise(p, 4 * P, MADV_DONTNEED));
	printf("the file's again: '%s' '%s'\n", p, p + 2 * P);
	munmap(p, 4 * P);
	munmap(q, 4 * P);
}

static void shared(void)
{
	char *p = mmap(NULL, 4 * P, RW, MAP_SHARED, fd, 0);
	char *q = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, P);
	char buf[8];

	strcpy(p + P, "common");
	printf("both: '%s'\n", q);
	file_says("the file", 1);
	result("msync", msync(p, 4 * P, MS_SYNC));
	result("msync async", msync(p, 4 * P, MS_ASYNC));
	result("msync both", msync(p, P, MS_ASYNC | MS_SYNC));
	result("msync odd", msync(p + 1, P, MS_SYNC));
	result("msync flag", msync(p, P, 8));
	munmap(p + 3 * P, P);
	result("msync hole", msync(p, 4 * P, MS_SYNC));
	/* Into the mapping of the very file that is read. */
	if (pread(fd, p + 2 * P, 7, P) != 7)
		puts("pread failed");
	file_says("copied by read", 2);
	if (pwrite(fd, p + P, 7, 0) != 7)
		puts("pwrite failed");
	file_says("copied by write", 0);
	/* A tail beyond the end of the file reads as zeroes. */
	result("truncate", ftruncate(fd, 2 * P + 100));
	memset(buf, 1, sizeof(buf));
	memcpy(buf, p + 2 * P + 100, 8);
	printf("tail: %d %d\n", buf[0], buf[7]);
	result("truncate to 3 bytes", ftruncate(fd, 3));
	result("and back", ftruncate(fd, 4 * P));
	printf("cut: '%s' '%s' '%s'\n", p, p + P, p + 2 * P);
	munmap(p, 3 * P);
	munmap(q, 2 * P);
}

static void anonymous(void)
{
	char *p = mmap(NULL, 16 * P, RW, AP, -1, 0);
	unsigned sum = 0;

	for (unsigned i = 0; i < 16; i++)
		sum += p[i * P];
	printf("zero: %u\n", sum);
	for (unsigned i = 0; i < 16; i++)
		p[i * P] = 1;
	result("dontneed middle", madvise(p + 4 * P, 4 * P, MADV_DONTNEED));
	for (unsigned i = 0; i < 16; i++)
		sum += p[i * P];
	printf("left: %u\n", sum);
	munmap(p, 16 * P);
	p = mmap(NULL, 2 * P, RW, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
	p[0] = 7;
	result("shared dontneed", madvise(p, 2 * P, MADV_DONTNEED));
	printf("kept: %d\n", p[0]);
	result("shared remove", madvise(p, 2 * P, MADV_REMOVE));
	printf("gone: %d\n", p[0]);
	munmap(p, 2 * P);
}

static void advice(void)
{
	char *p = mmap(NULL, 8 * P, RW, AP, -1, 0);
	char *f = mmap(NULL, 2 * P, RW, MAP_PRIVATE, fd, 0);
	char *s = mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, 0);

	munmap(p + 3 * P, P);
	p[0] = p[P] = p[4 * P] = 1;
	for (int a = 0; a < 5; a++) {
		char name[20];

		sprintf(name, "advice %d", a);
		result(name, madvise(f, P, a));
	}
	result("unknown 7", madvise(p, P, 7));
	result("unknown 99", madvise(p, P, 99));
	result("odd address", madvise(p + 1, P, MADV_DONTNEED));
	result("length 0", madvise(p, 0, MADV_DONTNEED));
	result("length wraps", madvise(p, -1ul, MADV_DONTNEED));
	result("over a hole", madvise(p, 8 * P, MADV_DONTNEED));
	printf("and still done: %d %d\n", p[0], p[4 * P]);
	result("a hole alone", madvise(p + 3 * P, P, MADV_DONTNEED));
	result("free", madvise(p, P, MADV_FREE));
	result("free a file's", madvise(f, P, MADV_FREE));
	result("remove private", madvise(f, P, MADV_REMOVE));
	result("remove anonymous", madvise(p, P, MADV_REMOVE));
	result("dontfork", madvise(p, P, MADV_DONTFORK));
	result("dofork", madvise(p, P, MADV_DOFORK));
	result("wipeonfork", madvise(p, P, MADV_WIPEONFORK));
	result("keeponfork", madvise(p, P, MADV_KEEPONFORK));
	result("wipeonfork a file's", madvise(f, P, MADV_WIPEONFORK));
	result("dontdump", madvise(p, P, MADV_DONTDUMP));
	result("dodump", madvise(p, P, MADV_DODUMP));
	result("populate read", madvise(p, P, MADV_POPULATE_READ));
	result("populate write", madvise(p, P, MADV_POPULATE_WRITE));
	result("populate a hole", madvise(p, 4 * P, MADV_POPULATE_READ));
	result("populate read-only", madvise(s, P, MADV_POPULATE_WRITE));
	munmap(p, 8 * P);
	munmap(f, 2 * P);
	munmap(s, 2 * P);
}

static void core(void)
{
	char *p = mmap(NULL, 8 * P, RW, AP, -1, 0);
	unsigned char v[9];

	memset(v, 0xee, sizeof(v));
	p[P] = p[5 * P] = 1;
	result("mincore", mincore(p, 8 * P, v));
	for (int i = 0; i < 9; i++)
		printf(" %x", v[i]);
	putchar('\n');
	result("mincore odd", mincore(p + 1, P, v));
	result("mincore no length", mincore(p, 0, v));
	result("mincore bad vector", mincore(p, P, (void *)1));
	munmap(p + 4 * P, P);
	result("mincore hole", mincore(p, 8 * P, v));
	munmap(p, 8 * P);
}

static void locks(void)
{
	char *p = mmap(NULL, 4 * P, RW, AP, -1, 0);
	unsigned char v[4];

	result("mlock", mlock(p + 10, P));
	mincore(p, 4 * P, v);
	printf("in: %d %d %d\n", v[0], v[1], v[2]);
	result("dontneed locked", madvise(p, P, MADV_DONTNEED));
	result("munlock", munlock(p, 4 * P));
	result("dontneed", madvise(p, P, MADV_DONTNEED));
	result("munmap", munmap(p + P, P));
	result("mlock hole", mlock(p, 3 * P));
	result("mlock2", syscall(SYS_mlock2, p, P, 1));
	result("mlock2 flag", syscall(SYS_mlock2, p, P, 2));
	result("mlockall 0", mlockall(0));
	result("mlockall 8", mlockall(8));
	result("munlockall", munlockall());
	munmap(p, 4 * P);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open("cow.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink("cow.tmp");
	if (ftruncate(fd, 4 * P) || pwrite(fd, "first", 6, 0) != 6 ||
	    pwrite(fd, "second", 7, P) != 7)
		puts("set-up failed");
	privately();
	shared();
	anonymous();
	advice();
	core();
	locks();
	return 0;
}
