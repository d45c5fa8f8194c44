/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orphans, limits that end in signals, and waits that a stop does not end.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "show.h"

static volatile sig_atomic_t caught[65];

static void count(int sig)
{
	caught[sig]++;
}

static void in_child(const char *what, void (*fn)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%s: exit %d signal %d\n", what,
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void leave_zombie(void)
{
	siginfo_t info;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (!pid)
		_exit(3);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

/* The grandchild's new parent collects it. */
static void subreaper(void)
{
	pid_t me = getpid(), child, got;
	int status, set = 0, ends[2];

	show(prctl(PR_SET_CHILD_SUBREAPER, 1));
	show(prctl(PR_GET_CHILD_SUBREAPER, &set));
	printf("set %d\n", set);
	if (pipe(ends))
		perror("pipe");
	fflush(stdout);
	child = fork();
	if (!child) {
		pid_t old = getpid();
		int inherited = -1;

		prctl(PR_GET_CHILD_SUBREAPER, &inherited);
		if (inherited)
			printf("inherited\n");

		if (!fork()) {
			close(ends[1]);
			while (getppid() == old)
				usleep(1000);
			_exit(getppid() == me ? 5 : 6);
		}
		_exit(4);
	}
	waitpid(child, &status, 0);
	printf("child: %d\n", WEXITSTATUS(status));
	close(ends[1]);
	got = waitpid(-1, &status, 0);
	printf("grandchild: other %d, %d\n", got != child && got > 0,
	       WEXITSTATUS(status));
	/* A zombie that comes along is told of, too. */
	signal(SIGCHLD, count);
	child = fork();
	if (!child) {
		leave_zombie();
		_exit(2);
	}
	for (int i = 0; i < 2; i++) {
		got = waitpid(-1, &status, 0);
		printf("%s: %d\n", got == child ? "child" : "zombie",
		       WEXITSTATUS(status));
	}
	printf("left: %d\n", waitpid(-1, &status, 0) < 0);
	/* Or goes by itself. */
	signal(SIGCHLD, SIG_IGN);
	if (!fork()) {
		leave_zombie();
		_exit(2);
	}
	printf("ignored: %d\n", waitpid(-1, &status, 0));
}

static void death_signal(void)
{
	int ends[2];
	ssize_t n;
	char c;

	if (pipe(ends))
		perror("pipe");
	if (!fork()) {
		pid_t old = getpid();

		if (!fork()) {
			sigset_t set;
			int sig;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			if (getppid() == old && write(ends[1], "r", 1) == 1)
				sigwait(&set, &sig);
			if (write(ends[1], "d", 1) != 1)
				_exit(1);
			_exit(0);
		}
		if (read(ends[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	wait(NULL);
	close(ends[1]);
	n = read(ends[0], &c, 1);
	printf("told: %zd %c\n", n, c);
}

static void file_size(void)
{
	struct rlimit old, small = { 5000, RLIM_INFINITY };
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int in = open("/proc/self/exe", O_RDONLY);
	static char buf[4096];

	getrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, count);
	show(setrlimit(RLIMIT_FSIZE, &small));
	show(write(fd, buf, 4096));
	show(write(fd, buf, 4096));
	printf("signals %d\n", caught[SIGXFSZ]);
	show(write(fd, buf, 1));
	show(write(fd, buf, 0));
	printf("signals %d\n", caught[SIGXFSZ]);
	show(pwrite(fd, buf, 10, 6000));
	show(pwrite(fd, buf, 10, 4995));
	show(ftruncate(fd, 5001));
	show(ftruncate(fd, 5000));
	show(truncate("file", 6000));
	show(fallocate(fd, 0, 0, 6000));
	show(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4000));
	printf("signals %d\n", caught[SIGXFSZ]);
	show(lseek(fd, 0, SEEK_SET));
	show(sendfile(fd, in, NULL, 8192));
	show(sendfile(fd, in, NULL, 8192));
	fcntl(fd, F_SETFL, O_APPEND);
	show(write(fd, buf, 1));
	printf("size %ld\n", (long)lseek(fd, 0, SEEK_END));
	/* A pipe has no size. */
	if (pipe((int[2]){ fd, fd }))
		perror("pipe");
	signal(SIGXFSZ, SIG_DFL);
	fflush(stdout);
	if (write(fd, buf, 1) < 0)
		_exit(1);
}

static void cpu_time(void)
{
	struct rlimit one = { 1, 2 };
	struct timespec t;

	signal(SIGXCPU, count);
	setrlimit(RLIMIT_CPU, &one);
	while (!caught[SIGXCPU])
		;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	printf("after less than %ld s\n", (long)t.tv_sec / 2 + 2);
	fflush(stdout);
	for (;;)
		;
}

/* Everything here is stopped and continued while it waits. */
static void *stopper(void *arg)
{
	return NULL;
}

static void wait_poll(void)
{
	struct pollfd p = { -1, 0, 0 };

	show(poll(&p, 1, 60));
}

static void wait_select(void)
{
	struct timeval tv = { 0, 60000 };

	show(select(0, NULL, NULL, NULL, &tv));
}

static void wait_ppoll(void)
{
	struct timespec ts = { 0, 60000000 };
	sigset_t none;

	sigemptyset(&none);
	show(ppoll(NULL, 0, &ts, &none));
}

static void wait_pselect(void)
{
	struct timespec ts = { 0, 60000000 };
	sigset_t none;

	sigemptyset(&none);
	show(pselect(0, NULL, NULL, NULL, &ts, &none));
}

static void wait_futex(void)
{
	struct timespec ts = { 0, 60000000 };
	static int word;

	show(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0));
}

static void wait_sleep(void)
{
	struct timespec ts = { 0, 60000000 };

	show(nanosleep(&ts, NULL));
}

static long ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void across_stop(const char *what, void (*fn)(void))
{
	int status;
	pid_t pid;
	long begin = ms_now();

	printf("%s: ", what);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	for (int i = 0; i < 3; i++) {
		usleep(8000);
		kill(pid, SIGSTOP);
		waitpid(pid, &status, WUNTRACED);
		kill(pid, SIGCONT);
	}
	waitpid(pid, &status, 0);
	printf("long enough %d, status %x\n", ms_now() - begin >= 60, status);
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = count, .sa_flags = SA_RESTART };
	struct timespec ts = { 5, 0 };
	struct timeval tv = { 0, 10000 };
	static int word;

	sigaction(SIGALRM, &sa, NULL);
	ualarm(10000, 0);
	show(poll(NULL, 0, 5000));
	ualarm(10000, 0);
	show(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0));
	tv.tv_sec = 5;
	ualarm(10000, 0);
	show(select(0, NULL, NULL, NULL, &tv));
	show(poll(NULL, 0, 1));
}

static void no_wait_thread(void)
{
	pthread_t t;
	int status;

	if (!fork())
		_exit(0);
	/* A child of this thread is one of this thread. */
	printf("own: %d\n", waitpid(-1, &status, __WNOTHREAD) > 0);
	pthread_create(&t, NULL, stopper, NULL);
	pthread_join(t, NULL);
}

int main(void)
{
	enter_fresh_folder();
	in_child("subreaper", subreaper);
	in_child("death signal", death_signal);
	in_child("file size", file_size);
	in_child("cpu time", cpu_time);
	across_stop("poll", wait_poll);
	across_stop("select", wait_select);
	across_stop("ppoll", wait_ppoll);
	across_stop("pselect", wait_pselect);
	across_stop("futex", wait_futex);
	across_stop("nanosleep", wait_sleep);
	in_child("interrupted", interrupted);
	in_child("own children", no_wait_thread);
	return 0;
}
