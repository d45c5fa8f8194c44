/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real-time process that never sleeps leaves the others of its processor a
 * little time, in which it alone waits.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "scratch.h"

#define WANTED_NS 60000000 /* more than one share, over many ticks */

static int64_t cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Who may not be of the real-time class spins as an ordinary process. */
static void spin(void)
{
	struct sched_param p = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO, &p);
	for (;;)
		;
}

int main(void)
{
	cpu_set_t one;
	pid_t pid;
	int status;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	pid = fork();
	if (pid == 0)
		spin();
	while (cpu_time() < WANTED_NS)
		;
	printf("let through\n");
	TRY(kill(pid, SIGKILL));
	TRY(waitpid(pid, &status, 0) == pid);
	printf("killed %d\n", WIFSIGNALED(status));
	return 0;
}
