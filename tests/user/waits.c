/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and waiting: clocks, sleeps that a signal ends, poll and select on
 * pipes, futexes by hand.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "scratch.h"

static void *volatile bad = (void *)1;
static volatile int handled;

static void note(int sig)
{
	handled++;
}

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void clocks(void)
{
	struct timespec ts = { 0, 2000000 };
	int64_t a = now(CLOCK_MONOTONIC), last = a;
	int back = 0;

	for (int i = 0; i < 10000; i++) {
		int64_t t = now(CLOCK_MONOTONIC);

		back += t < last;
		last = t;
	}
	printf("back %d\n", back);
	TRY(nanosleep(&ts, NULL));
	printf("slept %d\n", now(CLOCK_MONOTONIC) - a >= 2000000);
	TRY(clock_getres(CLOCK_MONOTONIC, &ts));
	printf("resolution %ld\n", ts.tv_nsec);
	TRY(syscall(SYS_clock_gettime, 99, &ts));
	TRY(syscall(SYS_clock_gettime, CLOCK_REALTIME, bad));
	TRY(syscall(SYS_clock_getres, CLOCK_MONOTONIC, 0));
	TRY(time(NULL) > 1000000000);
	TRY(labs((long)(time(NULL) - now(CLOCK_REALTIME) / 1000000000)) <= 1);
	ts = (struct timespec){ 0, 1000000000 };
	TRY(nanosleep(&ts, NULL));
	ts = (struct timespec){ -1, 0 };
	TRY(nanosleep(&ts, NULL));
	TRY(nanosleep(bad, NULL));
	ts = (struct timespec){ 0, 0 };
	TRY(nanosleep(&ts, NULL));
	TRY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL));
	TRY(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL));
	TRY(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL));
	TRY(clock_nanosleep(99, 0, &ts, NULL));
	TRY(now(CLOCK_PROCESS_CPUTIME_ID) > 0);
	TRY(now(CLOCK_THREAD_CPUTIME_ID) > 0);
}

struct sender {
	pthread_t who;
	volatile int over;
};

static void *send_until(void *arg)
{
	struct sender *s = arg;

	do {
		usleep(3000);
		pthread_kill(s->who, SIGUSR1);
	} while (!s->over);
	return NULL;
}

static pthread_t start(struct sender *s)
{
	sigset_t all, old;
	pthread_t t;

	*s = (struct sender){ pthread_self(), 0 };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&t, NULL, send_until, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return t;
}

#define DISTURB(call)                    \
	do {                             \
		struct sender s;         \
		pthread_t t = start(&s); \
		TRY(call);               \
		s.over = 1;              \
		pthread_join(t, NULL);   \
	} while (0)

static void disturbed(void)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = SA_RESTART };
	struct timespec ts = { 20, 0 }, left = { 0, 0 };
	struct timeval tv = { 20, 0 };
	struct pollfd p = { .events = POLLIN };
	int ends[2];
	fd_set set;

	TRY(pipe(ends));
	p.fd = ends[0];
	sigaction(SIGUSR1, &sa, NULL);
	DISTURB(nanosleep(&ts, &left));
	printf("left %d\n", left.tv_sec == 19);
	DISTURB(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &left));
	DISTURB(poll(&p, 1, 20000));
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	DISTURB(select(ends[0] + 1, &set, NULL, NULL, &tv));
	TRY(close(ends[0]) + close(ends[1]));
}

static void show_poll(struct pollfd *p, int n)
{
	for (int i = 0; i < n; i++)
		printf(" %x", p[i].revents);
	printf("\n");
}

