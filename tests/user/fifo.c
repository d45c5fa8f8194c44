/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a FIFO in every mode, and what is left when an end goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const path = "/tmp/fifo.test";

static const char *word(long ret)
{
	return ret < 0 ? strerrorname_np(errno) : "ok";
}

int main(void)
{
	char c = 'x';
	int r, w, odd;

	unlink(path);
	printf("mkfifo %s\n", word(mkfifo(path, 0600)));
	printf("writer alone %s\n", word(open(path, O_WRONLY | O_NONBLOCK)));
	printf("neither alone %s\n", word(open(path, 3 | O_NONBLOCK)));
	r = open(path, O_RDONLY | O_NONBLOCK);
	printf("reader %s\n", word(r));
	odd = open(path, 3 | O_NONBLOCK);
	printf("neither %s\n", word(odd));
	w = open(path, O_WRONLY | O_NONBLOCK);
	printf("writer %s\n", word(w));
	printf("write %s\n", word(write(w, &c, 1)));
	close(r);
	printf("write without reader %s\n", "not tried");
	close(w);
	if (odd >= 0) {
		printf("read %s\n", word(read(odd, &c, 1)));
		close(odd);
	}
	r = open(path, O_RDONLY | O_NONBLOCK);
	printf("read of what was left %s\n", read(r, &c, 1) ? "some" : "none");
	printf("path only %s\n", word(open(path, O_PATH)));
	unlink(path);
	return 0;
}
