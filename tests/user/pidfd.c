/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors of processes: opening, polling, signals, waiting, other
 * processes' descriptors.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "show.h"

#ifndef P_PIDFD
#	define P_PIDFD 3
#endif
#ifndef SYS_pidfd_getfd
#	define SYS_pidfd_getfd 438
#endif

static int pidfd_open_(pid_t pid, unsigned flags)
{
	return syscall(SYS_pidfd_open, pid, flags);
}

static int send_(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

static int getfd_(int fd, int target, unsigned flags)
{
	return syscall(SYS_pidfd_getfd, fd, target, flags);
}

static int ready(int fd, int timeout)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, timeout);

	return n > 0 ? p.revents : n;
}

/* A child that waits for a byte. */
static pid_t sleeper(int pipes[2])
{
	pid_t pid;
	char c;

	pipe(pipes);
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	close(pipes[1]);
	_exit(read(pipes[0], &c, 1) == 1 ? 7 : 8);
}

static void show_info(int fd, pid_t pid)
{
	char name[64], line[128];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	f = fopen(name, "r");
	while (fgets(line, sizeof(line), f)) {
		int n;

		if (sscanf(line, "Pid: %d", &n) == 1 ||
		    sscanf(line, "NSpid: %d", &n) == 1)
			printf("%.4s %s\n", line,
			       n == pid  ? "its"
			       : n == -1 ? "none"
					 : "?");
	}
	fclose(f);
}

static void opening(void)
{
	int pipes[2], fd;
	pid_t pid = sleeper(pipes);
	siginfo_t si;
	char link[64], text[64];
	ssize_t n;

	fd = pidfd_open_(pid, 0);
	show(fcntl(fd, F_GETFD));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, text, sizeof(text));
	printf("%.*s\n", (int)n, text);
	show_info(fd, pid);
	show(ready(fd, 0));
	show(send_(fd, 0, NULL, 0));
	show(write(pipes[1], "x", 1));
	show(ready(fd, -1) & POLLIN);
	show(send_(fd, 0, NULL, 0));
	memset(&si, 0, sizeof(si));
	show(waitid(P_PIDFD, fd, &si, WEXITED | WNOWAIT));
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	printf("%d %d %d\n", si.si_pid == pid, si.si_code, si.si_status);
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	show(ready(fd, 0) & POLLIN);
	show(send_(fd, 0, NULL, 0));
	show(getfd_(fd, 0, 0));
	show_info(fd, pid);
	show(read(fd, text, 1));
	show(close(fd));
	show(pidfd_open_(pid, 0));
	show(pidfd_open_(0, 0));
	show(pidfd_open_(-1, 0));
	show(pidfd_open_(getpid(), 1 << 30));
	close(pipes[0]);
	close(pipes[1]);
}

static void signals(void)
{
	int pipes[2], fd, dir;
	pid_t pid = sleeper(pipes);
	siginfo_t si = { 0 };
	char name[64];

	fd = pidfd_open_(pid, 0);
	show(send_(fd, 99, NULL, 0));
	show(send_(fd, SIGUSR1, NULL, 1 << 20));
	show(send_(0, SIGUSR1, NULL, 0));
	show(send_(99, SIGUSR1, NULL, 0));
	si.si_signo = SIGUSR2;
	si.si_code = SI_QUEUE;
	show(send_(fd, SIGUSR1, &si, 0));
	si.si_signo = SIGUSR1;
	si.si_code = SI_USER;
	show(send_(fd, SIGUSR1, &si, 0));
	show(send_(fd, SIGUSR1, (void *)8, 0));
	snprintf(name, sizeof(name), "/proc/%d", pid);
	dir = open(name, O_RDONLY | O_DIRECTORY);
	show(send_(dir, 0, NULL, 0));
	close(dir);
	dir = open("/proc", O_RDONLY | O_DIRECTORY);
	show(send_(dir, 0, NULL, 0));
	close(dir);
	si.si_code = SI_QUEUE;
	show(send_(fd, SIGUSR1, &si, 0));
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	printf("%d %d\n", si.si_code, si.si_status);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void nonblocking(void)
{
	int pipes[2], fd;
	pid_t pid = sleeper(pipes);
	siginfo_t si = { 0 };

	fd = pidfd_open_(pid, O_NONBLOCK);
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	show(waitid(P_PIDFD, fd, &si, WEXITED | WNOHANG));
	show(kill(pid, SIGSTOP));
	show(waitid(P_PID, pid, &si, WSTOPPED));
	show(waitid(P_PIDFD, fd, &si, WSTOPPED));
	show(ready(fd, 0));
	show(send_(fd, SIGKILL, NULL, 0));
	show(ready(fd, -1) & POLLIN);
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	printf("%d %d\n", si.si_code, si.si_status);
	close(fd);
	fd = pidfd_open_(getppid(), 0);
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	close(fd);
	show(waitid(P_PIDFD, 0, &si, WEXITED));
	show(waitid(P_PIDFD, 99, &si, WEXITED));
	show(waitid(P_PIDFD, -1, &si, WEXITED));
	close(pipes[0]);
	close(pipes[1]);
}

static void getting(void)
{
	int pipes[2], fd, got;
	pid_t pid = sleeper(pipes);
	struct stat a, b;

	fd = pidfd_open_(pid, 0);
	got = getfd_(fd, pipes[0], 0);
	show(fcntl(got, F_GETFD));
	fstat(pipes[0], &a);
	fstat(got, &b);
	show(a.st_ino == b.st_ino);
	show(getfd_(fd, 900, 0));
	show(getfd_(fd, 0, 1));
	show(getfd_(0, 0, 0));
	show(getfd_(99, 0, 0));
	write(pipes[1], "x", 1);
	waitpid(pid, NULL, 0);
	close(fd);
	close(got);
	fd = pidfd_open_(1, 0);
	fflush(stdout);
	if (!fork()) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		show(getfd_(fd, 0, 0));
		show(send_(fd, SIGTERM, NULL, 0));
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void cloning(void)
{
	int fd = -1, before = dup(0);
	struct clone_args a = {
		.flags = CLONE_PIDFD,
		.pidfd = (unsigned long)&fd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t si = { 0 };
	long pid;

	close(before);
	fflush(stdout);
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (!pid)
		_exit(fcntl(before, F_GETFD) < 0 ? 3 : 4);
	show(fd == before);
	show(fcntl(fd, F_GETFD));
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	printf("%d %d %d\n", si.si_pid == pid, si.si_code, si.si_status);
	close(fd);
	pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
	if (!pid)
		_exit(5);
	show(fd == before);
	show(waitid(P_PIDFD, fd, &si, WEXITED));
	close(fd);
	show(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0,
		     &fd, 0, 0));
	show(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &fd,
		     0, 0));
	show(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, (void *)8, 0, 0));
	show(dup(0) == before);
	close(before);
	show(waitpid(-1, NULL, 0));
}

int main(void)
{
	int fd;

	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	opening();
	signals();
	nonblocking();
	getting();
	cloning();
	fd = pidfd_open_(getpid(), 0);
	show(ready(fd, 0));
	show(send_(fd, 0, NULL, 0));
	close(fd);
	return 0;
}
