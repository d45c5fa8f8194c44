/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modes, owners, times, access: for root and, in a child, for somebody else.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <utime.h>

#include "show.h"

static void show_mode(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		printf("%s: %s\n", name, strerror(errno));
	else
		printf("%s: mode %o owner %u group %u\n", name, st.st_mode,
		       st.st_uid, st.st_gid);
}

static void modes(void)
{
	make_file("f", "x");
	mkdir("d", 0777);
	show_mode("f");
	show(chmod("f", 06755));
	show_mode("f");
	show(chown("f", 1000, 1001));
	show_mode("f");
	show(chmod("f", 0102644));
	show(chown("f", -1, 7));
	show_mode("f");
	show(chmod("d", 02777));
	mkdir("d/sub", 0700);
	make_file("d/file", "");
	show(chown("d", -1, 55));
	make_file("d/file2", "");
	mkdir("d/sub2", 0700);
	show_mode("d");
	show_mode("d/sub");
	show_mode("d/file2");
	show_mode("d/sub2");
	show(symlink("f", "l"));
	show(chmod("l", 0600));
	show(lchown("l", 3, 4));
	show_mode("f");
	show_mode("l");
	show(fchownat(AT_FDCWD, "l", 8, 9, AT_SYMLINK_NOFOLLOW));
	show_mode("l");
	show(chmod("none", 0600));
	show(chown("none", 0, 0));
	show(fchmodat(AT_FDCWD, "f", 0640, 0));
	show(umask(027));
	show(umask(07077));
	show(umask(022));
	show(close(open("um", O_CREAT | O_RDWR, 0666)));
	show_mode("um");
}

