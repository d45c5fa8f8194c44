/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No wake-up is lost between processors: futexes, condition variables, pipes
 * and sockets between threads on different ones, signals to a thread that
 * never enters the kernel, and threads that are sent from one to the other
 * meanwhile.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "show.h"

#define ROUNDS 2000
#define LATE_S 30

static int cpus[2]; /* two that may be used, or one twice */

static void find_cpus(void)
{
	cpu_set_t set;
	int n = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpus[n++] = i;
	if (n == 1)
		cpus[1] = cpus[0];
}

static int move_to(pid_t tid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set);
}

static long futex(uint32_t *word, int op, uint32_t val)
{
	struct timespec late = { LATE_S, 0 };

	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, &late,
		       NULL, 0);
}

/* The word counts turns: even ones are the first's. */
static uint32_t turn;
static int lost;

static void take_turns(uint32_t mine)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t now;

		while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) % 2 !=
		       mine)
			if (futex(&turn, FUTEX_WAIT, now) && errno == ETIMEDOUT)
				lost++;
		__atomic_store_n(&turn, now + 1, __ATOMIC_RELEASE);
		futex(&turn, FUTEX_WAKE, 1);
	}
}

static void *second_turns(void *arg)
{
	move_to(0, cpus[1]);
	take_turns(1);
	return NULL;
}

static void turns(void)
{
	pthread_t t;

	pthread_create(&t, NULL, second_turns, NULL);
	take_turns(0);
	pthread_join(t, NULL);
	printf("turns %u, lost wake-ups %d\n", turn, lost);
}

/* A lock by hand: 0 free, 1 taken, 2 waited for. */
static uint32_t lock;
static volatile long counted;

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t c = 0;

		if (!__atomic_compare_exchange_n(&lock, &c, 1, 0,
						 __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			while (__atomic_exchange_n(&lock, 2, __ATOMIC_SEQ_CST))
				if (futex(&lock, FUTEX_WAIT, 2) &&
				    errno == ETIMEDOUT)
					lost++;
		counted++;
		if (i % 64 == 0)
			sched_yield();
		if (__atomic_exchange_n(&lock, 0, __ATOMIC_SEQ_CST) == 2)
			futex(&lock, FUTEX_WAKE, 1);
	}
	return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER,
		      ended = PTHREAD_COND_INITIALIZER;
static int generation, arrived;

static void *wait_broadcast(void *arg)
{
	pthread_mutex_lock(&mutex);
	for (int i = 1; i <= 200; i++) {
		while (generation < i)
			pthread_cond_wait(&begun, &mutex);
		if (++arrived == 4)
			pthread_cond_signal(&ended);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void broadcasts(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, wait_broadcast, NULL);
	pthread_mutex_lock(&mutex);
	for (int i = 1; i <= 200; i++) {
		arrived = 0;
		generation = i;
		pthread_cond_broadcast(&begun);
		while (arrived < 4)
			pthread_cond_wait(&ended, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("broadcasts %d\n", generation);
}

static void counters(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, count, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	printf("counted %ld, lost wake-ups %d\n", counted, lost);
}

static void *echo(void *arg)
{
	int *fd = arg; /* reads from, writes to */
	char c;

	move_to(0, cpus[1]);
	while (read(fd[0], &c, 1) == 1)
		if (write(fd[1], &c, 1) != 1)
			perror("echo");
	return NULL;
}

static void ping_pong(const char *what, int in, int out, int echo_fd[2])
{
	pthread_t t;
	int good = 0;
	char c;

	pthread_create(&t, NULL, echo, echo_fd);
	for (int i = 0; i < ROUNDS; i++) {
		char sent = (char)i;

		good += write(out, &sent, 1) == 1 && read(in, &c, 1) == 1 &&
			c == sent;
	}
	shutdown(out, SHUT_RDWR);
	close(out);
	pthread_join(t, NULL);
	printf("%s: %d\n", what, good);
}

static void conversations(void)
{
	int a[2], b[2];

	if (pipe(a) || pipe(b))
		perror("pipe");
	ping_pong("pipes", a[0], b[1], (int[]){ b[0], a[1] });
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, a))
		perror("socketpair");
	ping_pong("stream", a[0], a[0], (int[]){ a[1], a[1] });
}

static volatile int signalled, spinning = 1;
static pid_t spinner;

static void on_signal(int sig)
{
	signalled++;
}

static void *spin(void *arg)
{
	__atomic_store_n(&spinner, syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (spinning)
		;
	return NULL;
}

/* A thread that only runs, told and moved about. */
static void running(void)
{
	pthread_t t;
	int moved = 0, seen = 0;

	signal(SIGUSR1, on_signal);
	pthread_create(&t, NULL, spin, NULL);
	while (!__atomic_load_n(&spinner, __ATOMIC_ACQUIRE))
		sched_yield();
	for (int i = 0; i < 300; i++) {
		int before = signalled;

		moved += move_to(spinner, cpus[i % 2]) == 0;
		syscall(SYS_tgkill, getpid(), spinner, SIGUSR1);
		while (signalled == before)
			sched_yield();
		seen++;
	}
	spinning = 0;
	pthread_join(t, NULL);
	printf("moved %d, signals %d\n", moved, seen);
}

/* Wherever it says it wants to be, it is; and others send it away while it
 * falls asleep and wakes. */
static void *wander(void *arg)
{
	long bad = 0;

	for (int i = 0; i < 300; i++) {
		int cpu = cpus[(i + (long)arg) % 2];

		move_to(0, cpu);
		bad += sched_getcpu() != cpu;
	}
	return (void *)bad;
}

static void *nap(void *arg)
{
	__atomic_store_n((pid_t *)arg, syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (int i = 0; i < 1000; i++) {
		struct timespec soon = { 0, i % 20 * 1000 };

		nanosleep(&soon, NULL);
	}
	__atomic_store_n((pid_t *)arg, -1, __ATOMIC_RELEASE);
	return NULL;
}

static void affinities(void)
{
	pthread_t t[3], sleeper;
	pid_t tid = 0;
	long bad = 0;
	void *ret;

	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, wander, (void *)i);
	pthread_create(&sleeper, NULL, nap, &tid);
	for (int i = 0; __atomic_load_n(&tid, __ATOMIC_ACQUIRE) >= 0; i++) {
		if (tid > 0)
			move_to(tid, cpus[i % 2]);
		else
			sched_yield();
	}
	pthread_join(sleeper, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], &ret);
		bad += (long)ret;
	}
	printf("on a wrong processor: %ld\n", bad);
}

int main(void)
{
	find_cpus();
	turns();
	counters();
	broadcasts();
	conversations();
	running();
	affinities();
	return 0;
}
