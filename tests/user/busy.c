/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that runs is not written to, and one being written does not run. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const copy = "/tmp/busy.copy";

static const char *word(long ret)
{
	return ret < 0 ? strerrorname_np(errno) : "ok";
}

static int copy_self(void)
{
	static char block[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(copy, O_CREAT | O_TRUNC | O_WRONLY, 0755);
	ssize_t n;

	while ((n = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)n) != n)
			exit(2);
	close(from);
	return to;
}

static void attack(const char *name)
{
	printf("write %s\n", word(open(name, O_WRONLY)));
	printf("read and write %s\n", word(open(name, O_RDWR)));
	printf("open and truncate %s\n", word(open(name, O_RDONLY | O_TRUNC)));
	printf("truncate %s\n", word(truncate(name, 0)));
	printf("read %s\n", word(open(name, O_RDONLY)));
	printf("chmod %s\n", word(chmod(name, 0755)));
}

int main(int argc, char **argv)
{
	char *again[] = { (char *)copy, "again", NULL };
	int fd, status;

	(void)argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1) {
		attack(copy);
		printf("unlink %s\n", word(unlink(copy)));
		return 3;
	}
	fd = copy_self();
	printf("execute while written: %s\n", word(execv(copy, again)));
	close(fd);
	if (!fork()) {
		execv(copy, again);
		_exit(9);
	}
	wait(&status);
	printf("ended with %d\n", WEXITSTATUS(status));
	return 0;
}
