/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Births, deaths and names from several threads at once: each child is waited
 * for exactly once, of threads that call execve one goes on, and a folder is
 * whole after creations, renames, links, removals and readings of it.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

#include "show.h"

#define SAID 7

static void *children(void *arg)
{
	long bad = 0;

	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			_exit(i);
		bad += waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		       WEXITSTATUS(status) != i;
	}
	return (void *)bad;
}

static long join_all(pthread_t *t, int n)
{
	long sum = 0;
	void *ret;

	for (int i = 0; i < n; i++) {
		pthread_join(t[i], &ret);
		sum += (long)ret;
	}
	return sum;
}

static void storm(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, children, NULL);
	printf("wrong ends: %ld\n", join_all(t, 4));
}

static int born;

static void *reap(void *arg)
{
	long n = 0;

	for (;;) {
		if (waitpid(-1, NULL, 0) > 0)
			n++;
		else if (__atomic_load_n(&born, __ATOMIC_ACQUIRE))
			return (void *)n;
		else
			sched_yield();
	}
}

static void reapers(void)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, reap, NULL);
	for (int i = 0; i < 120; i++)
		if (fork() == 0)
			_exit(0);
	__atomic_store_n(&born, 1, __ATOMIC_RELEASE);
	printf("reaped: %ld\n", join_all(t, 3));
}

static int gate;

static void *exec_self(void *arg)
{
	while (!__atomic_load_n(&gate, __ATOMIC_ACQUIRE))
		;
	execl("/proc/self/exe", "x", "said", NULL);
	return NULL;
}

static void *linger(void *arg)
{
	char c;

	if (arg)
		return (void *)read(*(int *)arg, &c, 1);
	for (;;)
		sched_yield();
}

/* Two of its threads exec at once, others wait, run and end. */
static void __attribute__((noreturn)) threaded(int fd, int ends)
{
	pthread_t t;

	pthread_create(&t, NULL, linger, &fd);
	pthread_create(&t, NULL, linger, NULL);
	pthread_create(&t, NULL, exec_self, NULL);
	pthread_create(&t, NULL, exec_self, NULL);
	__atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
	if (ends)
		_exit(SAID + 1);
	for (;;)
		pause();
}

static void execs(void)
{
	int ends[2], said = 0, either = 0, status;

	if (pipe(ends))
		perror("pipe");
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();

		if (pid == 0)
			threaded(ends[0], i % 2);
		waitpid(pid, &status, 0);
		if (i % 2 == 0)
			said += WIFEXITED(status) &&
				WEXITSTATUS(status) == SAID;
		else
			either += WIFEXITED(status) &&
				  (WEXITSTATUS(status) == SAID ||
				   WEXITSTATUS(status) == SAID + 1);
	}
	printf("programs run: %d, or ended: %d\n", said, either);
}

static const char *const names[] = { "a", "b", "d/a", "d/b", "d/c", "e/a" };

static const char *name_of(unsigned *dice)
{
	*dice = *dice * 1103515245 + 12345;
	return names[(*dice >> 16) % 6];
}

static void *rename_about(void *arg)
{
	unsigned dice = (unsigned)(long)arg;
	struct stat st;
	int fd;

	for (int i = 0; i < 600; i++) {
		const char *one = name_of(&dice), *two = name_of(&dice);

		switch (dice >> 24 & 7) {
		case 0: unlink(one); break;
		case 1: (void)!link(one, two); break;
		case 2:
		case 3: (void)!rename(one, two); break;
		case 4:
			(void)!renameat2(AT_FDCWD, one, AT_FDCWD, two, 2);
			break;
		case 5: stat(one, &st); break;
		default:
			fd = open(one, O_CREAT | O_RDWR, 0644);
			if (write(fd, "x", 1) != 1)
				perror("write");
			close(fd);
		}
	}
	return NULL;
}

static void *read_about(void *arg)
{
	for (int i = 0; i < 200; i++) {
		DIR *dir = opendir(i % 2 ? "d" : ".");
		long n = 0;

		while (readdir(dir))
			n++;
		closedir(dir);
		if (n < 2)
			return (void *)1;
	}
	return NULL;
}

/* What is listed is there; each file has as many names as it counts. */
static int wrong_entries(const char *folder, nlink_t *links, ino_t *inodes)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	int wrong = 0;

	while ((e = readdir(dir))) {
		char path[300];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (lstat(path, &st)) {
			wrong++;
			continue;
		}
		if (!S_ISREG(st.st_mode))
			continue;
		for (int i = 0; i < 8; i++)
			if (!inodes[i] || inodes[i] == st.st_ino) {
				wrong += inodes[i] && links[i] != st.st_nlink;
				inodes[i] = st.st_ino;
				links[i] = st.st_nlink;
				inodes[8]++; /* names in all */
				break;
			}
	}
	closedir(dir);
	return wrong;
}

static void folders(void)
{
	nlink_t links[8] = { 0 }, sum = 0;
	ino_t inodes[9] = { 0 };
	pthread_t t[4];
	int wrong;

	mkdir("d", 0755);
	mkdir("e", 0755);
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, rename_about, (void *)(i + 1));
	pthread_create(&t[3], NULL, read_about, NULL);
	printf("unreadable: %ld\n", join_all(t, 4));
	wrong = wrong_entries(".", links, inodes) +
		wrong_entries("d", links, inodes) +
		wrong_entries("e", links, inodes);
	for (int i = 0; i < 8; i++)
		sum += links[i];
	printf("wrong entries: %d, links counted as names: %d\n", wrong,
	       sum == inodes[8]);
	for (int i = 0; i < 6; i++)
		unlink(names[i]);
	show(rmdir("d"));
	show(rmdir("e"));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return SAID;
	enter_fresh_folder();
	storm();
	reapers();
	execs();
	folders();
	return leave_folder();
}