static void polls(void)
{
	static char buf[65536];
	struct pollfd p[4] = { { .events = POLLIN },
			       { .events = POLLOUT },
			       { .fd = -1, .events = POLLIN, .revents = 7 },
			       { .fd = 99, .events = POLLIN } };
	struct timespec ts = { 0, 1000000 };
	int ends[2];

	TRY(pipe(ends));
	p[0].fd = ends[0];
	p[1].fd = ends[1];
	TRY(poll(p, 4, 0));
	show_poll(p, 4);
	TRY(poll(p, 1, 1));
	show_poll(p, 1);
	TRY(write(ends[1], "x", 1));
	TRY(poll(p, 2, -1));
	show_poll(p, 2);
	TRY(write(ends[1], buf, 65535));
	TRY(poll(p, 2, -1));
	show_poll(p, 2);
	TRY(read(ends[0], buf, 65536));
	TRY(close(ends[1]));
	TRY(poll(p, 1, -1));
	show_poll(p, 1);
	TRY(close(ends[0]));
	TRY(pipe(ends));
	p[1].fd = ends[1];
	TRY(close(ends[0]));
	TRY(poll(p + 1, 1, -1));
	show_poll(p + 1, 1);
	TRY(close(ends[1]));
	TRY(poll(NULL, 0, 1));
	TRY(poll(bad, 1, 0));
	TRY(ppoll(NULL, 0, &ts, NULL));
	ts.tv_nsec = -1;
	TRY(ppoll(NULL, 0, &ts, NULL));
}

static void selects(void)
{
	struct timeval tv = { 0, 1000 };
	int ends[2], none[2];
	fd_set r, w, e;

	TRY(pipe(ends));
	TRY(pipe(none));
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(ends[0], &r);
	FD_SET(none[0], &r);
	FD_SET(ends[1], &w);
	TRY(write(ends[1], "x", 1));
	TRY(select(64, &r, &w, &e, NULL));
	printf("%d %d %d\n", !!FD_ISSET(ends[0], &r), !!FD_ISSET(none[0], &r),
	       !!FD_ISSET(ends[1], &w));
	FD_ZERO(&r);
	FD_SET(none[0], &r);
	TRY(select(64, &r, NULL, NULL, &tv));
	printf("%d left %ld\n", !!FD_ISSET(none[0], &r), (long)tv.tv_usec);
	FD_SET(60, &r);
	TRY(select(64, &r, NULL, NULL, &tv));
	TRY(select(-1, NULL, NULL, NULL, &tv));
	tv.tv_sec = -1;
	TRY(select(0, NULL, NULL, NULL, &tv));
	for (int i = 0; i < 2; i++)
		close(ends[i]), close(none[i]);
}

static long futex(uint32_t *at, int op, uint32_t val, void *time, uint32_t *to,
		  uint32_t val3)
{
	return syscall(SYS_futex, at, op, val, time, to, val3);
}

static void futexes(void)
{
	uint32_t *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec ts = { 0, 1000000 }, wrong = { 0, -1 };
	int status;

	TRY(futex(w, FUTEX_WAIT, 1, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0));
	TRY(futex(w, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0));
	TRY(futex(w, FUTEX_WAIT, 0, &wrong, NULL, 0));
	TRY(futex(w, FUTEX_WAIT, 0, bad, NULL, 0));
	TRY(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0));
	TRY(futex(bad, FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex((uint32_t *)4096, FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	TRY(futex(w, FUTEX_CMP_REQUEUE, 1, (void *)1, w + 1, 5));
	TRY(futex(w, 99, 0, NULL, NULL, 0));
	w[1] = 5;
	TRY(futex(w, FUTEX_WAKE_OP, 1, (void *)1, w + 1,
		  FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)));
	printf("now %u\n", w[1]);
	fflush(stdout);
	if (fork() == 0) {
		while (w[2] == 0)
			futex(w + 2, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(w[2]);
	}
	usleep(5000);
	w[2] = 9;
	TRY(futex(w + 2, FUTEX_WAKE, 10, NULL, NULL, 0) <= 1);
	wait(&status);
	printf("child %x\n", status);
}

int main(void)
{
	for (int fd = 3; fd < 100; fd++)
		close(fd);
	clocks();
	disturbed();
	polls();
	selects();
	futexes();
	return 0;
}
