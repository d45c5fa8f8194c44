/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz [--seed N] [--seconds S] [--workers N] [--only CALL]... [-v]
 *
 * Rounds of workers; after each everything they left is put away.  While they
 * call, a fresh process must still be able to start, to execute a program and
 * to speak.  The first round is for caches to fill; what exists after it must
 * not be less than what exists after the last.
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDER   "/tmp/fuzz"
#define WORKERS  16
#define LIFE_MS  1500
#define ROUND_MS 6000
#define ALIVE_MS 1000  /* how often it is looked at */
#define DEAD_MS  40000 /* the host may be busy */

struct options options = { .seed = 1, .seconds = 10, .workers = 4 };
int keeper;

static struct {
	pid_t pid;
	long born;
} workers[WORKERS];
static unsigned long births;
static bool verbose;

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void start(unsigned i)
{
	uint64_t round = births++;
	pid_t pid = fork();

	if (pid == 0) {
		struct sched_param none = { 0 };

		sched_setscheduler(0, SCHED_OTHER, &none);
		worker_main(round, i);
	}
	workers[i].pid = pid > 0 ? pid : 0;
	workers[i].born = now_ms();
}

static void look_after(void)
{
	pid_t pid;

	for (unsigned i = 0; i < options.workers; i++)
		if (workers[i].pid && now_ms() - workers[i].born > LIFE_MS)
			kill(workers[i].pid, SIGKILL);
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (unsigned i = 0; i < options.workers; i++)
			if (workers[i].pid == pid)
				workers[i].pid = 0;
}

static bool answers(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char c;

	return poll(&p, 1, DEAD_MS) == 1 && read(fd, &c, 1) == 1 && c == '!';
}

static bool alive(void)
{
	int ends[2];
	bool ok;
	pid_t pid;

	if (pipe(ends))
		return false;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		execl("/proc/self/exe", "fuzz", "--alive", NULL);
		_exit(1);
	}
	close(ends[1]);
	ok = pid > 0 && answers(ends[0]);
	close(ends[0]);
	if (!ok)
		printf("no life: a new process does not answer\n");
	return ok;
}

static bool round_of(long ms)
{
	long end = now_ms() + ms, look = now_ms() + ALIVE_MS;
	bool ok = true;

	mkdir(FOLDER, 0777);
	if (mount("fuzz", FOLDER, "tmpfs", 0, "size=16m") || chdir(FOLDER)) {
		printf("no folder\n");
		return false;
	}
	while (ok && now_ms() < end) {
		for (unsigned i = 0; i < options.workers; i++)
			if (!workers[i].pid)
				start(i);
		look_after();
		usleep(2000);
		if (now_ms() >= look) {
			ok = alive();
			look = now_ms() + ALIVE_MS;
		}
	}
	memset(workers, 0, sizeof(workers));
	leaks_clean(FOLDER);
	return ok;
}

static void tell_stats(void)
{
	unsigned long made = 0, kinds = 0, good = 0;

	for (unsigned i = 0; i < call_count; i++) {
		made += STATS->made[i];
		kinds += STATS->made[i] != 0;
		good += STATS->good[i] != 0;
		if (verbose && !STATS->good[i])
			fprintf(stderr, "%s: never well of %u\n", calls[i].name,
				STATS->made[i]);
	}
	printf("%lu workers, %lu calls of %lu kinds, %lu of them also good\n",
	       births, made, kinds, good);
}

static void read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *next = argv[i + 1] ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--seed"))
			options.seed = strtoul(next, NULL, 0);
		else if (!strcmp(argv[i], "--seconds"))
			options.seconds = strtoul(next, NULL, 0);
		else if (!strcmp(argv[i], "--workers"))
			options.workers = strtoul(next, NULL, 0);
		else if (!strcmp(argv[i], "-v"))
			verbose = true;
		if (strcmp(argv[i], "--only") || options.only_count == 8)
			continue;
		for (unsigned k = 0; k < call_count; k++)
			if (!strcmp(calls[k].name, next))
				options.only[options.only_count++] =
					calls[k].nr;
	}
	if (options.workers < 1 || options.workers > WORKERS)
		options.workers = 4;
}

static void prepare(void)
{
	struct sched_param first = { .sched_priority = 50 };
	const int rw = PROT_READ | PROT_WRITE;
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	keeper = getpid();
	if (fd >= 0 && write(fd, "-1000", 5) == 5)
		close(fd);
	sched_setscheduler(0, SCHED_FIFO, &first);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (int i = 1; i < NSIG; i++)
		if (i != SIGCHLD)
			signal(i, SIG_IGN);
	mmap((void *)SHARED_BASE, SHARED_SIZE, rw,
	     MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap((void *)STATS_BASE, STATS_SIZE, rw,
	     MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

int main(int argc, char **argv)
{
	struct counts before, after;
	bool ok;
	long end;

	if (argc > 1 && !strcmp(argv[1], "--child"))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "--alive"))
		return write(1, "!", 1) != 1;
	setvbuf(stdout, NULL, _IONBF, 0);
	read_options(argc, argv);
	printf("seed %lu\n", (unsigned long)options.seed);
	prepare();
	end = now_ms() + options.seconds * 1000;
	ok = round_of(options.seconds * 1000 / 4 < ROUND_MS
			      ? options.seconds * 1000 / 4
			      : ROUND_MS);
	leaks_count(&before);
	while (ok && now_ms() < end)
		ok = round_of(end - now_ms() < ROUND_MS ? end - now_ms()
							: ROUND_MS);
	leaks_count(&after);
	tell_stats();
	ok = ok && !leaks_compare(&before, &after);
	printf(ok ? "got through\n" : "FAILED\n");
	return !ok;
}
