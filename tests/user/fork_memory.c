/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fork does to memory: private is copied when written to, shared stays
 * shared, and advice says what the child does without.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define P  4096ul
#define RW (PROT_READ | PROT_WRITE)
#define AP (MAP_ANONYMOUS | MAP_PRIVATE)

static char *private, *common, *wiped, *left_out, *file;

static int mapped(char *p)
{
	unsigned char c;

	return mincore(p, P, &c) == 0;
}

static void show(const char *who)
{
	printf("%-8s private '%s' '%s', shared '%s', wiped %d, file '%s', "
	       "left out %s\n",
	       who, private, private + P, common, *wiped, file,
	       mapped(left_out) ? left_out : "is not there");
	fflush(stdout);
}

static void child(int depth)
{
	show("child");
	strcpy(private, "child's");
	strcpy(common, "of the child");
	strcpy(file, "child's file");
	if (depth > 0) {
		pid_t pid = fork();

		if (pid == 0) {
			child(depth - 1);
			_exit(depth);
		}
		waitpid(pid, NULL, 0);
	}
	show("then");
}

/* Many pages, written to by both sides in turn. */
static void many(void)
{
	size_t pages = 600;
	unsigned bad = 0;
	char *p = mmap(NULL, pages * P, RW, AP, -1, 0);
	int status;
	pid_t pid;

	for (size_t i = 0; i < pages; i++)
		*(size_t *)(p + i * P) = i;
	pid = fork();
	for (size_t i = 0; i < pages; i++) {
		size_t *at = (size_t *)(p + i * P);

		bad += *at != i;
		if (i % 3 == (pid == 0))
			*at = i * 2 + (pid == 0);
	}
	for (size_t i = 0; i < pages; i++)
		bad += *(size_t *)(p + i * P) !=
		       (i % 3 == (pid == 0) ? i * 2 + (pid == 0) : i);
	if (pid == 0)
		_exit(bad ? 1 : 5);
	waitpid(pid, &status, 0);
	printf("many pages: %u wrong, child says %d\n", bad,
	       WEXITSTATUS(status));
	munmap(p, pages * P);
}

/* Generations: pages that are shared by some of them only. */
static void generations(void)
{
	char *p = mmap(NULL, 8 * P, RW, AP, -1, 0);
	int status = 0;

	for (int g = 0; g < 8; g++) {
		p[g * P] = (char)('a' + g);
		fflush(stdout);
		if (fork() != 0) {
			wait(&status);
			p[g * P] = 'X';
			break;
		}
	}
	for (int g = 0; g < 8; g++)
		putchar(p[g * P] ? p[g * P] : '.');
	putchar('\n');
	fflush(stdout);
	if (p[0] != 'X')
		_exit(0);
	munmap(p, 8 * P);
}

int main(void)
{
	int fd = open("fork_memory.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t pid;

	unlink("fork_memory.tmp");
	if (write(fd, "from the file", 14) != 14)
		puts("set-up failed");
	private = mmap(NULL, 2 * P, RW, AP, -1, 0);
	common = mmap(NULL, P, RW, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
	wiped = mmap(NULL, P, RW, AP, -1, 0);
	left_out = mmap(NULL, P, RW, AP, -1, 0);
	file = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0);
	strcpy(private, "parent's");
	strcpy(private + P, "both's");
	strcpy(common, "of the parent");
	*wiped = 7;
	strcpy(left_out, "here");
	madvise(wiped, P, MADV_WIPEONFORK);
	madvise(left_out, P, MADV_DONTFORK);
	mprotect(private + P, P, PROT_READ);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		child(2);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	show("parent");
	fflush(stdout);
	many();
	generations();
	return 0;
}
