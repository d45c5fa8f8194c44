/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V shared memory: segments, who counts as attached, and errors.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>

#include "show.h"

#define KEY  0x44756e31
#define PAGE 4096ul

#ifndef SHM_STAT_ANY
#	define SHM_STAT_ANY 15
#endif

static struct shmid_ds ds(int id)
{
	struct shmid_ds d = { 0 };

	if (shmctl(id, IPC_STAT, &d))
		printf("stat: %s\n", strerror(errno));
	return d;
}

static void attached(const char *when, int id)
{
	struct shmid_ds d = ds(id);

	printf("%s: %lu attached, last by %s%s\n", when,
	       (unsigned long)d.shm_nattch,
	       d.shm_lpid == 0          ? "nobody"
	       : d.shm_lpid == getpid() ? "us"
					: "another",
	       d.shm_perm.mode & 01000 ? ", to go" : "");
}

static int in_child(void (*fn)(int id), int id)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn(id);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* The line of /proc/self/maps for an address, without addresses. */
static void show_maps(void *at, unsigned long id)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], perms[8], rest[256];
	unsigned long start, end, off, ino;
	unsigned major, minor;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %255[^\n]", &start,
			   &end, perms, &off, &major, &minor, &ino, rest) < 8 ||
		    !strstr(rest, "SYSV"))
			continue;
		if (start < (unsigned long)at + 4 * PAGE &&
		    end > (unsigned long)at)
			printf("maps: %lu pages %s %lx %x %s '%s'\n",
			       (end - start) / PAGE, perms, off, major,
			       ino == id ? "id" : "?", rest);
	}
	fclose(f);
}

static void child_writes(int id)
{
	char *p = shmat(id, NULL, 0);

	attached("child attached", id);
	strcpy(p, "from the child");
	show(shmdt(p));
	attached("child detached", id);
	p = shmat(id, NULL, SHM_RDONLY);
	printf("child reads '%s'\n", p);
	show(mprotect(p, PAGE, PROT_READ | PROT_WRITE));
	fflush(stdout);
	*p = 1;
}

static void child_inherits(int id)
{
	attached("inherited", id);
}

static void basics(void)
{
	int id = shmget(IPC_PRIVATE, 3 * PAGE - 5, 0640), status;
	struct shmid_ds d = ds(id);
	char *p, *q;

	printf("size %lu mode %o creator %d key %d times %d %d %d\n",
	       (unsigned long)d.shm_segsz, d.shm_perm.mode,
	       d.shm_cpid == getpid(), d.shm_perm.__key, d.shm_atime != 0,
	       d.shm_dtime != 0, d.shm_ctime != 0);
	attached("fresh", id);
	p = shmat(id, NULL, 0);
	attached("one", id);
	q = shmat(id, NULL, 0);
	attached("two", id);
	strcpy(p + PAGE, "through p");
	printf("%s %d\n", q + PAGE, p[3 * PAGE - 1]);
	status = in_child(child_writes, id);
	printf("child: signal %d; '%s'\n", WTERMSIG(status), q);
	attached("after it", id);
	in_child(child_inherits, id);
	attached("after another", id);
	show_maps(p, (unsigned long)id);
	show(shmdt(q));
	show(shmdt(q));
	show(shmdt(p + 1));
	show(shmdt(p + PAGE));
	show(munmap(p + PAGE, PAGE));
	attached("a hole", id);
	show(shmdt(p));
	attached("none", id);
	d = ds(id);
	printf("times %d %d %d\n", d.shm_atime != 0, d.shm_dtime != 0,
	       d.shm_ctime != 0);
	show(shmctl(id, IPC_RMID, NULL));
	show(shmctl(id, IPC_RMID, NULL));
	show(shmctl(id, IPC_STAT, &d));
	worked(shmat(id, NULL, 0));
}

