/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading all of /proc while processes come, change their program and go.
 * Whatever is found half gone must be an error, never a wrong text.
 *
 * build: static
 * options: -s 2
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sys/wait.h>

#include "scratch.h"

enum { ROUNDS = 40, WALKERS = 2 };

/* What one says of a name: 1 a text, 0 nothing, -1 nonsense. */
static int check(const char *path, const char *expect)
{
	char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		/* EINVAL: Linux's word for the mounts of one that ends. */
		return errno == ENOENT || errno == ESRCH || errno == EACCES ||
				       errno == EINVAL
			       ? 0
			       : -1;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return n == 0 || errno == ESRCH || errno == ENOENT ? 0 : -1;
	buf[n] = '\0';
	return !expect || strstr(buf, expect) ? 1 : -1;
}

static int walk_descriptors(const char *folder)
{
	char path[600], target[600];
	DIR *d = opendir(folder);
	struct dirent *e;
	int bad = 0;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_name[0] != '.' &&
		    readlink(path, target, sizeof(target)) < 0 &&
		    errno != ENOENT && errno != EACCES && errno != ESRCH)
			bad++;
	}
	if (d)
		closedir(d);
	return bad;
}

static int walk_process(const char *id)
{
	static const char *const names[] = {
		"stat",   "statm",  "maps", "cmdline", "environ",
		"limits", "mounts", "comm", "auxv",    "oom_score_adj",
	};
	char path[300], expect[64];
	int bad = 0;

	snprintf(path, sizeof(path), "/proc/%s/status", id);
	snprintf(expect, sizeof(expect), "\nPid:\t%s\n", id);
	bad += check(path, expect) < 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", id, names[i]);
		bad += check(path, NULL) < 0;
	}
	snprintf(path, sizeof(path), "/proc/%s/exe", id);
	bad += check(path, "ELF") < 0;
	snprintf(path, sizeof(path), "/proc/%s/fd", id);
	bad += walk_descriptors(path);
	return bad;
}

/* Only the test's own processes: what others of a host do is not ours. */
static int is_ours(const char *id)
{
	char path[300], buf[512] = "", *p;
	int fd, group = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", id);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	if (read(fd, buf, sizeof(buf) - 1) < 0)
		buf[0] = '\0';
	close(fd);
	p = strrchr(buf, ')');
	return p && sscanf(p + 1, " %*c %*d %d", &group) == 1 &&
	       group == getpgrp();
}

static int walk(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int bad = 0;

	while ((e = readdir(d)))
		if (atoi(e->d_name) > 0 && is_ours(e->d_name))
			bad += walk_process(e->d_name);
	closedir(d);
	return bad;
}

/* Programs that start this one again, which then ends at once. */
static void come_and_go(void)
{
	char *words[] = { "procwalk", "end", NULL };

	for (int round = 0; round < ROUNDS; round++) {
		pid_t one = fork();

		if (one == 0) {
			close(0);
			open("/proc/self/status", O_RDONLY);
			execv("/proc/self/exe", words);
			_exit(1);
		}
		if (fork() == 0)
			_exit(0);
		while (wait(NULL) > 0)
			;
	}
}

int main(int argc, char **argv)
{
	int bad = 0, status;

	if (argc > 1)
		return 0;
	setpgid(0, 0);
	for (int i = 0; i < WALKERS; i++) {
		if (fork())
			continue;
		for (int round = 0; round < ROUNDS / 4; round++)
			bad += walk();
		_exit(bad > 100 ? 100 : bad);
	}
	if (fork() == 0) {
		come_and_go();
		_exit(0);
	}
	bad = 0;
	while (wait(&status) > 0)
		bad += status != 0;
	printf("went wrong: %d\n", bad);
	return 0;
}
