/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec by one of several threads, and whom signals for a process reach.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scratch.h"

static char self_exe[256];

static int threads_now(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	int n = -1;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %d", &n);
	if (f)
		fclose(f);
	return n;
}

/* What the program that was exec'ed says of itself. */
static int second(char **argv)
{
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	printf("%s: pid kept %d, tid is pid %d, threads %d, leader %s\n",
	       argv[2], getpid() == atoi(argv[3]),
	       syscall(SYS_gettid) == getpid(), threads_now(),
	       kill(getpid(), 0) ? strerror(errno) : "there");
	fflush(stdout);
	return 7;
}

static void go(const char *what)
{
	char pid[16];
	char *const args[] = { self_exe, "second", (char *)what, pid, NULL };

	snprintf(pid, sizeof(pid), "%d", getpid());
	execv(self_exe, args);
	printf("exec: %s\n", strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void *exec_thread(void *what)
{
	go(what);
	return NULL;
}

static void *sleeper(void *unused)
{
	for (;;)
		pause();
	return NULL;
}

static void *spinner(void *unused)
{
	for (volatile unsigned long n = 0;; n++)
		;
	return NULL;
}

static void *reader(void *fd)
{
	char c;

	for (;;)
		if (read(*(int *)fd, &c, 1) < 0 && errno != EINTR)
			break;
	return NULL;
}

static void crowd(void)
{
	static int fds[2];
	pthread_t t;

	if (pipe(fds))
		perror("pipe");
	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, sleeper, NULL);
	pthread_create(&t, NULL, spinner, NULL);
	pthread_create(&t, NULL, reader, &fds[0]);
	usleep(2000);
}

static void leader_execs(void)
{
	crowd();
	go("leader");
}

static void thread_execs(void)
{
	pthread_t t;

	crowd();
	pthread_create(&t, NULL, exec_thread, "thread");
	for (;;)
		pause();
}

static void leader_gone(void)
{
	pthread_t t;

	crowd();
	pthread_create(&t, NULL, exec_thread, "heir");
	syscall(SYS_exit, 3);
}

static void two_exec(void)
{
	pthread_t t;

	crowd();
	pthread_create(&t, NULL, exec_thread, "one of two");
	pthread_create(&t, NULL, exec_thread, "one of two");
	for (;;)
		pause();
}

static void exec_fails(void)
{
	static char *const args[] = { "/", NULL };
	pthread_t t;

	pthread_create(&t, NULL, sleeper, NULL);
	execv("/", args);
	printf("exec of a folder: %s, threads %d\n", strerror(errno),
	       threads_now());
}

static void *end_thread(void *unused)
{
	usleep(20000);
	syscall(SYS_exit, 4);
	return NULL;
}

/* The status of the last one is the process's. */
static void leader_first(void)
{
	pthread_t t;

	pthread_create(&t, NULL, end_thread, NULL);
	syscall(SYS_exit, 9);
}

/* Only who does not block it gets it. */
static volatile pid_t taker;

static void take(int sig)
{
	taker = (pid_t)syscall(SYS_gettid);
}

static volatile pid_t open_tid;

static void *open_thread(void *unused)
{
	sigset_t set;

	open_tid = (pid_t)syscall(SYS_gettid);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		pause();
	return NULL;
}

static void directed(void)
{
	sigset_t set;
	pthread_t t;

	signal(SIGUSR1, take);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, sleeper, NULL);
	kill(getpid(), SIGUSR1);
	printf("blocked by all: taken %d\n", taker != 0);
	pthread_create(&t, NULL, open_thread, NULL);
	while (!taker)
		usleep(1000);
	printf("unblocked by one: that one took it %d\n", taker == open_tid);
	taker = 0;
	kill(getpid(), SIGUSR1);
	while (!taker)
		usleep(1000);
	printf("again: that one took it %d\n", taker == open_tid);
	fflush(stdout);
	kill(getpid(), SIGTERM);
	pause();
}

/* Without CLONE_THREAD the table of actions can still be shared. */
static int set_action(void *sig)
{
	signal(*(int *)sig, SIG_IGN);
	return 0;
}

static int exec_after(void *unused)
{
	signal(SIGUSR1, take);
	go("shared actions");
	return 1;
}

static void shared_actions(void)
{
	static char stack[2][16384] __attribute__((aligned(16)));
	static int sig = SIGHUP;
	struct sigaction sa;
	pid_t pid;
	int status;

	pid = clone(set_action, stack[0] + sizeof(stack[0]),
		    CLONE_VM | CLONE_SIGHAND | SIGCHLD, &sig);
	waitpid(pid, &status, 0);
	sigaction(SIGHUP, NULL, &sa);
	printf("set by the other: %d\n", sa.sa_handler == SIG_IGN);
	fflush(stdout);
	pid = clone(exec_after, stack[1] + sizeof(stack[1]),
		    CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	waitpid(pid, &status, 0);
	sigaction(SIGUSR1, NULL, &sa);
	printf("its exec leaves ours: %d, status %d\n", sa.sa_handler == take,
	       WEXITSTATUS(status));
}

static void run(const char *what, void (*fn)(void))
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

int main(int argc, char **argv)
{
	if (argc > 1)
		return second(argv);
	/* A leader that is gone has no program any more. */
	if (readlink("/proc/self/exe", self_exe, sizeof(self_exe) - 1) < 0)
		perror("exe");
	run("leader", leader_execs);
	run("thread", thread_execs);
	run("leader gone", leader_gone);
	for (int i = 0; i < 10; i++)
		run("two at once", two_exec);
	run("exec that fails", exec_fails);
	run("leader exits first", leader_first);
	run("directed", directed);
	run("shared actions", shared_actions);
	return 0;
}
