/* SPDX-License-Identifier: BSD-2-Clause */
/* Priorities, policies and sets of CPUs: what is kept and what is refused. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "scratch.h"

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
	return 0;
}
