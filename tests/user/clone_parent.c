/* SPDX-License-Identifier: BSD-2-Clause */
/* A child made for its maker's parent tells that one SIGCHLD, whatever signal
 * the maker asked for. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t heard;

static void hear(int sig)
{
	heard |= 1 << sig;
}

int main(void)
{
	int status, n = 0, sum = 0;

	for (int sig = 1; sig < 32; sig++)
		signal(sig, hear);
	if (!fork()) {
		long pid =
			syscall(SYS_clone, CLONE_PARENT | SIGUSR1, 0, 0, 0, 0);

		if (pid == 0)
			_exit(2);
		_exit(pid > 0 ? 1 : 9);
	}
	while (n < 2 && wait(&status) > 0) {
		n++;
		sum += WEXITSTATUS(status);
	}
	printf("%d children, statuses add up to %d\n", n, sum);
	printf("SIGCHLD %s\n", heard & 1 << SIGCHLD ? "heard" : "missed");
	printf("SIGUSR1 %s\n", heard & 1 << SIGUSR1 ? "heard" : "not sent");
	return 0;
}
