/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading directories: everything once, places that stay, removal meanwhile.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sys/syscall.h>

#include "show.h"

#define MANY 1500

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_sorted(const char *name)
{
	char *names[64];
	int n = 0;
	DIR *d = opendir(name);
	struct dirent *e;

	if (!d) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	while ((e = readdir(d))) {
		char line[300];

		snprintf(line, sizeof(line), "%s type %d", e->d_name,
			 e->d_type);
		names[n++] = strdup(line);
	}
	qsort(names, n, sizeof(names[0]), compare);
	for (int i = 0; i < n; i++)
		printf("  %s\n", names[i]);
	closedir(d);
}

/* How many of the numbered files a pass sees, and how often. */
static void count_pass(DIR *d, const char *what)
{
	static int seen[MANY];
	int total = 0, twice = 0, missing = 0;
	struct dirent *e;

	memset(seen, 0, sizeof(seen));
	while ((e = readdir(d)))
		if (e->d_name[0] == 'n') {
			total++;
			twice += seen[atoi(e->d_name + 1)]++;
		}
	for (int i = 0; i < MANY; i++)
		missing += !seen[i];
	printf("%s: %d seen, %d twice, %d not\n", what, total, twice, missing);
}

static void many(void)
{
	char name[32];
	struct dirent *e;
	long place = -1;
	char at_place[256] = "";
	DIR *d;
	int removed = 0;

	mkdir("many", 0755);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many/n%d", i);
		make_file(name, "");
	}
	d = opendir("many");
	count_pass(d, "first");
	rewinddir(d);
	count_pass(d, "again");
	rewinddir(d);
	for (int i = 0; i < 700 && (e = readdir(d)); i++) {
		if (i == 600)
			place = telldir(d);
		if (i == 601)
			strcpy(at_place, e->d_name);
	}
	seekdir(d, place);
	e = readdir(d);
	printf("the same after seekdir: %d\n", !strcmp(e->d_name, at_place));
	rewinddir(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] != 'n')
			continue;
		snprintf(name, sizeof(name), "many/%s", e->d_name);
		removed += !unlink(name);
	}
	printf("removed while reading: %d\n", removed);
	closedir(d);
	show(rmdir("many"));
}

static void calls(void)
{
	char buf[1024];
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	int file = open("file", O_CREAT | O_RDWR, 0600);

	show(syscall(SYS_getdents64, fd, buf, 10));
	show(syscall(SYS_getdents64, file, buf, 1024));
	show(syscall(SYS_getdents64, 99, buf, 1024));
	show(syscall(SYS_getdents64, fd, buf, 24));
	show(syscall(SYS_getdents64, fd, buf, 24));
	worked(syscall(SYS_getdents64, fd, buf, 1024));
	show(syscall(SYS_getdents64, fd, buf, 1024));
	show(lseek(fd, 0, SEEK_SET));
	worked(syscall(SYS_getdents64, fd, buf, 1024));
	show(syscall(SYS_getdents64, fd, (void *)1, 1024));
	show(lseek(fd, 0, SEEK_SET));
	show(syscall(SYS_getdents64, fd, (void *)1, 1024));
	close(fd);
	close(file);
}

int main(void)
{
	enter_fresh_folder();
	mkdir("d", 0755);
	list_sorted("d");
	make_file("d/file", "");
	mkdir("d/dir", 0755);
	show(symlink("x", "d/link"));
	show(mkfifo("d/fifo", 0644));
	list_sorted("d");
	list_sorted("none");
	list_sorted("d/file");
	show(rename("d/file", "d/moved"));
	list_sorted("d");
	calls();
	many();
	return leave_folder();
}
