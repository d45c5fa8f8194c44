/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Neighbours merge and split, as /proc/self/maps shows it: lines inside a
 * range of our own, printed relative to it.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define P  4096ul
#define RW (PROT_READ | PROT_WRITE)
#define AP (MAP_ANONYMOUS | MAP_PRIVATE)

static char *room;
static int fd;

static void show(const char *what)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long start, end, off, base = (unsigned long)room;
	char prot[8], line[512];

	printf("%s:", what);
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx", &start, &end, prot, &off) !=
			    4 ||
		    start < base || end > base + 256 * P)
			continue;
		printf(" %lu-%lu %s", (start - base) / P, (end - base) / P,
		       prot);
		if (off)
			printf(" +%lu", off / P);
	}
	putchar('\n');
	if (f)
		fclose(f);
}

static char *at(size_t page, size_t pages, int prot, int flags, int d,
		size_t off)
{
	return mmap(room + page * P, pages * P, prot, flags | MAP_FIXED, d,
		    (off_t)(off * P));
}

static void clear(void)
{
	munmap(room, 256 * P);
}

static void anonymous(void)
{
	at(10, 2, RW, AP, -1, 0);
	at(12, 2, RW, AP, -1, 0);
	show("above");
	at(8, 2, RW, AP, -1, 0);
	show("below");
	at(16, 2, RW, AP, -1, 0);
	at(14, 2, RW, AP, -1, 0);
	show("between");
	at(11, 1, PROT_READ, AP, -1, 0);
	show("over");
	at(11, 1, RW, AP, -1, 0);
	show("over again");
	munmap(room + 12 * P, P);
	show("hole");
	at(12, 1, RW, AP, -1, 0);
	show("filled");
	clear();
}

static void protecting(void)
{
	at(10, 10, RW, AP, -1, 0);
	mprotect(room + 14 * P, 2 * P, PROT_READ);
	show("middle");
	mprotect(room + 13 * P, P, PROT_READ);
	show("one more below");
	mprotect(room + 16 * P, P, PROT_READ);
	show("one more above");
	mprotect(room + 13 * P, 2 * P, RW);
	show("back below");
	mprotect(room + 10 * P, 10 * P, PROT_NONE);
	show("all");
	mprotect(room + 10 * P, 2 * P, PROT_READ | PROT_EXEC);
	mprotect(room + 18 * P, 2 * P, PROT_READ | PROT_EXEC);
	show("ends");
	mprotect(room + 12 * P, 6 * P, PROT_READ | PROT_EXEC);
	show("joined");
	clear();
}

static void files(void)
{
	at(10, 4, PROT_READ, MAP_PRIVATE, fd, 2);
	at(14, 2, PROT_READ, MAP_PRIVATE, fd, 6);
	show("file goes on");
	at(16, 2, PROT_READ, MAP_PRIVATE, fd, 1);
	show("file does not");
	at(12, 1, PROT_READ, MAP_SHARED, fd, 4);
	show("shared between");
	munmap(room + 14 * P, P);
	show("hole");
	at(14, 1, PROT_READ, MAP_PRIVATE, fd, 6);
	show("filled");
	clear();
}

static void moving(void)
{
	char *p = at(10, 4, RW, AP, -1, 0);

	at(20, 4, RW, AP, -1, 0);
	/* Not faulted in: then Linux merges what was moved, too. */
	if (mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED,
		   room + 24 * P) == MAP_FAILED)
		puts("mremap failed");
	show("moved beside");
	if (mremap(room + 22 * P, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED,
		   room + 40 * P) == MAP_FAILED)
		puts("mremap failed");
	show("out of the middle");
	if (mremap(room + 40 * P, 2 * P, 5 * P, 0) == MAP_FAILED)
		puts("mremap failed");
	show("grown");
	clear();
}

int main(void)
{
	room = mmap(NULL, 512 * P, PROT_NONE, AP, -1, 0);
	munmap(room + P, 510 * P);
	room += 128 * P;
	fd = open("maps.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink("maps.tmp");
	if (ftruncate(fd, 64 * P))
		puts("set-up failed");
	anonymous();
	protecting();
	files();
	moving();
	return 0;
}
