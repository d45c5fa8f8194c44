/* SPDX-License-Identifier: BSD-2-Clause */
/* Priorities, policies and sets of CPUs: what is kept and what is refused. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "scratch.h"

/* What /proc says of this process: the set of CPUs, and of the 52 fields of
 * stat the priority, the nice value, the CPU, the real-time priority and the
 * policy. */
static void told(void)
{
	int field[53] = { 0 }, n = 2;
	char line[1024], *p;
	FILE *f = fopen("/proc/self/status", "r");

	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "Cpus_allowed_list:", 18))
			fputs(line, stdout);
	fclose(f);
	f = fopen("/proc/self/stat", "r");
	p = strrchr(fgets(line, sizeof(line), f), ')');
	while (n < 52 && (p = strchr(p + 1, ' ')))
		field[++n] = atoi(p);
	fclose(f);
	printf("%d fields: %d %d %d %d %d\n", n, field[18], field[19],
	       field[39], field[40], field[41]);
}

int main(void)
{
	struct sched_param p = { .sched_priority = 0 };
	cpu_set_t set;

	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 5));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 100));
	TRY(getpriority(PRIO_PROCESS, getpid()));
	TRY(getpriority(7, 0));
	TRY(getpriority(PRIO_PROCESS, 0x3fffffff));
	TRY(setpriority(PRIO_PROCESS, 0x3fffffff, 1));
	TRY(sched_getscheduler(0));
	TRY(sched_setscheduler(0, SCHED_BATCH, &p));
	TRY(sched_getscheduler(getpid()));
	TRY(sched_setscheduler(0, 77, &p));
	TRY(sched_setscheduler(0, SCHED_FIFO, &p));
	TRY(sched_setscheduler(0x3fffffff, SCHED_OTHER, &p));
	TRY(sched_getparam(0, &p));
	TRY(p.sched_priority);
	TRY(sched_setparam(0, &p));
	TRY(sched_get_priority_max(SCHED_FIFO));
	TRY(sched_get_priority_min(SCHED_RR));
	TRY(sched_get_priority_max(SCHED_OTHER));
	TRY(sched_get_priority_max(99));
	CPU_ZERO(&set);
	TRY(sched_setaffinity(0, sizeof(set), &set));
	CPU_SET(0, &set);
	TRY(sched_setaffinity(0, sizeof(set), &set));
	TRY(sched_setaffinity(0x3fffffff, sizeof(set), &set));
	told();
	return 0;
}
