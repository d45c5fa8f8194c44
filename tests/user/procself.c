/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program finds about itself in /proc: its file, directories, words,
 * environment, descriptors, threads, limits and state.
 *
 * build: static pie dynamic
 * args: one two  --three=3
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "scratch.h"

static char text[1 << 16];

static long slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	long n, len = 0;

	if (fd < 0) {
		printf("%s: %s\n", path, error_name(errno));
		return -1;
	}
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return len;
}

/* Strings with zeros between them, one a line. */
static void show_strings(const char *path)
{
	long len = slurp(path);

	for (long at = 0; at < len; at += (long)strlen(text + at) + 1)
		printf("  %s\n", strchr(text + at, '/') == text + at
					 ? "(a path)"
					 : text + at);
}

static const char *target(const char *path)
{
	static char buf[4096];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0)
		return error_name(errno);
	buf[n] = '\0';
	return buf;
}

static void links(const char *argv0)
{
	struct stat a, b;
	char want[64];

	snprintf(want, sizeof(want), "%d", getpid());
	printf("self is me: %d\n", !strcmp(target("/proc/self"), want));
	snprintf(want, sizeof(want), "%d/task/%d", getpid(), getpid());
	printf("and my thread: %d\n",
	       !strcmp(target("/proc/thread-self"), want));
	printf("exe: %d\n", !stat("/proc/self/exe", &a) && !stat(argv0, &b) &&
				    a.st_ino == b.st_ino);
	printf("exe's name ends as it should: %d\n",
	       !strcmp(strrchr(target("/proc/self/exe"), '/'),
		       strrchr(argv0, '/')));
	printf("cwd: %d\n", !strcmp(target("/proc/self/cwd"), scratch_path));
	printf("root: %s\n", target("/proc/self/root"));
	printf("mounts: %s\n", target("/proc/mounts"));
	TRY(access("/proc/self/root/proc/self/cwd/..", F_OK));
	TRY(access("/proc/self/none", F_OK));
	TRY(access("/proc/0", F_OK));
	TRY(access("/proc/01", F_OK));
	TRY(access("/proc/99999999999", F_OK));
	TRY(access("/proc/self/fd/0x1", F_OK));
	TRY(access("/proc/self/fd/99", F_OK));
	TRY(access("/proc/self/task/1234567", F_OK));
	TRY(mkdir("/proc/x", 0777));
	TRY(mkdir("/proc/self/x", 0777));
	TRY(unlink("/proc/self/status"));
	TRY(open("/proc/x", O_CREAT | O_WRONLY, 0600));
}

static void show_fd(int fd)
{
	char path[64];
	const char *name;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	name = target(path);
	if (!strncmp(name, scratch_path, strlen(scratch_path)))
		name += strlen(scratch_path);
	if (lstat(path, &st))
		st.st_mode = 0;
	if (strncmp(name, "pipe:[", 6))
		printf("fd mode %o: %s\n", st.st_mode, name);
	else
		printf("fd mode %o: a pipe\n", st.st_mode);
}

static void descriptors(void)
{
	int file = open("a file", O_RDWR | O_CREAT, 0600);
	int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int path = open("a file", O_PATH), ends[2], count = 0, again;
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	struct stat a, b;
	char name[64];

	while ((e = readdir(d)))
		if (e->d_type == DT_LNK)
			count++;
	printf("%d descriptors\n", count);
	closedir(d);
	show_fd(file);
	show_fd(dir);
	show_fd(path);
	TRY(pipe(ends));
	show_fd(ends[0]);
	show_fd(ends[1]);
	TRY(rename("a file", "moved"));
	show_fd(file);
	TRY(unlink("moved"));
	show_fd(file);
	TRY(write(file, "12345", 5));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	again = open(name, O_RDONLY);
	TRY(fstat(file, &a));
	TRY(fstat(again, &b));
	printf("the same file: %d, size %ld\n", a.st_ino == b.st_ino,
	       (long)b.st_size);
	TRY(read(again, name, 3));
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", again);
	if (slurp(name) > 0)
		printf("%.*s\n", (int)strcspn(text, "\n"), text);
	snprintf(name, sizeof(name), "/proc/self/fd/%d/none", file);
	TRY(access(name, F_OK));
	snprintf(name, sizeof(name), "/proc/self/fd/%d/..", dir);
	TRY(access(name, F_OK));
	close(file);
	close(dir);
	close(path);
	close(again);
	close(ends[0]);
	close(ends[1]);
}

/* The lines of a file that begin with these words. */
static void show_lines(const char *path, const char *const *wanted)
{
	char *line;

	if (slurp(path) < 0)
		return;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		for (const char *const *w = wanted; *w; w++)
			if (!strncmp(line, *w, strlen(*w)))
				printf("%s\n", line);
}

