/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of files share: calls are printed with what they gave, in a
 * fresh folder of a file system in memory. */
#pragma once

#ifndef _GNU_SOURCE
#	define _GNU_SOURCE
#endif
/* Wrong arguments are on purpose. */
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wnonnull"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Prints "text = value" or "text: error". */
static __attribute__((unused)) long show_(const char *text, long value)
{
	if (value == -1)
		printf("%s: %s\n", text, strerror(errno));
	else
		printf("%s = %ld\n", text, value);
	errno = 0;
	return value;
}
#define show(call) show_(#call, (long)(call))

/* The same for calls whose value differs from run to run. */
static __attribute__((unused)) long worked_(const char *text, long value)
{
	printf("%s: %s\n", text, value == -1 ? strerror(errno) : "ok");
	errno = 0;
	return value;
}
#define worked(call) worked_(#call, (long)(call))

static __attribute__((unused)) void enter_folder_below(const char *base)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s/test.XXXXXX", base);
	if (access(base, F_OK) && mkdir(base, 01777))
		perror(base);
	if (!mkdtemp(name) || chdir(name))
		perror(name);
	umask(022);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
}

/* On a tmpfs, here as there. */
static __attribute__((unused)) void enter_fresh_folder(void)
{
	enter_folder_below(access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
}

static __attribute__((unused)) void make_file(const char *name,
					      const char *text)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		perror(name);
	close(fd);
}

static __attribute__((unused)) void show_file(const char *name)
{
	char buf[256];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0)
		printf("%s: %s\n", name, strerror(errno));
	else
		printf("%s: \"%.*s\"\n", name, (int)n, buf);
	if (fd >= 0)
		close(fd);
	errno = 0;
}

/* 0 when the folder can still be used: a test's last word. */
static __attribute__((unused)) int leave_folder(void)
{
	char name[4096];

	make_file("last", "");
	if (!getcwd(name, sizeof(name)) || chdir("/"))
		return 1;
	snprintf(name + strlen(name), 16, "/last");
	return unlink(name) ? 1 : 0;
}
