/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leaks "PROGRAM ARG..."...
 *
 * Runs each program once, so that what is kept for good is there, and then
 * again and again: in the end there must be as many free pages and as many
 * objects of every cache as before.  The programs' own output and their status
 * are no matter here; nothing of theirs may stay behind but files, which are
 * looked for in /tmp and /dev/shm and removed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CACHES    256
#define AGAIN     1
#define TRIES     40
#define SLACK_KB  64 /* page tables of ours */
#define NOT_THERE 127

struct cache {
	char name[32];
	long objects;
};

struct usage {
	long free_kb;
	int caches;
	struct cache cache[CACHES];
};

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

static FILE *must_open(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(2);
	}
	return f;
}

static void measure(struct usage *u)
{
	char line[512];
	FILE *f;

	put("/proc/sys/vm/drop_caches", "3");
	f = must_open("/proc/meminfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &u->free_kb) == 1)
			break;
	fclose(f);
	f = must_open("/proc/slabinfo");
	u->caches = 0;
	while (u->caches < CACHES && fgets(line, sizeof(line), f)) {
		struct cache *c = &u->cache[u->caches];

		if (sscanf(line, "%31s %ld %*d %*d", c->name, &c->objects) == 2)
			u->caches++;
	}
	fclose(f);
}

static const struct cache *find(const struct usage *u, const char *name)
{
	for (int i = 0; i < u->caches; i++)
		if (!strcmp(u->cache[i].name, name))
			return &u->cache[i];
	return NULL;
}

/* Says what there is more of; whether there is. */
static bool grown(const struct usage *before, const struct usage *after,
		  bool tell)
{
	long lost = before->free_kb - after->free_kb;
	bool bad = lost > SLACK_KB;

	if (bad && tell)
		printf("    %ld kB less\n", lost);
	for (int i = 0; i < after->caches; i++) {
		const struct cache *now = &after->cache[i];
		const struct cache *then = find(before, now->name);
		long more = now->objects - (then ? then->objects : 0);

		if (more <= 0)
			continue;
		bad = true;
		if (tell)
			printf("    %ld more of %s\n", more, now->name);
	}
	return bad;
}

static void become(char *words)
{
	char *argv[64], *end;
	int n = 0, null = open("/dev/null", O_RDWR);

	for (char *w = strtok_r(words, " ", &end); w && n < 63;
	     w = strtok_r(NULL, " ", &end))
		argv[n++] = w;
	argv[n] = NULL;
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	setsid();
	execv(argv[0], argv);
	_exit(NOT_THERE);
}

/* Once, with everything it leaves: process 1 gets its orphans. */
static void run(const char *line)
{
	char *words = strdup(line);
	int status;
	pid_t pid = fork();

	if (!pid)
		become(words);
	free(words);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(2);
	if (status)
		printf("    status %#x\n", status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		exit(2);
	kill(-1, SIGKILL);
	while (wait(NULL) > 0)
		;
	if (system("cd /tmp && rm -rf -- * .[!.]*; cd /dev/shm && rm -rf -- *"))
		printf("    cannot clean up\n");
}

static bool leaks(const char *line)
{
	static struct usage before, after;

	run(line);
	measure(&before);
	for (int i = 0; i < AGAIN; i++)
		run(line);
	for (int i = 0; i < TRIES; i++) {
		measure(&after);
		if (!grown(&before, &after, false))
			return false;
		usleep(50000);
	}
	return grown(&before, &after, true);
}

int main(int argc, char **argv)
{
	int bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		if (leaks(argv[i])) {
			printf("LEAK %s\n", argv[i]);
			bad++;
		}
	}
	printf("%d of %d leak\n", bad, argc - 1);
	return bad != 0;
}
