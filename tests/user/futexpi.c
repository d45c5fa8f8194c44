/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes that lend priority, by hand and through glibc's mutexes, and waiting
 * for many at once.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "show.h"

#define WAITING 0x80000000u
#define DIED    0x40000000u
#define TID     0x3fffffffu

static long fx(uint32_t *word, int op, uint32_t val, void *timeout,
	       uint32_t *word2, uint32_t val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static uint32_t me(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static void look(const char *what, uint32_t word)
{
	printf("%s: %s%s%s\n", what,
	       !(word & TID)          ? "free"
	       : (word & TID) == me() ? "mine"
				      : "another's",
	       word & WAITING ? ", waited for" : "",
	       word & DIED ? ", died" : "");
}

static uint32_t word, other;

static void alone(void)
{
	struct timespec past = { 1, 0 }, bad = { 0, 2000000000 };

	show(fx(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	look("locked", word);
	show(fx(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	look("unlocked", word);
	show(fx(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	word = 0x3ffffff0; /* nobody */
	show(fx(&word, FUTEX_LOCK_PI, 0, &past, NULL, 0));
	show(fx(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	word = DIED;
	show(fx(&word, FUTEX_LOCK_PI2, 0, NULL, NULL, 0));
	look("after death", word);
	show(fx(&word, FUTEX_LOCK_PI, 0, &bad, NULL, 0));
	word = 0;
	show(fx((uint32_t *)((char *)&word + 1), FUTEX_LOCK_PI, 0, NULL, NULL,
		0));
	show(fx((uint32_t *)16, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	show(fx((uint32_t *)16, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_CMP_REQUEUE_PI, 2, NULL, &other, 0));
	show(fx(&word, FUTEX_CMP_REQUEUE_PI, 1, NULL, &other, 5));
	show(fx(&word, FUTEX_WAIT_REQUEUE_PI, 1, NULL, &other, 0));
	show(fx(&word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &word, 0));
	show(fx(&word, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
}

static volatile int order, first, second;

static void *locker(void *at)
{
	long r = fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);

	*(volatile int *)at = ++order;
	if (r || (word & TID) != me())
		printf("locker: %ld\n", r);
	fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static void until_waited(uint32_t *w)
{
	while (!(*(volatile uint32_t *)w & WAITING))
		usleep(500);
}

static void *holder(void *unused)
{
	fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	*(volatile uint32_t *)&other = 1;
	while (*(volatile uint32_t *)&other != 2)
		usleep(500);
	fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static void handed_over(void)
{
	struct timespec past = { 0, 1 };
	pthread_t a, b;

	word = 0;
	fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	pthread_create(&a, NULL, locker, (void *)&first);
	until_waited(&word);
	usleep(20000);
	pthread_create(&b, NULL, locker, (void *)&second);
	usleep(20000);
	printf("nobody yet: %d\n", order);
	show(fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	printf("in order: %d %d\n", first, second);
	look("at the end", word);
	/* A deadline passes. */
	word = other = 0;
	pthread_create(&a, NULL, holder, NULL);
	while (!*(volatile uint32_t *)&other)
		usleep(500);
	show(fx(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &past, NULL, 0));
	show(fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, &past, NULL, 0));
	printf("still waited for: %d\n", (word & WAITING) != 0);
	*(volatile uint32_t *)&other = 2;
	pthread_join(a, NULL);
	other = 0;
	look("let go", word);
}

static void *cross(void *unused)
{
	fx(&other, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	fx(&other, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static void deadlock(void)
{
	pthread_t t;

	word = other = 0;
	fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	pthread_create(&t, NULL, cross, NULL);
	until_waited(&word);
	usleep(20000);
	show(fx(&other, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	show(fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	pthread_join(t, NULL);
	look("word", word);
}

/* The owner's end, in another process. */
static void owner_ends(void)
{
	uint32_t *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (!pid) {
		fx(w, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
		until_waited(w);
		usleep(20000);
		_exit(0);
	}
	while (!*(volatile uint32_t *)w)
		usleep(500);
	show(fx(w, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	look("inherited", *w);
	show(fx(w, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	waitpid(pid, NULL, 0);
}

/* The holder lets go once the handler has run. */
static void release_holder(int sig)
{
	*(volatile uint32_t *)&other = 2;
}

/* A handler runs, and the call goes on. */
static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = release_holder };
	pthread_t t;

	word = other = 0;
	sigaction(SIGALRM, &sa, NULL);
	pthread_create(&t, NULL, holder, NULL);
	while (!*(volatile uint32_t *)&other)
		usleep(500);
	ualarm(10000, 0);
	show(fx(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	fx(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	pthread_join(t, NULL);
}

static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long sum;

static void *adder(void *unused)
{
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&mutex);
		sum++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *dies_with_it(void *unused)
{
	pthread_mutex_lock(&mutex);
	return NULL;
}

static void *waits_for_it(void *unused)
{
	pthread_mutex_lock(&mutex);
	while (sum)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void mutexes(void)
{
	pthread_mutexattr_t attr;
	struct timespec t;
	pthread_t threads[4];

	pthread_mutexattr_init(&attr);
	printf("inherit: %d\n",
	       pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	printf("init: %d\n", pthread_mutex_init(&mutex, &attr));
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, adder, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("sum %ld\n", sum);
	pthread_create(&threads[0], NULL, waits_for_it, NULL);
	usleep(10000);
	pthread_mutex_lock(&mutex);
	sum = 0;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	pthread_join(threads[0], NULL);
	printf("twice: %s\n", strerror((pthread_mutex_lock(&mutex),
					pthread_mutex_lock(&mutex))));
	pthread_mutex_unlock(&mutex);
	pthread_create(&threads[0], NULL, dies_with_it, NULL);
	pthread_join(threads[0], NULL);
	printf("dead owner: %s\n", strerror(pthread_mutex_lock(&mutex)));
	printf("consistent: %d\n", pthread_mutex_consistent(&mutex));
	pthread_mutex_unlock(&mutex);
	clock_gettime(CLOCK_REALTIME, &t);
	printf("timed: %d\n", pthread_mutex_timedlock(&mutex, &t));
	pthread_mutex_unlock(&mutex);
}

struct waitv {
	uint64_t val, addr;
	uint32_t flags, reserved;
};

static uint32_t many[3];

static void *waker(void *unused)
{
	while (fx(&many[1], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) != 1)
		usleep(500);
	return NULL;
}

static void waitv(void)
{
	struct waitv v[3];
	struct timespec past = { 0, 1 };
	pthread_t t;

	for (int i = 0; i < 3; i++)
		v[i] = (struct waitv){ 0, (uintptr_t)&many[i], 2 | 128, 0 };
	pthread_create(&t, NULL, waker, NULL);
	show(syscall(SYS_futex_waitv, v, 3, 0, NULL, 0));
	pthread_join(t, NULL);
	show(syscall(SYS_futex_waitv, v, 3, 0, &past, CLOCK_MONOTONIC));
	show(syscall(SYS_futex_waitv, v, 3, 0, &past, CLOCK_REALTIME));
	v[2].val = 7;
	show(syscall(SYS_futex_waitv, v, 3, 0, NULL, 0));
	show(syscall(SYS_futex_waitv, v, 0, 0, NULL, 0));
	show(syscall(SYS_futex_waitv, v, 129, 0, NULL, 0));
	show(syscall(SYS_futex_waitv, v, 3, 1, NULL, 0));
	v[0].flags = 128;
	show(syscall(SYS_futex_waitv, v, 3, 0, NULL, 0));
	v[0].flags = 2;
	v[0].reserved = 1;
	show(syscall(SYS_futex_waitv, v, 3, 0, NULL, 0));
}

static uint32_t *waited_for;

/* It let go of the word and ends before it could wake anybody. */
static void *ends_before_waking(void *arg)
{
	struct robust_list *entry = (struct robust_list *)waited_for;
	static struct robust_list_head head = { { &head.list }, 0, NULL };
	char text[256] = "";

	head.list_op_pending = entry;
	syscall(SYS_set_robust_list, &head, sizeof(head));
	while (!strstr(text, ") S ")) {
		int fd = open("/proc/self/stat", O_RDONLY);

		text[read(fd, text, sizeof(text) - 1)] = 0;
		close(fd);
	}
	return NULL;
}

static void pending_wake(void)
{
	static uint32_t zero[4];
	struct timespec patience = { 10, 0 };
	pthread_t t;

	waited_for = zero;
	pthread_create(&t, NULL, ends_before_waking, NULL);
	show(fx(zero, FUTEX_WAIT, 0, &patience, NULL, 0));
	pthread_join(t, NULL);
}

int main(void)
{
	alarm(30);
	alone();
	handed_over();
	deadlock();
	owner_ends();
	interrupted();
	mutexes();
	waitv();
	pending_wake();
	return 0;
}
