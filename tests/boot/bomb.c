/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bomb LIMIT SHELL WORD...
 *
 * A fork bomb in a shell: of a plain user with LIMIT processes, or of root
 * without any (0).  After some seconds all of it is killed.  Then pipelines
 * still work and the memory is back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOMB     "b(){ b|b& };b"
#define SECONDS  4
#define SLACK_KB 512
#define TRIES    100

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static long free_kb(void)
{
	char line[128];
	long kb = 0;
	FILE *f;

	put("/proc/sys/vm/drop_caches", "3");
	f = fopen("/proc/meminfo", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static void explode(rlim_t most, char **shell)
{
	struct rlimit limit = { most, most };
	char *argv[8] = { NULL };
	int n = 0, null = open("/dev/null", O_RDWR);

	for (; *shell && n < 5; shell++)
		argv[n++] = *shell;
	argv[n++] = "-c";
	argv[n++] = BOMB;
	put("/proc/self/oom_score_adj", "0");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (most &&
	    (setrlimit(RLIMIT_NPROC, &limit) || setgid(1000) || setuid(1000)))
		_exit(1);
	execv(argv[0], argv);
	_exit(127);
}

/* How many had to be collected.  They may fork while they are killed. */
static unsigned end_all(void)
{
	unsigned n = 0;
	pid_t pid;

	do {
		kill(-1, SIGKILL);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			n++;
		usleep(1000);
	} while (pid == 0);
	return n;
}

int main(int argc, char **argv)
{
	long before, after = 0;
	unsigned n;

	if (argc < 3)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	put("/proc/self/oom_score_adj", "-1000");
	before = free_kb();
	if (!fork())
		explode(strtoul(argv[1], NULL, 10), argv + 2);
	sleep(SECONDS);
	n = end_all();
	printf("killed: %s\n", n > 10 ? "many" : "few");
	fflush(stdout);
	if (system("echo a pipeline | cat | sed s/a/the/ && ls / >/dev/null"))
		printf("no pipeline\n");
	for (int i = 0; i < TRIES; i++) {
		after = free_kb();
		if (after >= before - SLACK_KB)
			break;
		usleep(20000);
	}
	printf("%ld of %ld kB: %s\n", after, before,
	       after >= before - SLACK_KB ? "memory is back" : "lost");
	return 0;
}
