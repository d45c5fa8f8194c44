/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads must never see of one another: a name missing while another
 * file takes its place, a pipe's ring while it is resized under a writer, a
 * descriptor table while it grows under dup2, a page without what was written
 * to it while the process forked, a record lock that outlives its descriptor.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "show.h"

#define ROUNDS 3000

static int done, ends[2];

static void *rename_over(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		make_file("new", "n");
		if (rename("new", "name"))
			perror("rename");
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void names(void)
{
	pthread_t t;
	struct stat st;
	int missing = 0;

	make_file("name", "o");
	pthread_create(&t, NULL, rename_over, NULL);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		missing += stat("name", &st) != 0;
	pthread_join(t, NULL);
	show(missing);
}

static void *write_small(void *arg)
{
	char text[100] = "";
	long sum = 0;

	for (int i = 0; i < ROUNDS; i++)
		sum += write(ends[1], text, sizeof(text));
	close(ends[1]);
	return (void *)sum;
}

static void pipe_ring(void)
{
	char buf[64];
	pthread_t t;
	void *sum;
	long got = 0, n;

	if (pipe(ends))
		perror("pipe");
	pthread_create(&t, NULL, write_small, NULL);
	for (int i = 0; (n = read(ends[0], buf, sizeof(buf))) > 0; i++) {
		got += n;
		fcntl(ends[0], F_SETPIPE_SZ, i & 1 ? 4096 : 65536);
	}
	pthread_join(t, &sum);
	show((long)sum);
	show(got);
	close(ends[0]);
}

static void *dup_away(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		dup2(0, 30);
	return NULL;
}

static void table(void)
{
	pthread_t t;

	pthread_create(&t, NULL, dup_away, NULL);
	for (int fd = 64; fd < 1024; fd *= 2)
		show(dup2(0, fd + 1));
	pthread_join(t, NULL);
}

#define SHARED_PAGES 8
#define OTHER_PAGES  4000

static volatile long *words;
static long lost;

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)!sched_setaffinity(0, sizeof(set), &set);
}

/* Alone it writes to its word of each page. */
static void *count_up(void *arg)
{
	long mine = (long)arg, n = 0;

	run_on(!mine);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		for (int i = 0; i < SHARED_PAGES; i++) {
			volatile long *w = words + 512 * i + mine;

			if (*w != n)
				__atomic_add_fetch(&lost, 1, __ATOMIC_RELAXED);
			*w = n + 1;
		}
		n++;
		if (mine) /* the other one wakes amid a fork */
			usleep(200);
	}
	return NULL;
}

static void writes_under_fork(void)
{
	size_t size = (SHARED_PAGES + OTHER_PAGES) * 4096ul;
	pthread_t t[2];

	run_on(0);
	words = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	done = 0;
	for (long i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, count_up, (void *)(i * 256));
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	munmap((void *)words, size);
	show(lost);
}

static int locked, go;

static void *locks(void *arg)
{
	struct flock fl = { .l_type = F_WRLCK };

	for (int i = 1; i <= ROUNDS; i++) {
		while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) != i)
			;
		fcntl(locked, F_SETLK, &fl);
		__atomic_store_n(&done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void lock_beside_close(void)
{
	int probe = open("name", O_RDWR), left = 0;
	pthread_t t;

	done = 0;
	pthread_create(&t, NULL, locks, NULL);
	for (int i = 1; i <= ROUNDS; i++) {
		struct flock fl = { .l_type = F_WRLCK };

		locked = open("name", O_RDWR);
		__atomic_store_n(&go, i, __ATOMIC_RELEASE);
		for (volatile int n = 0; n < i % 256; n++)
			;
		close(locked);
		while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != i)
			;
		left += fcntl(probe, F_OFD_GETLK, &fl) || fl.l_type != F_UNLCK;
	}
	pthread_join(t, NULL);
	close(probe);
	show(left);
}

int main(void)
{
	enter_fresh_folder();
	names();
	pipe_ring();
	table();
	lock_beside_close();
	writes_under_fork();
	return leave_folder();
}
