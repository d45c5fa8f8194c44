/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX threads: mutexes of all kinds, conditions, join, robust mutexes after
 * a dead thread and a dead process, and how a process of threads ends.
 *
 * build: static dynamic
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *name_of(int e)
{
	switch (e) {
	case 0: return "ok";
	case EBUSY: return "EBUSY";
	case EDEADLK: return "EDEADLK";
	case EPERM: return "EPERM";
	case ETIMEDOUT: return "ETIMEDOUT";
	case EOWNERDEAD: return "EOWNERDEAD";
	case ENOTRECOVERABLE: return "ENOTRECOVERABLE";
	case ESRCH: return "ESRCH";
	case EINVAL: return "EINVAL";
	default: return "other";
	}
}

#define SAY(call) printf("%s: %s\n", #call, name_of(call))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static int counter, turn, initialised;
static __thread int mine = 5;

static void init_once(void)
{
	initialised++;
}

static void *add(void *arg)
{
	pthread_once(&once, init_once);
	for (int i = 0; i < 5000; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
	}
	mine += (int)(intptr_t)arg;
	return (void *)(intptr_t)mine;
}

static void adding(void)
{
	pthread_t t[4];
	intptr_t sum = 0;

	for (intptr_t i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, add, (void *)i);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(t[i], &result);
		sum += (intptr_t)result;
	}
	printf("counter %d sum %ld mine %d once %d\n", counter, (long)sum, mine,
	       initialised);
}

static void *take_turns(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(&lock);
		while (turn % 3 != me)
			pthread_cond_wait(&cond, &lock);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void turns(void)
{
	pthread_t t[3];

	for (intptr_t i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, take_turns, (void *)i);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("turns %d\n", turn);
}

static struct timespec soon(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

static void *hold(void *arg)
{
	pthread_mutex_lock(&lock);
	sem_post(&sem);
	usleep(30000);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void timeouts(void)
{
	struct timespec ts = soon(CLOCK_REALTIME, 5);
	pthread_t t;

	sem_init(&sem, 0, 0);
	printf("sem %d\n", sem_timedwait(&sem, &ts) && errno == ETIMEDOUT);
	pthread_mutex_lock(&lock);
	ts = soon(CLOCK_REALTIME, 5);
	SAY(pthread_cond_timedwait(&cond, &lock, &ts));
	SAY(pthread_mutex_trylock(&lock));
	pthread_mutex_unlock(&lock);
	pthread_create(&t, NULL, hold, NULL);
	sem_wait(&sem);
	ts = soon(CLOCK_REALTIME, 5);
	SAY(pthread_mutex_timedlock(&lock, &ts));
	SAY(pthread_mutex_lock(&lock));
	pthread_mutex_unlock(&lock);
	pthread_join(t, NULL);
}

static void *at_barrier(void *arg)
{
	return (void *)(intptr_t)(pthread_barrier_wait(&barrier) ==
				  PTHREAD_BARRIER_SERIAL_THREAD);
}

static void *read_it(void *arg)
{
	int *seen = arg;

	pthread_rwlock_rdlock(&rwlock);
	*seen = counter;
	pthread_rwlock_unlock(&rwlock);
	return NULL;
}

static void others(void)
{
	pthread_t t[3];
	intptr_t serial = 0;
	int seen[3];

	pthread_barrier_init(&barrier, NULL, 3);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, at_barrier, NULL);
	for (int i = 0; i < 3; i++) {
		void *r;

		pthread_join(t[i], &r);
		serial += (intptr_t)r;
	}
	printf("serial %ld\n", (long)serial);
	pthread_rwlock_wrlock(&rwlock);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, read_it, &seen[i]);
	usleep(5000);
	counter = 12;
	pthread_rwlock_unlock(&rwlock);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("seen %d %d %d\n", seen[0], seen[1], seen[2]);
}

static void *die_holding(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

static void make_robust(pthread_mutex_t *m, int shared)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&a, shared);
	pthread_mutex_init(m, &a);
}

