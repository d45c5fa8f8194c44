/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and FIFOs in one process, and across fork.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "show.h"

static char buf[1 << 17];

static long events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
}

static void one_process(void)
{
	int p[2], n;
	struct stat st;

	show(pipe2(p, 0x1000000));
	show(pipe((void *)1));
	show(pipe2(p, O_NONBLOCK | O_CLOEXEC));
	show(fcntl(p[0], F_GETFL));
	show(fcntl(p[1], F_GETFL));
	show(fcntl(p[1], F_GETFD));
	show(read(p[0], buf, 1));
	show(read(p[0], buf, 0));
	show(write(p[0], buf, 1));
	show(read(p[1], buf, 1));
	show(events(p[0]));
	show(events(p[1]));
	show(write(p[1], "hello", 5));
	show(write(p[1], " world", 6));
	show(ioctl(p[0], FIONREAD, &n));
	show(n);
	show(events(p[0]));
	show(read(p[0], buf, 3));
	show(read(p[0], buf, 100));
	printf("%.8s\n", buf);
	show(lseek(p[0], 0, SEEK_CUR));
	show(pread(p[0], buf, 1, 0));
	show(ftruncate(p[1], 0));
	show(fsync(p[1]));
	show(fstat(p[0], &st));
	printf("mode %o size %ld links %ld\n", st.st_mode, (long)st.st_size,
	       (long)st.st_nlink);
	show(fcntl(p[0], F_GETPIPE_SZ));
	show(write(p[1], buf, sizeof(buf)));
	show(write(p[1], buf, 1));
	show(events(p[1]));
	show(read(p[0], buf, 4095));
	show(write(p[1], buf, 4096));
	show(read(p[0], buf, 1));
	show(write(p[1], buf, 4096));
	show(fcntl(p[0], F_SETPIPE_SZ, 4096));
	show(read(p[0], buf, sizeof(buf)));
	show(fcntl(p[0], F_SETPIPE_SZ, 5000));
	show(write(p[1], buf, sizeof(buf)));
	close(p[0]);
	show(events(p[1]));
	show(write(p[1], buf, 1));
	close(p[1]);
	show(pipe(p));
	show(write(p[1], "x", 1));
	close(p[1]);
	show(events(p[0]));
	show(read(p[0], buf, 5));
	show(read(p[0], buf, 5));
	show(events(p[0]));
	close(p[0]);
}

/* As /dev/stdin does: the read end again, when nobody writes any more. */
static void again_by_name(void)
{
	char name[32];
	int p[2], again;

	show(pipe(p));
	show(write(p[1], "left", 4));
	close(p[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	show(again = open(name, O_RDONLY));
	show(read(again, buf, 10));
	show(read(again, buf, 10));
	close(p[0]);
	close(again);
}

static void across_fork(void)
{
	int there[2], back[2], status;
	size_t sum = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(there) || pipe(back))
		perror("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(there[1]);
		close(back[0]);
		while ((n = read(there[0], buf, sizeof(buf))) > 0)
			sum += n;
		if (write(back[1], &sum, sizeof(sum)) != sizeof(sum))
			_exit(1);
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	for (int i = 0; i < 10; i++)
		show(write(there[1], buf, 100000));
	close(there[1]);
	show(read(back[0], &sum, sizeof(sum)));
	show(sum);
	waitpid(pid, &status, 0);
	show(status);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		close(back[0]);
		if (pipe(there) == 0) {
			close(there[0]);
			n = write(there[1], "x", 1);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("killed by %d\n", WTERMSIG(status));
	close(back[0]);
}

static void fifos(void)
{
	int r, w, status;
	pid_t pid;

	show(mkfifo("fifo", 0644));
	show(open("fifo", O_WRONLY | O_NONBLOCK));
	show(r = open("fifo", O_RDONLY | O_NONBLOCK));
	show(read(r, buf, 1));
	show(events(r));
	show(w = open("fifo", O_WRONLY | O_NONBLOCK));
	show(write(w, "fifo", 4));
	show(read(r, buf, 10));
	show(read(r, buf, 10));
	close(w);
	show(read(r, buf, 10));
	close(r);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		w = open("fifo", O_WRONLY);
		_exit(write(w, "child", 5) != 5);
	}
	r = open("fifo", O_RDONLY);
	show(read(r, buf, 100));
	printf("%.5s\n", buf);
	waitpid(pid, &status, 0);
	show(status);
	close(r);
	show(open("fifo", O_RDONLY | O_DIRECTORY));
	show(r = open("fifo", O_RDWR));
	show(write(r, "self", 4));
	show(read(r, buf, 10));
	close(r);
	show(unlink("fifo"));
}

int main(void)
{
	enter_fresh_folder();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	signal(SIGPIPE, SIG_IGN);
	one_process();
	again_by_name();
	across_fork();
	fifos();
	return leave_folder();
}
