/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record locks that would be waited for in a circle; those of open files, and
 * whole-file locks, are.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "show.h"

static int fd;

static int set(int cmd, int type, long start)
{
	struct flock fl = { .l_type = type,
			    .l_whence = SEEK_SET,
			    .l_start = start,
			    .l_len = 1 };

	return fcntl(fd, cmd, &fl);
}

/* Until the process sleeps. */
static void until_asleep(pid_t pid)
{
	char name[64], text[256] = "";

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	while (!strstr(text, ") S ")) {
		int f = open(name, O_RDONLY);

		usleep(2000);
		text[read(f, text, sizeof(text) - 1)] = 0;
		close(f);
	}
}

/* A child that holds byte `own`, then waits for byte `wanted`. */
static pid_t child(long own, long wanted)
{
	int held[2];
	pid_t pid;
	char c;

	pipe(held);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (set(F_SETLK, F_WRLCK, own))
			_exit(1);
		write(held[1], "x", 1);
		_exit(set(F_SETLKW, F_WRLCK, wanted) ? errno : 0);
	}
	read(held[0], &c, 1);
	close(held[0]);
	close(held[1]);
	until_asleep(pid);
	return pid;
}

static void ended(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	printf("child: %s\n", WIFSIGNALED(status) ? "killed"
			      : WEXITSTATUS(status)
				      ? strerror(WEXITSTATUS(status))
				      : "got it");
}

int main(void)
{
	pid_t a, b;

	enter_fresh_folder();
	make_file("f", "0123456789");
	fd = open("f", O_RDWR);
	show(set(F_SETLK, F_WRLCK, 0));
	a = child(1, 0);
	show(set(F_SETLK, F_WRLCK, 1));
	show(set(F_SETLKW, F_WRLCK, 1));
	show(set(F_SETLKW, F_RDLCK, 1));
	b = child(2, 1);
	show(set(F_SETLKW, F_WRLCK, 2)); /* a circle of three */
	show(set(F_SETLK, F_UNLCK, 0));
	ended(a);
	ended(b);
	show(set(F_SETLKW, F_WRLCK, 2));
	/* Who is killed while it waits is in nobody's way. */
	show(set(F_SETLK, F_WRLCK, 4));
	a = child(5, 4);
	kill(a, SIGKILL);
	ended(a);
	show(set(F_SETLKW, F_WRLCK, 5));
	close(fd);
	return leave_folder();
}