static void *wait_for_it(void *arg)
{
	return (void *)(intptr_t)pthread_mutex_lock(arg);
}

static void robust(void)
{
	pthread_mutex_t m, *s;
	volatile int *held;
	pthread_t t;
	pid_t pid;
	void *r;

	make_robust(&m, PTHREAD_PROCESS_PRIVATE);
	pthread_create(&t, NULL, die_holding, &m);
	pthread_join(t, NULL);
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_consistent(&m));
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_unlock(&m));
	pthread_create(&t, NULL, die_holding, &m);
	pthread_join(t, NULL);
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_lock(&m));
	s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		 -1, 0);
	make_robust(s, PTHREAD_PROCESS_SHARED);
	held = (int *)(s + 1);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pthread_mutex_lock(s);
		*held = 1;
		usleep(20000);
		kill(getpid(), SIGKILL);
	}
	while (!*held)
		usleep(1000);
	pthread_create(&t, NULL, wait_for_it, s);
	pthread_join(t, &r);
	printf("other process: %s\n", name_of((int)(intptr_t)r));
	waitpid(pid, NULL, 0);
}

static void kinds(void)
{
	pthread_mutexattr_t a;
	pthread_mutex_t m;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&m, &a);
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_unlock(&m));
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&m, &a);
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_unlock(&m));
}

static volatile sig_atomic_t signalled;
static pthread_t who;

static void note(int sig)
{
	signalled += pthread_equal(pthread_self(), who) ? 1 : 100;
}

static void *wait_for_signal(void *arg)
{
	sigset_t *open = arg;

	while (!signalled)
		sigsuspend(open);
	return NULL;
}

static void directed(void)
{
	sigset_t block, open;

	signal(SIGUSR1, note);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &block, &open);
	pthread_create(&who, NULL, wait_for_signal, &open);
	pthread_kill(who, SIGUSR1);
	pthread_join(who, NULL);
	printf("directed %d\n", signalled);
	/* To the process: the one thread that does not block it. */
	signalled = 0;
	pthread_create(&who, NULL, wait_for_signal, &open);
	usleep(5000);
	kill(getpid(), SIGUSR1);
	pthread_join(who, NULL);
	printf("anybody %d\n", signalled);
	pthread_sigmask(SIG_SETMASK, &open, NULL);
}

static void *spin(void *arg)
{
	for (;;)
		if (arg)
			pause();
	return NULL;
}

static void *end_all(void *arg)
{
	usleep(2000);
	exit(6);
}

static void *crash(void *arg)
{
	raise(SIGTERM);
	return NULL;
}

static void *linger(void *arg)
{
	usleep(5000);
	printf("the last thread ends the process\n");
	fflush(stdout);
	return NULL;
}

static void ending(const char *what, void *(*fn)(void *), int leave)
{
	pthread_t t;
	int status;

	fflush(stdout);
	if (fork() == 0) {
		pthread_create(&t, NULL, fn, NULL);
		if (leave)
			pthread_exit(NULL);
		pthread_create(&t, NULL, spin, NULL);
		pthread_create(&t, NULL, spin, "sleep");
		spin("sleep");
	}
	wait(&status);
	printf("%s: %x\n", what, status);
}

static void *identity(void *arg)
{
	pid_t *p = arg;

	p[0] = getpid();
	p[1] = (pid_t)syscall(SYS_gettid);
	return NULL;
}

static void identities(void)
{
	pid_t p[2];
	pthread_t t;

	pthread_create(&t, NULL, identity, p);
	pthread_join(t, NULL);
	printf("same process %d, other thread %d\n", p[0] == getpid(),
	       p[1] != getpid());
}

int main(void)
{
	adding();
	turns();
	timeouts();
	others();
	kinds();
	robust();
	directed();
	identities();
	ending("exit in a thread", end_all, 0);
	ending("signal in a thread", crash, 0);
	ending("the first leaves", linger, 1);
	return 0;
}
