/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduling of single threads: where they run, nice values, policies, what
 * children inherit, and times that add up.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>

#include "scratch.h"

static int raw_cpu(void)
{
	unsigned cpu = ~0u, node = ~0u;

	syscall(SYS_getcpu, &cpu, &node, NULL);
	return node == 0 ? (int)cpu : -1;
}

/* On each CPU that it may use, by the vDSO and by the call. */
static void everywhere(void)
{
	cpu_set_t all, one;
	int wrong = 0, seen = 0;

	TRY(sched_getaffinity(0, sizeof(all), &all) < 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			wrong++;
		seen++;
		wrong += sched_getcpu() != cpu || raw_cpu() != cpu;
		sched_yield();
		wrong += sched_getcpu() != cpu || raw_cpu() != cpu;
		CPU_ZERO(&one);
		sched_getaffinity(0, sizeof(one), &one);
		wrong += CPU_COUNT(&one) != 1 || !CPU_ISSET(cpu, &one);
	}
	printf("some %d wrong %d\n", seen > 0, wrong);
	CPU_ZERO(&one);
	TRY(sched_setaffinity(0, sizeof(one), &one));
	CPU_SET(CPU_SETSIZE - 1, &one);
	TRY(sched_setaffinity(0, sizeof(one), &one));
	TRY(sched_setaffinity(0, sizeof(all), &all));
	TRY(syscall(SYS_sched_getaffinity, 0, 1, &all));
	TRY(sched_setaffinity(999999, sizeof(all), &all));
}

static void *other(void *arg)
{
	(void)arg;
	printf("thread: nice %d\n", getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 7));
	printf("thread: nice %d\n", getpriority(PRIO_PROCESS, 0));
	return NULL;
}

/* A nice value is a thread's own, and its children's. */
static void nices(void)
{
	pthread_t t;
	pid_t pid;

	TRY(setpriority(PRIO_PROCESS, 0, 3));
	pthread_create(&t, NULL, other, NULL);
	pthread_join(t, NULL);
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	printf("nice %d\n", getpriority(PRIO_PROCESS, getpid()));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		printf("child: nice %d\n", getpriority(PRIO_PROCESS, 0));
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	TRY(setpriority(PRIO_PROCESS, 0, 100));
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 999999, 0));
	TRY(setpriority(9, 0, 0));
}

static void show_child(const char *what)
{
	struct sched_param p;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		sched_getparam(0, &p);
		printf("%s: policy %d priority %d nice %d\n", what,
		       sched_getscheduler(0), p.sched_priority,
		       getpriority(PRIO_PROCESS, 0));
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void policies(void)
{
	struct sched_param p = { .sched_priority = 5 };

	if (sched_setscheduler(0, SCHED_RR, &p)) {
		printf("not allowed\n");
		return;
	}
	show_child("round robin");
	TRY(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p));
	printf("policy %x\n", sched_getscheduler(0));
	show_child("reset");
	p.sched_priority = 0;
	TRY(sched_setscheduler(0, SCHED_FIFO, &p));
	TRY(sched_setscheduler(0, SCHED_BATCH, &p));
	show_child("batch");
	TRY(sched_setscheduler(0, SCHED_IDLE, &p));
	show_child("idle");
	TRY(sched_setscheduler(0, SCHED_OTHER, &p));
	TRY(sched_setscheduler(0, 4, &p));
}

static long us(const struct timeval *tv)
{
	return tv->tv_sec * 1000000 + tv->tv_usec;
}

/* Work in user mode and in calls shows; a child's counts when it is waited
 * for. */
static void burn(void)
{
	struct rusage ru;
	volatile unsigned long n = 0;

	do {
		for (int i = 0; i < 200000; i++)
			n += i;
		for (int i = 0; i < 2000; i++)
			syscall(SYS_getppid);
		getrusage(RUSAGE_SELF, &ru);
	} while (us(&ru.ru_utime) + us(&ru.ru_stime) < 150000);
}

static void times_of(void)
{
	struct rusage self, thread, children;
	struct tms t;
	pid_t pid;

	burn();
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_THREAD, &thread);
	times(&t);
	printf("user %d thread %d ticks %d\n", us(&self.ru_utime) > 0,
	       us(&thread.ru_utime) + us(&thread.ru_stime) > 100000,
	       t.tms_utime + t.tms_stime >= 10);
	fflush(stdout);
	getrusage(RUSAGE_CHILDREN, &self);
	pid = fork();
	if (pid == 0) {
		burn();
		_exit(0);
	}
	wait4(pid, NULL, 0, &thread);
	getrusage(RUSAGE_CHILDREN, &children);
	printf("child %d children %d\n",
	       us(&thread.ru_utime) + us(&thread.ru_stime) >= 150000,
	       us(&children.ru_utime) + us(&children.ru_stime) -
			       us(&self.ru_utime) - us(&self.ru_stime) >=
		       150000);
}

int main(void)
{
	everywhere();
	times_of();
	nices();
	policies();
	return 0;
}
