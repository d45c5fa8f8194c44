/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors: numbers, copies, flags, limits.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "show.h"

static void copies(void)
{
	char c;
	int fd = open("f", O_RDWR | O_CREAT, 0600), other;

	show(fd);
	show(write(fd, "0123456789", 10));
	show(other = dup(fd));
	show(lseek(other, 4, SEEK_SET));
	show(read(fd, &c, 1));
	printf("%c\n", c);
	show(dup2(fd, 20));
	show(dup2(fd, fd));
	show(dup2(99, 99));
	show(dup2(99, 5));
	show(dup2(fd, -1));
	show(dup2(fd, 1 << 20));
	show(dup3(fd, fd, 0));
	show(dup3(fd, 21, O_CLOEXEC));
	show(dup3(fd, 21, O_APPEND));
	show(fcntl(21, F_GETFD));
	show(fcntl(20, F_GETFD));
	show(fcntl(20, F_SETFD, FD_CLOEXEC));
	show(fcntl(20, F_GETFD));
	show(fcntl(fd, F_DUPFD, 10));
	show(fcntl(fd, F_DUPFD, 10));
	show(fcntl(fd, F_DUPFD_CLOEXEC, 10));
	show(fcntl(12, F_GETFD));
	show(fcntl(fd, F_DUPFD, 1 << 30));
	show(fcntl(fd, F_DUPFD, -1));
	show(fcntl(fd, 12345));
	show(fcntl(99, F_GETFD));
	show(close(fd));
	show(close(fd));
	show(open("f", O_RDONLY));
	show(close(-1));
	show(syscall(SYS_close_range, 10, 15, 0));
	show(fcntl(12, F_GETFD));
	show(fcntl(20, F_GETFD));
	show(syscall(SYS_close_range, 20, 20, 4));
	show(syscall(SYS_close_range, 4, ~0u, 0));
	show(syscall(SYS_close_range, 5, 4, 0));
	show(syscall(SYS_close_range, 5, 6, 99));
	show(dup(3));
	close(4);
	close(3);
}

static void flags(void)
{
	int fd = open("f", O_RDWR | O_NONBLOCK), on = 1, n = -1;

	show(fcntl(fd, F_GETFL));
	show(fcntl(fd, F_SETFL, O_APPEND | O_WRONLY | O_CREAT));
	show(fcntl(fd, F_GETFL));
	show(ioctl(fd, FIONBIO, &on));
	show(fcntl(fd, F_GETFL));
	show(ioctl(fd, FIOCLEX));
	show(fcntl(fd, F_GETFD));
	show(ioctl(fd, FIONCLEX));
	show(fcntl(fd, F_GETFD));
	show(lseek(fd, 3, SEEK_SET));
	show(ioctl(fd, FIONREAD, &n));
	show(n);
	show(ioctl(fd, TIOCGWINSZ, &n));
	show(ioctl(fd, 0xdead, &n));
	close(fd);
	fd = open("f", O_PATH);
	show(fcntl(fd, F_GETFL));
	show(read(fd, &n, 1));
	show(fcntl(fd, F_SETFL, 0));
	show(fcntl(fd, F_GETFD));
	show(ioctl(fd, FIONREAD, &n));
	show(fchmod(fd, 0600));
	show(lseek(fd, 0, SEEK_SET));
	close(fd);
}

static void limits(void)
{
	struct rlimit l;
	int fd, last = -1, count = 0;

	getrlimit(RLIMIT_NOFILE, &l);
	l.rlim_cur = 200;
	show(setrlimit(RLIMIT_NOFILE, &l));
	while ((fd = open("f", O_RDONLY)) >= 0) {
		last = fd;
		count++;
	}
	printf("%d opened, the last %d: %s\n", count, last, strerror(errno));
	show(dup(0));
	show(fcntl(0, F_DUPFD, 200));
	show(open("new", O_CREAT, 0600));
	show(access("new", F_OK));
	show(dup2(0, 200));
	show(close(77));
	show(dup(0));
	for (fd = 3; fd <= last; fd++)
		close(fd);
	l.rlim_cur = 3;
	show(setrlimit(RLIMIT_NOFILE, &l));
	show(open("f", O_RDONLY));
	l.rlim_cur = 300;
	show(setrlimit(RLIMIT_NOFILE, &l));
	show(dup2(0, 299));
	show(close(299));
}

int main(void)
{
	enter_fresh_folder();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	copies();
	flags();
	limits();
	return leave_folder();
}
