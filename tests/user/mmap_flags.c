/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap, munmap, mprotect: which combinations are taken and which error the
 * others give.  Addresses are never printed.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define P 4096ul

#ifndef MAP_FIXED_NOREPLACE
#	define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_SHARED_VALIDATE
#	define MAP_SHARED_VALIDATE 3
#endif

static void *raw(uintptr_t addr, size_t len, int prot, int flags, int fd,
		 unsigned long off)
{
	return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, off);
}

static void try(const char *what, uintptr_t addr, size_t len, int prot,
		int flags, int fd, unsigned long off)
{
	void *p = raw(addr, len, prot, flags, fd, off);

	if (p == MAP_FAILED) {
		printf("%-28s %s\n", what, strerrorname_np(errno));
		return;
	}
	printf("%-28s ok%s%s\n", what, (uintptr_t)p % P ? ", not aligned" : "",
	       addr && (uintptr_t)p == addr ? ", at the address" : "");
	if ((flags & MAP_32BIT) && (uintptr_t)p >> 31)
		puts("but not low");
	munmap(p, len);
}

static void result(const char *what, long r)
{
	printf("%-28s %s\n", what, r == -1 ? strerrorname_np(errno) : "ok");
}

#define RW (PROT_READ | PROT_WRITE)
#define AP (MAP_ANONYMOUS | MAP_PRIVATE)
#define AS (MAP_ANONYMOUS | MAP_SHARED)

static void anonymous(char *area)
{
	uintptr_t a = (uintptr_t)area;

	try("length 0", 0, 0, RW, AP, -1, 0);
	try("length 1", 0, 1, RW, AP, -1, 0);
	try("length -1", 0, -1ul, RW, AP, -1, 0);
	try("length -4096", 0, -P, RW, AP, -1, 0);
	try("half of everything", 0, 1ul << 62, RW, AP, -1, 0);
	try("more than there is", 0, 1ul << 47, PROT_NONE, AP, -1, 0);
	try("no type", 0, P, RW, MAP_ANONYMOUS, -1, 0);
	try("shared", 0, P, RW, AS, -1, 0);
	try("shared validate", 0, P, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE,
	    -1, 0);
	try("type 4", 0, P, RW, MAP_ANONYMOUS | 4, -1, 0);
	try("offset is not looked at", 0, P, RW, AP, -1, 5 * P);
	try("odd offset", 0, P, RW, AP, -1, 100);
	try("descriptor is not looked at", 0, P, RW, AP, 77, 0);
	try("grows down", 0, P, RW, AP | MAP_GROWSDOWN, -1, 0);
	try("shared grows down", 0, P, RW, AS | MAP_GROWSDOWN, -1, 0);
	try("stack", 0, P, RW, AP | MAP_STACK, -1, 0);
	try("no reserve", 0, P, RW, AP | MAP_NORESERVE, -1, 0);
	try("populate", 0, 8 * P, RW, AP | MAP_POPULATE, -1, 0);
	try("locked", 0, P, RW, AP | MAP_LOCKED, -1, 0);
	try("unknown flag", 0, P, RW, AP | 0x800000, -1, 0);
	try("low", 0, P, RW, AP | MAP_32BIT, -1, 0);
	try("low, too long", 0, 1ul << 31, RW, AP | MAP_32BIT, -1, 0);
	try("no access", 0, P, PROT_NONE, AP, -1, 0);
	try("write alone", 0, P, PROT_WRITE, AP, -1, 0);
	try("execute", 0, P, PROT_EXEC | PROT_READ, AP, -1, 0);
	try("unknown protection", 0, P, 0x100 | RW, AP, -1, 0);
	try("hint", a + 16 * P, P, RW, AP, -1, 0);
	try("odd hint", a + 16 * P + 5, P, RW, AP, -1, 0);
	try("hint that is taken", a, P, RW, AP, -1, 0);
	try("hint too high", -2 * P, P, RW, AP, -1, 0);
	try("low hint", P, P, RW, AP, -1, 0);
	try("fixed, odd", a + 16 * P + 5, P, RW, AP | MAP_FIXED, -1, 0);
	try("fixed", a + 16 * P, P, RW, AP | MAP_FIXED, -1, 0);
	try("fixed too high", 1ul << 47, P, RW, AP | MAP_FIXED, -1, 0);
	try("fixed across the end", (1ul << 47) - 2 * P, 4 * P, RW,
	    AP | MAP_FIXED, -1, 0);
	try("fixed, all of it", 0, (1ul << 47) - P, PROT_NONE,
	    AP | MAP_FIXED_NOREPLACE, -1, 0);
	try("not replacing, free", a + 16 * P, P, RW, AP | MAP_FIXED_NOREPLACE,
	    -1, 0);
	try("not replacing, taken", a, P, RW, AP | MAP_FIXED_NOREPLACE, -1, 0);
	try("not replacing, overlap", a - P, 2 * P, RW,
	    AP | MAP_FIXED_NOREPLACE, -1, 0);
}

