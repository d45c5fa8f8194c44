/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers that send signals, and waiting for signals without handlers. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "scratch.h"

static volatile int count, last_code, last_value, last_overrun;

static void handler(int sig, siginfo_t *si, void *ctx)
{
	count++;
	last_code = si->si_code;
	last_value = si->si_value.sival_int;
	last_overrun = si->si_overrun;
}

static void handle(int sig)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO };

	sigaction(sig, &sa, NULL);
}

static struct itimerval us(long value, long interval)
{
	return (struct itimerval){ { 0, interval }, { 0, value } };
}

static void burn(int signals)
{
	while (count < signals)
		;
}

static void interval(void)
{
	struct itimerval set = us(5000, 5000), old;
	int status;

	handle(SIGALRM);
	TRY(setitimer(ITIMER_REAL, &set, NULL));
	while (count < 3)
		usleep(1000);
	set = us(0, 0);
	TRY(setitimer(ITIMER_REAL, &set, &old));
	TRY(old.it_interval.tv_usec);
	TRY(old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 5000);
	TRY(last_code == SI_KERNEL);
	TRY(getitimer(ITIMER_REAL, &old));
	TRY(old.it_value.tv_usec);
	TRY(syscall(SYS_getitimer, 7, &old));
	TRY(syscall(SYS_setitimer, 3, &set, NULL));
	set = us(1000000, 0);
	TRY(setitimer(ITIMER_REAL, &set, NULL));
	TRY(alarm(100));
	TRY(alarm(0));
	TRY(alarm(0));
	count = 0;
	handle(SIGPROF);
	handle(SIGVTALRM);
	set = us(3000, 0);
	TRY(setitimer(ITIMER_PROF, &set, NULL));
	burn(1);
	TRY(setitimer(ITIMER_VIRTUAL, &set, NULL));
	burn(2);
	set = us(20000, 0);
	setitimer(ITIMER_REAL, &set, NULL);
	TRY(pause());
	alarm(1000);
	if (fork() == 0)
		_exit((int)alarm(0));
	wait(&status);
	TRY(status);
	alarm(0);
}

static void posix(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGRTMIN + 1,
			       .sigev_value.sival_int = 42 };
	struct itimerspec set = { { 0, 5000000 }, { 0, 5000000 } }, old;
	struct timespec now;
	timer_t t;

	count = 0;
	handle(SIGRTMIN + 1);
	TRY(timer_create(CLOCK_MONOTONIC, &ev, &t));
	TRY(timer_gettime(t, &old));
	TRY(old.it_value.tv_nsec);
	TRY(timer_settime(t, 0, &set, NULL));
	while (count < 3)
		usleep(1000);
	TRY(last_code == SI_TIMER);
	TRY(last_value);
	TRY(timer_gettime(t, &old));
	TRY(old.it_interval.tv_nsec);
	TRY(timer_getoverrun(t) >= 0);
	memset(&set, 0, sizeof(set));
	TRY(timer_settime(t, 0, &set, &old));
	TRY(old.it_interval.tv_nsec);
	clock_gettime(CLOCK_REALTIME, &now);
	TRY(timer_delete(t));
	TRY(syscall(SYS_timer_delete, 12345));
	TRY(syscall(SYS_timer_gettime, 12345, &old));
	ev.sigev_signo = 99;
	TRY(timer_create(CLOCK_MONOTONIC, &ev, &t));
	TRY(timer_create(77, NULL, &t));
	ev.sigev_signo = SIGRTMIN + 1;
	TRY(timer_create(CLOCK_REALTIME, &ev, &t));
	count = 0;
	set.it_value = now;
	TRY(timer_settime(t, TIMER_ABSTIME, &set, NULL));
	while (count < 1)
		usleep(1000);
	set.it_value.tv_nsec = 2000000000;
	TRY(timer_settime(t, 0, &set, NULL));
	TRY(timer_delete(t));
	ev.sigev_notify = SIGEV_THREAD_ID;
	ev._sigev_un._tid = 0x3fffffff;
	TRY(timer_create(CLOCK_REALTIME, &ev, &t));
	ev._sigev_un._tid = gettid();
	TRY(timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &t));
	count = 0;
	set.it_value = (struct timespec){ 0, 2000000 };
	TRY(timer_settime(t, 0, &set, NULL));
	burn(1);
	TRY(timer_delete(t));
}

static volatile int told;

static void in_thread(union sigval v)
{
	told = v.sival_int;
}

static void threads(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD,
			       .sigev_value.sival_int = 17,
			       .sigev_notify_function = in_thread };
	struct itimerspec set = { { 0, 0 }, { 0, 1000000 } };
	timer_t t;

	TRY(timer_create(CLOCK_MONOTONIC, &ev, &t));
	TRY(timer_settime(t, 0, &set, NULL));
	while (!told)
		usleep(1000);
	TRY(told);
	TRY(timer_delete(t));
}

static void waiting(void)
{
	struct timespec soon = { 0, 5000000 }, bad = { 0, -1 };
	union sigval v = { .sival_int = 5 };
	siginfo_t si, made = { 0 };
	sigset_t set;
	int pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN + 2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	TRY(sigtimedwait(&set, &si, &soon));
	TRY(sigtimedwait(&set, &si, &bad));
	soon.tv_nsec = 0;
	TRY(sigtimedwait(&set, &si, &soon));
	for (int i = 0; i < 3; i++, v.sival_int++)
		TRY(sigqueue(getpid(), SIGRTMIN + 2, v));
	TRY(kill(getpid(), SIGUSR1));
	TRY(sigwaitinfo(&set, &si));
	TRY(si.si_code);
	for (int i = 0; i < 3; i++) {
		TRY(sigwaitinfo(&set, &si) == SIGRTMIN + 2);
		TRY(si.si_value.sival_int);
		TRY(si.si_code);
		TRY(si.si_pid == getpid());
	}
	pid = fork();
	if (pid == 0) {
		usleep(10000);
		_exit(9);
	}
	TRY(sigwaitinfo(&set, &si));
	TRY(si.si_pid == pid);
	TRY(si.si_status);
	TRY(si.si_code == CLD_EXITED);
	TRY(wait(NULL) == pid);
	pid = fork();
	if (pid == 0) {
		usleep(10000);
		kill(getppid(), SIGALRM);
		_exit(0);
	}
	sigdelset(&set, SIGCHLD);
	TRY(sigwaitinfo(&set, &si));
	wait(NULL);
	made.si_code = SI_QUEUE;
	made.si_value.sival_int = 77;
	TRY(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &made));
	TRY(sigwaitinfo(&set, &si));
	TRY(si.si_value.sival_int);
	TRY(syscall(SYS_rt_sigqueueinfo, 0x3fffffff, SIGUSR1, &made));
	made.si_code = SI_USER;
	fflush(stdout);
	if (fork() == 0) {
		TRY(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &made));
		exit(0);
	}
	wait(NULL);
	TRY(syscall(SYS_rt_sigqueueinfo, getpid(), 99, &made));
}

int main(void)
{
	interval();
	posix();
	threads();
	waiting();
	return 0;
}
