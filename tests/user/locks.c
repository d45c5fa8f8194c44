/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks: records of processes and of open files, whole-file locks.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sys/file.h>
#include <sys/wait.h>

#include "show.h"

static int set(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = type,
			    .l_whence = SEEK_SET,
			    .l_start = start,
			    .l_len = len };

	return fcntl(fd, cmd, &fl);
}

static void ask(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = type,
			    .l_whence = SEEK_SET,
			    .l_start = start,
			    .l_len = len };

	if (fcntl(fd, cmd, &fl))
		printf("ask: %s\n", strerror(errno));
	else
		printf("ask: type %d start %ld len %ld %s\n", fl.l_type,
		       (long)fl.l_start, (long)fl.l_len,
		       fl.l_pid == getppid() ? "the parent's"
		       : fl.l_pid == -1      ? "a file's"
					     : "nobody's");
}

/* Runs in a child; the parent waits. */
static void in_child(void (*fn)(int fd))
{
	int fd, status;

	fflush(stdout);
	if (!fork()) {
		fd = open("f", O_RDWR);
		fn(fd);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
}

static void child_asks(int fd)
{
	ask(fd, F_GETLK, F_WRLCK, 0, 0);
	ask(fd, F_GETLK, F_RDLCK, 0, 0);
	ask(fd, F_GETLK, F_WRLCK, 15, 1);
	ask(fd, F_GETLK, F_WRLCK, 40, 1);
	show(set(fd, F_SETLK, F_WRLCK, 12, 1));
	show(set(fd, F_SETLK, F_RDLCK, 25, 1));
	show(set(fd, F_SETLK, F_WRLCK, 40, 1));
}

static void child_flocks(int fd)
{
	show(flock(fd, LOCK_SH | LOCK_NB));
	show(flock(fd, LOCK_EX | LOCK_NB));
	show(flock(fd, LOCK_UN));
	show(flock(fd, 77));
}

int main(void)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = 9 };
	int fd, other;

	enter_fresh_folder();
	make_file("f", "0123456789");
	fd = open("f", O_RDWR);
	other = open("f", O_RDWR);
	show(set(fd, F_SETLK, F_WRLCK, 10, 10));
	show(set(fd, F_SETLK, F_RDLCK, 20, 10));
	show(set(other, F_SETLK, F_WRLCK, 15, 1));
	in_child(child_asks);
	show(set(fd, F_SETLK, F_UNLCK, 13, 2));
	in_child(child_asks);
	show(set(fd, F_SETLK, F_WRLCK, 13, 2));
	show(set(fd, F_SETLK, F_UNLCK, 0, 0));
	in_child(child_asks);
	show(set(fd, F_SETLK, F_WRLCK, 5, -3));
	show(set(fd, F_SETLK, F_WRLCK, 2, -3));
	show(set(fd, F_SETLK, 9, 0, 1));
	show(fcntl(fd, F_SETLK, &fl));
	show(fcntl(fd, F_SETLK, (void *)1));
	close(other); /* all of the process's records go */
	in_child(child_asks);
	other = open("f", O_RDWR);
	show(set(fd, F_OFD_SETLK, F_WRLCK, 0, 0));
	show(set(other, F_OFD_SETLK, F_WRLCK, 0, 0));
	in_child(child_asks);
	close(fd);
	show(set(other, F_OFD_SETLK, F_WRLCK, 0, 0));
	close(other);
	fd = open("f", O_RDONLY);
	show(set(fd, F_SETLK, F_WRLCK, 0, 1));
	show(flock(fd, LOCK_EX));
	in_child(child_flocks);
	show(flock(fd, LOCK_SH));
	in_child(child_flocks);
	close(fd);
	in_child(child_flocks);
	return leave_folder();
}
