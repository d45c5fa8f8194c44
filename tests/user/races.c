/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads must never see of one another: a name missing while another
 * file takes its place, a pipe's ring while it is resized under a writer, a
 * descriptor table while it grows under dup2.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>

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

int main(void)
{
	enter_fresh_folder();
	names();
	pipe_ring();
	table();
	return leave_folder();
}