static void show_times(const char *name)
{
	struct stat st;

	if (lstat(name, &st)) {
		printf("%s: %s\n", name, strerror(errno));
		return;
	}
	printf("%s: read %ld.%09ld written %ld.%09ld\n", name,
	       (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	       (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void times(void)
{
	struct timespec ts[2] = { { 1000, 5 }, { 2000, 999999999 } };
	struct timespec odd[2] = { { 0, UTIME_OMIT }, { -5, 1 } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	struct timeval tv[2] = { { 11, 12 }, { 13, 14 } };
	struct utimbuf ub = { 21, 22 };
	int fd;

	show(utimensat(AT_FDCWD, "f", ts, 0));
	show_times("f");
	show(utimensat(AT_FDCWD, "f", odd, 0));
	show_times("f");
	show(utimensat(AT_FDCWD, "f", bad, 0));
	show(utimensat(AT_FDCWD, "f", omit, 0));
	show(utimensat(AT_FDCWD, "l", ts, AT_SYMLINK_NOFOLLOW));
	show_times("l");
	show(utimes("f", tv));
	show_times("f");
	show(utime("f", &ub));
	show_times("f");
	show(utimensat(AT_FDCWD, "none", ts, 0));
	show(utimensat(AT_FDCWD, "f", ts, 0x8000));
	fd = open("f", O_RDWR);
	ts[0].tv_sec = 77;
	show(futimens(fd, ts));
	show_times("f");
	show(syscall(SYS_utimensat, fd, NULL, ts, 0));
	show(syscall(SYS_utimensat, 99, NULL, ts, 0));
	close(fd);
}

static int newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec ||
	       (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Which of a file's times an operation moves. */
#define MOVES(name, operation)                                               \
	do {                                                                 \
		struct timespec nap = { 0, 20000000 };                       \
		struct stat a, b;                                            \
		stat(name, &a);                                              \
		nanosleep(&nap, NULL);                                       \
		operation;                                                   \
		stat(name, &b);                                              \
		printf("%s moves%s%s%s of %s\n", #operation,                 \
		       newer(&b.st_atim, &a.st_atim) ? " atime" : "",        \
		       newer(&b.st_mtim, &a.st_mtim) ? " mtime" : "",        \
		       newer(&b.st_ctim, &a.st_ctim) ? " ctime" : "", name); \
	} while (0)

static void moving_times(void)
{
	char c;
	int fd = open("t", O_CREAT | O_RDWR | O_TRUNC, 0600);

	MOVES("t", (void)!write(fd, "x", 1));
	MOVES("t", (void)!pread(fd, &c, 1, 0));
	MOVES("t", (void)!pread(fd, &c, 1, 0));
	MOVES("t", (void)!write(fd, "x", 0));
	MOVES("t", (void)!ftruncate(fd, 2));
	MOVES("t", (void)!ftruncate(fd, 1));
	MOVES("t", (void)!truncate("t", 1));
	MOVES("t", (void)!chmod("t", 0600));
	MOVES("t", (void)!chown("t", -1, -1));
	MOVES("t", (void)!link("t", "t2"));
	MOVES("t", (void)!rename("t2", "t3"));
	MOVES("t", (void)!unlink("t3"));
	MOVES("t", close(open("t", O_RDWR)));
	MOVES("t", close(open("t", O_RDWR | O_TRUNC)));
	MOVES("d", close(open("d/new", O_CREAT, 0600)));
	MOVES("d", close(open("d/new", O_CREAT, 0600)));
	MOVES("d", (void)!mkdir("d/newdir", 0700));
	MOVES("d", (void)!rename("d/new", "d/newer"));
	MOVES("d", (void)!unlink("d/newer"));
	MOVES("d", (void)!rmdir("d/newdir"));
	close(fd);
}

static void as_somebody(int roots)
{
	char c;
	int fd;

	if (setgid(1234) || setuid(1234))
		_exit(9);
	show(open("secret", O_RDONLY));
	show(open("secret", O_WRONLY));
	show(open("readable", O_WRONLY));
	worked(fd = open("readable", O_RDONLY));
	show(read(fd, &c, 1));
	show(fchmod(fd, 0666));
	show(chown("readable", 1234, 1234));
	show(utime("readable", NULL));
	show(access("readable", R_OK));
	show(access("readable", W_OK));
	show(access("readable", X_OK));
	show(access("secret", F_OK));
	show(access("closed/x", F_OK));
	show(access("none", F_OK));
	show(access("readable", 8));
	show(open("closed/x", O_RDONLY));
	show(open("newfile", O_CREAT, 0600));
	show(mkdir("newdir", 0700));
	show(unlink("readable"));
	show(rename("readable", "other"));
	show(unlink("sticky/roots"));
	show(rename("sticky/roots", "sticky/mine"));
	worked(open("sticky/own", O_CREAT | O_RDWR, 0600));
	show(chmod("sticky/own", 04755));
	show_mode("sticky/own");
	show(chown("sticky/own", 0, -1));
	show(chown("sticky/own", -1, 0));
	show(chown("sticky/own", 1234, 1234));
	show_mode("sticky/own");
	show(unlink("sticky/own"));
	show(mknod("sticky/dev", S_IFCHR | 0600, makedev(1, 3)));
	show(chroot("."));
	show(open("readable", O_RDONLY | O_NOATIME));
	show(truncate("readable", 0));
	/* What is open for writing may be cut, whatever the mode says now. */
	worked(fd = open("sticky/fixed", O_CREAT | O_RDWR, 0444));
	show(ftruncate(fd, 5));
	show(unlink("sticky/fixed"));
	show(ftruncate(roots, 7));
	worked(open("lent/run", O_CREAT | O_RDWR, 02755));
	show_mode("lent/run");
	worked(open("lent/data", O_CREAT | O_RDWR, 02745));
	show_mode("lent/data");
	show(fchmod(roots, 0644));
}

int main(void)
{
	int status, roots;

	enter_fresh_folder();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	chmod(".", 0755);
	modes();
	times();
	moving_times();
	make_file("secret", "s");
	chmod("secret", 0600);
	make_file("readable", "r");
	mkdir("closed", 0700);
	mkdir("sticky", 0777);
	chmod("sticky", 01777);
	mkdir("lent", 0777);
	show(chown("lent", 0, 77));
	chmod("lent", 02777);
	make_file("sticky/roots", "");
	roots = open("sticky/roots", O_RDWR);
	fflush(stdout);
	if (!fork()) {
		as_somebody(roots);
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	show(status);
	show(access("secret", R_OK | W_OK));
	show(access("secret", X_OK));
	return leave_folder();
}