static void state(void)
{
	static const char *const status[] = {
		"Name",    "Umask",      "State",  "TracerPid", "Ngid",
		"Threads", "SigPnd",     "ShdPnd", "SigBlk",    "SigIgn",
		"SigCgt",  "NoNewPrivs", "VmSwap", "VmPin",     NULL,
	};
	static const char *const lines[] = {
		"Limit", "Max core", "Max cpu", "Max open", NULL,
	};
	struct rlimit core = { 0, 4096 }, files = { 500, 600 };
	char comm[64], state_char;
	int pid, ppid, pgrp;

	TRY(setrlimit(RLIMIT_CORE, &core));
	TRY(setrlimit(RLIMIT_NOFILE, &files));
	show_lines("/proc/self/limits", lines);
	show_lines("/proc/self/status", status);
	slurp("/proc/self/stat");
	printf("stat: %d fields read\n",
	       sscanf(text, "%d (%63[^)]) %c %d %d", &pid, comm, &state_char,
		      &ppid, &pgrp));
	printf("%d %s %c %d %d\n", pid == getpid(), comm, state_char,
	       ppid == getppid(), pgrp == getpgrp());
	pid = 1;
	for (char *p = strrchr(text, ')'); *p; p++)
		pid += *p == ' ';
	printf("%d fields in all\n", pid);
	slurp("/proc/self/statm");
	printf("statm: %d\n",
	       sscanf(text, "%d %d %d %d", &pid, &pid, &pid, &ppid));
	slurp("/proc/self/comm");
	printf("comm: %s", text);
	slurp("/proc/self/oom_score_adj");
	printf("oom_score_adj: %s", text);
}

static void writing(void)
{
	int fd = open("/proc/self/comm", O_RDWR);

	TRY(write(fd, "a name that is too long", 23));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(read(fd, text, 100));
	printf("%.15s\n", text);
	TRY(read(fd, text, 100));
	TRY(lseek(fd, 0, SEEK_END));
	close(fd);
	TRY(open("/proc/self/environ", O_RDWR));
	fd = open("/proc/self/oom_score_adj", O_RDWR);
	TRY(write(fd, "100\n", 4));
	TRY(write(fd, "x", 1));
	TRY(write(fd, "1001", 4));
	slurp("/proc/self/oom_score_adj");
	printf("%s", text);
	close(fd);
}

/* A text is of one moment, whatever the pieces it is read in. */
static void pieces(void)
{
	int fd = open("/proc/self/status", O_RDONLY);
	char *all = text + 10000;
	long len = 0, n;

	n = read(fd, all, 10000);
	TRY(lseek(fd, 0, SEEK_SET));
	while (len < n && read(fd, text + len, 1) == 1)
		len++;
	printf("the same in pieces: %d\n",
	       len > 100 && !memcmp(text, all, 100));
	TRY(pread(fd, text, 5, 6));
	TRY(pread(fd, text, 5, 1000000));
	TRY(pread(fd, text, 5, -1));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(syscall(SYS_read, fd, 1, 10));
	TRY(lseek(fd, -1, SEEK_SET));
	close(fd);
}

static void memory(void)
{
	int fd = open("/proc/self/mem", O_RDWR);
	int here = 77, there = 0;
	char *hole =
		mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(hole + 4096, 4096);
	TRY(pread(fd, &there, 4, (long)&here));
	printf("%d\n", there);
	there = 99;
	TRY(pwrite(fd, &there, 4, (long)&here));
	printf("%d\n", here);
	TRY(pread(fd, text, 8192, (long)hole));
	TRY(pread(fd, text, 4, (long)hole + 4096));
	TRY(pread(fd, text, 4, 0));
	close(fd);
	TRY(slurp("/proc/self/auxv") % 16);
	printf("page size: %lu\n", getauxval(AT_PAGESZ));
	slurp("/proc/self/maps");
	printf("stack: %d\n", strstr(text, "[stack]") != NULL);
}

static void folders(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int mine = 0, others = 0;
	struct stat a, b;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			atoi(e->d_name) == getpid() ? mine++ : others++;
	closedir(d);
	printf("threads: %d of mine, %d others\n", mine, others);
	d = opendir("/proc");
	for (mine = 0; (e = readdir(d));)
		mine += atoi(e->d_name) == getpid();
	printf("in /proc: %d time\n", mine);
	rewinddir(d);
	for (mine = 0; (e = readdir(d));)
		mine += atoi(e->d_name) == getpid();
	printf("again: %d time\n", mine);
	closedir(d);
	TRY(stat("/proc/self/task", &a));
	TRY(stat("/proc/self/task", &b));
	printf("the same number: %d\n", a.st_ino == b.st_ino);
	TRY(chdir("/proc/self"));
	printf("getcwd ends in my id: %d\n",
	       atoi(strrchr(getcwd(text, 100), '/') + 1) == getpid());
	TRY(access("status", R_OK));
	TRY(chdir("task/.."));
	TRY(chdir(scratch_path));
}

int main(int argc, char **argv)
{
	static char *fresh[] = { "A=1", "LONGER=some words here", NULL };

	if (argc && strcmp(argv[argc - 1], "again")) {
		char *words[] = {
			argv[0], "x", "", "last word", "again", NULL
		};

		for (int fd = 3; fd < 1024; fd++)
			close(fd); /* whatever was inherited */
		printf("%d words:\n", argc);
		show_strings("/proc/self/cmdline");
		fflush(stdout);
		execve("/proc/self/exe", words, fresh);
		perror("execve");
	}
	printf("then %d:\n", argc);
	show_strings("/proc/self/cmdline");
	show_strings("/proc/self/environ");
	scratch_enter();
	links(realpath(argv[0], NULL));
	descriptors();
	state();
	writing();
	pieces();
	memory();
	folders();
	scratch_leave();
	return 0;
}