static void file(void)
{
	int fd = open("mmap_flags.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int ro = open("mmap_flags.tmp", O_RDONLY);
	int wo = open("mmap_flags.tmp", O_WRONLY);
	int dir = open(".", O_RDONLY), path = open("mmap_flags.tmp", O_PATH);
	int pipes[2];

	unlink("mmap_flags.tmp");
	if (pipe(pipes) || write(fd, "text", 4) != 4)
		puts("set-up failed");
	try("file, private", 0, P, RW, MAP_PRIVATE, fd, 0);
	try("file, shared", 0, P, RW, MAP_SHARED, fd, 0);
	try("file, validated", 0, P, RW, MAP_SHARED_VALIDATE, fd, 0);
	try("file, unknown flag", 0, P, RW, MAP_SHARED_VALIDATE | 0x800000, fd,
	    0);
	try("file, no type", 0, P, RW, 0, fd, 0);
	try("file, type 4", 0, P, RW, 4, fd, 0);
	try("file, odd offset", 0, P, RW, MAP_PRIVATE, fd, 1);
	try("file, past its end", 0, P, RW, MAP_PRIVATE, fd, 100 * P);
	try("file, offset overflows", 0, 2 * P, RW, MAP_PRIVATE, fd, -P);
	try("file, length 0", 0, 0, RW, MAP_PRIVATE, fd, 0);
	try("file, grows down", 0, P, RW, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0);
	try("read-only, private rw", 0, P, RW, MAP_PRIVATE, ro, 0);
	try("read-only, shared rw", 0, P, RW, MAP_SHARED, ro, 0);
	try("read-only, shared r", 0, P, PROT_READ, MAP_SHARED, ro, 0);
	try("write-only, shared w", 0, P, PROT_WRITE, MAP_SHARED, wo, 0);
	try("write-only, private r", 0, P, PROT_READ, MAP_PRIVATE, wo, 0);
	try("directory", 0, P, PROT_READ, MAP_PRIVATE, dir, 0);
	try("path only", 0, P, PROT_READ, MAP_PRIVATE, path, 0);
	try("pipe", 0, P, PROT_READ, MAP_PRIVATE, pipes[0], 0);
	try("bad descriptor", 0, P, PROT_READ, MAP_PRIVATE, 99, 0);
	try("bad descriptor, length 0", 0, 0, PROT_READ, MAP_PRIVATE, -1, 0);
	{
		char *p = mmap(NULL, P, PROT_READ, MAP_SHARED, ro, 0);

		result("mprotect ro shared to w", mprotect(p, P, RW));
		result("mprotect ro shared to x",
		       mprotect(p, P, PROT_READ | PROT_EXEC));
		munmap(p, P);
		p = mmap(NULL, P, PROT_READ, MAP_PRIVATE, ro, 0);
		result("mprotect ro private to w", mprotect(p, P, RW));
		munmap(p, P);
	}
	close(fd);
}

static void unmapping(char *a)
{
	result("munmap odd address", munmap(a + 1, P));
	result("munmap length 0", munmap(a, 0));
	result("munmap odd length", munmap(a + 7 * P, 1));
	result("munmap again", munmap(a + 7 * P, P));
	result("munmap around it", munmap(a + 6 * P, 3 * P));
	result("munmap too high", munmap((char *)(1ul << 47), P));
	result("munmap wraps", munmap(a, -P));
}

static void protecting(char *a)
{
	result("mprotect odd address", mprotect(a + 1, P, RW));
	result("mprotect length 0", mprotect(a, 0, RW));
	result("mprotect nothing there", mprotect(a + 64 * P, P, RW));
	result("mprotect into a hole", mprotect(a + 5 * P, 2 * P, RW));
	result("mprotect wraps", mprotect(a, -P, RW));
	result("mprotect unknown bit", mprotect(a, P, 0x40));
	result("mprotect grows down", mprotect(a, P, RW | PROT_GROWSDOWN));
	result("mprotect grows both",
	       mprotect(a, P, RW | PROT_GROWSDOWN | PROT_GROWSUP));
	result("mprotect none", mprotect(a, P, PROT_NONE));
	result("write(2) from it", write(1, a, 1));
	result("mprotect back", mprotect(a, P, RW));
	printf("it still says '%s'\n", a);
	result("mprotect read-only", mprotect(a, P, PROT_READ));
	result("read(2) into it", read(open("/dev/zero", O_RDONLY), a, 1));
	result("read(2) over its edge",
	       pread(open("/dev/zero", O_RDONLY), a + P - 4, 8, 0));
}

int main(void)
{
	char *a = mmap(NULL, 128 * P, PROT_NONE, AP, -1, 0);

	/* Room of its own, so that the neighbours do not matter. */
	munmap(a + P, 126 * P);
	a = mmap(a + 32 * P, 16 * P, RW, AP | MAP_FIXED, -1, 0);
	strcpy(a, "unchanged");
	anonymous(a);
	file();
	unmapping(a);
	protecting(a);
	return 0;
}
