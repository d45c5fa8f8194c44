/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of a test program's own, and lines that say what a call returned:
 * its text, the result, and the error's name where there is one.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_path[64];

/* Makes the folder and goes there. */
static inline void scratch_enter(void)
{
	strcpy(scratch_path, "/tmp/dunlin-test-XXXXXX");
	if (!mkdtemp(scratch_path) || chdir(scratch_path)) {
		perror(scratch_path);
		exit(99);
	}
	umask(022);
}

static inline void scratch_leave(void)
{
	if (chdir("/") || rmdir(scratch_path))
		printf("left behind: %s\n", strerror(errno));
}

static inline const char *error_name(int e)
{
	const char *name = strerrorname_np(e);

	return name ? name : "?";
}

/* No digits of an error for what worked. */
#define TRY(call)                                                     \
	do {                                                          \
		long result_ = (errno = 0, (long)(call));             \
		if (result_ < 0)                                      \
			printf("%s: %s\n", #call, error_name(errno)); \
		else                                                  \
			printf("%s: %ld\n", #call, result_);          \
	} while (0)

static inline int touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return fd < 0 ? fd : close(fd);
}

/* What is at a name: its type and, with `more`, links and size. */
static inline void show(const char *name)
{
	struct stat st;

	if (lstat(name, &st)) {
		printf("%s is not there: %s\n", name, error_name(errno));
		return;
	}
	printf("%s: mode %o", name, st.st_mode);
	if (S_ISREG(st.st_mode))
		printf(" links %lu size %ld", (unsigned long)st.st_nlink,
		       (long)st.st_size);
	printf("\n");
}
