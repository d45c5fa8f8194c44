/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must come back.  Kinds of objects that belong to processes, files and
 * memory are gone with them, to the last; names of files that exist may stay in
 * caches, and so may their inodes, pages of tables and the like, which are not
 * compared one by one but by the free memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

/* Threads of the kernel and what was started by hand may come and go. */
#define OBJECTS_MAY_GROW 6
#define KB_MAY_GROW      1024

static void kill_others(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		int pid = atoi(e->d_name);

		if (pid > keeper)
			kill(pid, SIGKILL);
	}
	if (dir)
		closedir(dir);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static bool others_live(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	bool any = false;

	while (dir && (e = readdir(dir)))
		any |= atoi(e->d_name) > keeper;
	if (dir)
		closedir(dir);
	return any;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path) ? 0 : 0;
}

static void remove_ipc(const char *name, int (*remove_id)(int id))
{
	FILE *f = fopen(name, "r");
	char line[400];
	int id;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %d", &id) == 1)
			remove_id(id);
	if (f)
		fclose(f);
}

static int remove_shm(int id)
{
	return shmctl(id, IPC_RMID, NULL);
}
static int remove_sem(int id)
{
	return semctl(id, 0, IPC_RMID);
}
static int remove_msg(int id)
{
	return msgctl(id, IPC_RMID, NULL);
}

static void rest_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

void leaks_clean(const char *folder)
{
	for (int i = 0; i < 2000 && others_live(); i++) {
		kill_others();
		rest_ms(5);
	}
	if (others_live())
		printf("some processes cannot be killed\n");
	if (chdir("/"))
		printf("no way back to /\n");
	for (int i = 0; i < 500 && !umount2(folder, MNT_DETACH); i++)
		;
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	remove_ipc("/proc/sysvipc/shm", remove_shm);
	remove_ipc("/proc/sysvipc/sem", remove_sem);
	remove_ipc("/proc/sysvipc/msg", remove_msg);
	rest_ms(300); /* what is freed a grace period later */
}

static bool is_cache(const char *name)
{
	static const char *const names[] = { "dentry", "proc_inode",
					     "sysfs_inode", "radix_node",
					     "vmap_area" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

void leaks_count(struct counts *c)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[400];

	c->n = 0;
	while (f && c->n < COUNTS_MAX && fgets(line, sizeof(line), f))
		if (sscanf(line, "%23s %ld %*d %ld", c->slab[c->n].name,
			   &c->slab[c->n].objects, &c->slab[c->n].size) == 3)
			c->n++;
	if (f)
		fclose(f);
	f = fopen("/proc/meminfo", "r");
	c->free_kb = 0;
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "MemFree: %ld", &c->free_kb);
	if (f)
		fclose(f);
}

static long objects_of(const struct counts *c, const char *name)
{
	for (unsigned i = 0; i < c->n; i++)
		if (!strcmp(c->slab[i].name, name))
			return c->slab[i].objects;
	return 0;
}

unsigned leaks_compare(const struct counts *before, const struct counts *after)
{
	long caches = 0;
	unsigned lines = 0;

	for (unsigned i = 0; i < after->n; i++) {
		const char *name = after->slab[i].name;
		long more = after->slab[i].objects - objects_of(before, name);

		if (is_cache(name)) {
			caches += more * after->slab[i].size / 1024;
		} else if (more > OBJECTS_MAY_GROW) {
			printf("leak: %s: %ld more\n", name, more);
			lines++;
		}
	}
	if (before->free_kb - after->free_kb - caches > KB_MAY_GROW) {
		printf("leak: %ld kB free, were %ld; caches grew by %ld kB\n",
		       after->free_kb, before->free_kb, caches);
		lines++;
	}
	return lines;
}
