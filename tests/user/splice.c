/* SPDX-License-Identifier: BSD-2-Clause */
/* splice, tee and vmsplice: bytes arrive once, in order, and stay for tee. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "scratch.h"

static char buf[200000];

static void show_pipe(int fd)
{
	long n = read(fd, buf, 100);

	printf("  '%.*s'\n", (int)(n < 0 ? 0 : n), buf);
}

static void errors(int p[2], int q[2], int file)
{
	off_t off = 0;

	TRY(splice(file, NULL, file, NULL, 10, 0));
	TRY(splice(99, NULL, p[1], NULL, 10, 0));
	TRY(splice(p[1], NULL, file, NULL, 10, 0));
	TRY(splice(p[0], &off, file, NULL, 10, 0));
	TRY(splice(p[0], NULL, p[1], NULL, 10, 0));
	TRY(splice(p[0], NULL, q[1], NULL, 10, SPLICE_F_NONBLOCK));
	TRY(splice(p[0], NULL, q[1], NULL, 10, 0x100));
	TRY(splice(p[0], NULL, q[1], NULL, 0, 0));
	TRY(tee(p[0], file, 10, 0));
	TRY(tee(p[0], p[1], 10, 0));
	TRY(vmsplice(file, NULL, 0, 0));
	TRY(fcntl(file, F_SETFL, O_APPEND));
	TRY(splice(p[0], NULL, file, NULL, 10, SPLICE_F_NONBLOCK));
	TRY(fcntl(file, F_SETFL, 0));
}

static void moves(int p[2], int q[2], int file)
{
	struct iovec iov[2] = { { "given ", 6 }, { "away", 4 } };
	off_t off = 3, back = 100;
	int s[2];

	TRY(write(p[1], "hello world", 11));
	TRY(tee(p[0], q[1], 5, 0));
	TRY(write(q[1], "+more", 5));
	TRY(write(p[1], "+end", 4));
	show_pipe(q[0]);
	TRY(splice(p[0], NULL, q[1], NULL, 8, 0));
	TRY(write(p[1], "!", 1));
	show_pipe(q[0]);
	show_pipe(p[0]);
	TRY(write(p[1], "into a file", 11));
	TRY(splice(p[0], NULL, file, NULL, 100, SPLICE_F_NONBLOCK));
	TRY(lseek(file, 0, SEEK_CUR));
	TRY(splice(file, &off, p[1], NULL, 4, 0));
	TRY(off);
	show_pipe(p[0]);
	TRY(splice(file, NULL, p[1], NULL, 4, 0));
	TRY(write(p[1], "far", 3));
	TRY(splice(p[0], NULL, file, &back, 3, 0));
	TRY(back);
	TRY(lseek(file, 0, SEEK_END));
	TRY(vmsplice(p[1], iov, 2, 0));
	show_pipe(p[0]);
	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	TRY(write(p[1], "by socket", 9));
	TRY(splice(p[0], NULL, s[0], NULL, 9, 0));
	TRY(splice(s[1], NULL, q[1], NULL, 100, 0));
	show_pipe(q[0]);
	close(s[0]);
	TRY(splice(s[1], NULL, q[1], NULL, 100, 0));
	close(s[1]);
}

static void *feed(void *arg)
{
	int fd = *(int *)arg;

	for (int i = 0; i < (int)sizeof(buf); i++)
		buf[i] = (char)(i % 247);
	if (write(fd, buf, sizeof(buf)) != sizeof(buf))
		printf("short\n");
	close(fd);
	return NULL;
}

static void bulk(int file)
{
	long total = 0, bad = 0, n;
	static char back[200000];
	int p[2];
	pthread_t t;

	if (pipe(p) || ftruncate(file, 0))
		return;
	lseek(file, 0, SEEK_SET);
	pthread_create(&t, NULL, feed, &p[1]);
	while ((n = splice(p[0], NULL, file, NULL, 70000, 0)) > 0)
		total += n;
	pthread_join(t, NULL);
	TRY(total);
	TRY(pread(file, back, sizeof(back), 0));
	for (int i = 0; i < (int)sizeof(back); i++)
		bad += back[i] != (char)(i % 247);
	TRY(bad);
	close(p[0]);
}

int main(void)
{
	int p[2], q[2], file;

	scratch_enter();
	signal(SIGPIPE, SIG_IGN);
	file = open("f", O_RDWR | O_CREAT, 0644);
	if (pipe(p) || pipe(q))
		return 1;
	errors(p, q, file);
	moves(p, q, file);
	bulk(file);
	close(q[0]);
	TRY(write(p[1], "x", 1));
	TRY(splice(p[0], NULL, q[1], NULL, 1, 0));
	close(p[1]);
	TRY(splice(p[0], NULL, file, NULL, 10, 0));
	TRY(splice(p[0], NULL, file, NULL, 10, 0));
	TRY(unlink("f"));
	scratch_leave();
	return 0;
}
