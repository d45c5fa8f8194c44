/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who are about to be gone: a zombie can be signalled by its user; a
 * thread that ends does not keep its process from being seen stopped; and a
 * child without an end of its own to tell cannot choose the signal for it.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "show.h"

static void zombie_of_a_user(void)
{
	siginfo_t info;
	pid_t pid;

	if (setresuid(65534, 65534, 65534))
		perror("setresuid");
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	show(kill(pid, 0));
	show(kill(pid, SIGTERM));
	fflush(stdout);
}

static int going;

/* Its end takes a while: the kernel goes through a long list. */
static void *ends_slowly(void *arg)
{
	static struct robust_list node = { &node };
	static struct robust_list_head head = { { &node }, 64, NULL };

	syscall(SYS_set_robust_list, &head, sizeof(head));
	__atomic_store_n(&going, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void stops_beside_it(void)
{
	pthread_t t;

	for (;;) {
		going = 0;
		pthread_create(&t, NULL, ends_slowly, NULL);
		while (!__atomic_load_n(&going, __ATOMIC_ACQUIRE))
			;
		raise(SIGSTOP);
		pthread_join(t, NULL);
	}
}

static void stops(void)
{
	int status, seen = 0;
	pid_t pid = fork();

	if (pid == 0)
		stops_beside_it();
	for (int i = 0; i < 50; i++) {
		waitpid(pid, &status, WUNTRACED);
		seen += WIFSTOPPED(status);
		kill(pid, SIGCONT);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status))
		;
	show(seen);
}

static void clones(void)
{
	struct clone_args a = { .flags = CLONE_PARENT, .exit_signal = SIGCHLD };

	show(syscall(SYS_clone3, &a, sizeof(a)));
	a.flags = CLONE_DETACHED;
	show(syscall(SYS_clone3, &a, sizeof(a)));
}

int main(void)
{
	if (fork() == 0) {
		zombie_of_a_user();
		_exit(0);
	}
	wait(NULL);
	stops();
	clones();
	return 0;
}