static void splits(void)
{
	int id = shmget(IPC_PRIVATE, 4 * PAGE, 0600);
	char *p = shmat(id, NULL, 0), *q;

	show(mprotect(p + PAGE, PAGE, PROT_READ));
	attached("three parts", id);
	show(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	attached("still three", id);
	show_maps(p, (unsigned long)id);
	strcpy(p + 3 * PAGE, "the end");
	show(shmdt(p));
	attached("all of them", id);
	p = shmat(id, NULL, 0);
	q = mremap(p, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
	attached("remapped", id);
	printf("'%s'\n", q + 3 * PAGE);
	p = mremap(q, 0, 2 * PAGE, MREMAP_MAYMOVE);
	attached("a second view", id);
	strcpy(p, "seen twice");
	printf("'%s'\n", q);
	show(munmap(p, 2 * PAGE));
	show(shmdt(q));
	attached("gone", id);
	p = shmat(id, NULL, 0);
	q = mmap(p, PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	attached("the first page is something else", id);
	show(q == p);
	show(shmdt(p));
	attached("the rest", id);
	show(munmap(p, PAGE));
	show(shmctl(id, IPC_RMID, NULL));
}

static void child_waits_for_end(int id)
{
	struct shmid_ds d;
	char *p = shmat(id, NULL, 0);

	attached("child after RMID", id);
	printf("'%s'\n", p);
	show(shmdt(p));
	show(shmctl(id, IPC_STAT, &d));
}

static void removal(void)
{
	int id = shmget(KEY, PAGE, IPC_CREAT | 0600), other;
	char *p = shmat(id, NULL, 0);

	strcpy(p, "still here");
	show(shmctl(id, IPC_RMID, NULL));
	attached("removed", id);
	printf("key %x\n", ds(id).shm_perm.__key);
	show(shmget(KEY, PAGE, 0));
	other = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
	printf("another one: %d\n", other != id && other >= 0);
	show_maps(p, (unsigned long)id);
	in_child(child_waits_for_end, id);
	show(shmctl(id, IPC_RMID, NULL));
	printf("'%s'\n", p);
	show(shmdt(p));
	show(shmctl(id, IPC_RMID, NULL));
	show(shmctl(other, IPC_RMID, NULL));
}

static void places(void)
{
	int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
	char *at = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	char *p;

	worked(shmat(id, at, 0));
	worked(shmat(id, at + 1, SHM_REMAP));
	worked(shmat(id, at + 1, 0));
	worked(shmat(id, NULL, SHM_REMAP));
	worked(shmat(id, (void *)1, SHM_REMAP | SHM_RND));
	p = shmat(id, at + PAGE + 17, SHM_REMAP | SHM_RND);
	printf("at page %ld\n", (long)(p - at) / (long)PAGE);
	munmap(at + 4 * PAGE, 4 * PAGE);
	p = shmat(id, at + 5 * PAGE + 9, SHM_RND);
	printf("at page %ld\n", (long)(p - at) / (long)PAGE);
	worked(shmat(id, at + 4 * PAGE, 0));
	worked(shmat(id, (void *)~(PAGE - 1), 0));
	worked(shmat(id, (void *)(1ul << 47), 0));
	attached("two", id);
	show(shmdt(at + 5 * PAGE));
	show(shmdt(at + PAGE));
	p = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	show_maps(p, (unsigned long)id);
	show(shmdt(p));
	munmap(at, 4 * PAGE);
	show(shmctl(id, IPC_RMID, NULL));
}

static void as_nobody(int id)
{
	struct shmid_ds d = { 0 };

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		perror("setresuid");
	worked(shmat(id, NULL, 0));
	worked(shmat(id, NULL, SHM_RDONLY));
	worked(shmat(id, NULL, SHM_RDONLY | SHM_EXEC));
	show(shmctl(id, IPC_STAT, &d));
	show(shmctl(id, IPC_SET, &d));
	show(shmctl(id, IPC_RMID, NULL));
	show(shmctl(id, SHM_LOCK, NULL));
	worked(shmget(KEY, 0, 0));
	worked(shmget(KEY, 0, 0004));
	worked(shmget(KEY, 0, 0006));
}

static void rights(void)
{
	int id = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0604);
	struct shmid_ds d;

	in_child(as_nobody, id);
	d = ds(id);
	d.shm_perm.mode = 07000;
	d.shm_perm.gid = 65534;
	show(shmctl(id, IPC_SET, &d));
	printf("mode %o\n", ds(id).shm_perm.mode);
	in_child(as_nobody, id);
	d.shm_perm.uid = 65534;
	show(shmctl(id, IPC_SET, &d));
	d.shm_perm.uid = -1;
	show(shmctl(id, IPC_SET, &d));
	d = ds(id);
	printf("uid %d cuid %d gid %d cgid %d\n", d.shm_perm.uid,
	       d.shm_perm.cuid, d.shm_perm.gid, d.shm_perm.cgid);
	show(shmctl(id, SHM_LOCK, NULL));
	printf("mode %o\n", ds(id).shm_perm.mode);
	show(shmctl(id, SHM_UNLOCK, NULL));
	in_child(as_nobody, id);
	show(shmctl(id, IPC_RMID, NULL));
}

static void errors(void)
{
	struct shmid_ds d;
	int id = shmget(KEY, 100, IPC_CREAT | 0600), again;

	again = shmget(KEY, 100, IPC_CREAT);
	show(again == id);
	again = shmget(KEY, 0, 0);
	show(again == id);
	show(shmget(KEY, 101, 0));
	show(shmget(KEY, 101, IPC_CREAT | IPC_EXCL));
	show(shmget(KEY + 1, 100, 0));
	show(shmget(IPC_PRIVATE, 0, 0600));
	show(shmget(IPC_PRIVATE, ~0ul, 0600));
	show(shmget(IPC_PRIVATE, 1ul << 62, 0600));
	show(shmctl(id, 99, &d));
	show(shmctl(-1, IPC_STAT, &d));
	show(shmctl(id, IPC_STAT, (void *)8));
	show(shmctl(id, IPC_SET, (void *)8));
	show(shmctl(id + (1 << 20), IPC_STAT, &d));
	worked(shmat(-1, NULL, 0));
	worked(shmat(id + (1 << 20), NULL, 0));
	show(shmdt((void *)PAGE));
	show(shmctl(id, IPC_RMID, NULL));
}

static void tables(void)
{
	int id = shmget(KEY, 5 * PAGE, IPC_CREAT | 0600), found = 0, highest;
	struct shm_info info;
	struct shminfo lim;
	struct shmid_ds d;
	char *p = shmat(id, NULL, 0), line[512], name[32];
	FILE *f;

	p[0] = p[PAGE] = 1;
	highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	for (int i = 0; i <= highest; i++)
		if (shmctl(i, SHM_STAT, &d) == id)
			found = shmctl(i, SHM_STAT_ANY, &d) == id;
	printf("found %d; %d ids, pages %d resident %d\n", found,
	       info.used_ids > 0, info.shm_tot >= 5, info.shm_rss >= 2);
	show(shmctl(0, IPC_INFO, (struct shmid_ds *)&lim) == highest);
	printf("%lu %lu %lu %lu %lu\n", lim.shmmax, lim.shmmin, lim.shmmni,
	       lim.shmseg, lim.shmall);
	snprintf(name, sizeof(name), "%10d %10d ", KEY, id);
	f = fopen("/proc/sysvipc/shm", "r");
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "key"))
			printf("%s", line);
		if (!strncmp(line, name, strlen(name)))
			printf("%.*s...%zu\n", 27, line + strlen(name),
			       strlen(line));
	}
	fclose(f);
	show(shmdt(p));
	show(shmctl(id, IPC_RMID, NULL));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	basics();
	splits();
	removal();
	places();
	rights();
	errors();
	tables();
	return 0;
}
