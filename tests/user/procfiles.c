/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of /proc and /sys: what programs compute from them.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "show.h"

static char text[1 << 16];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, len = 0;

	text[0] = 0;
	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return text;
	}
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	close(fd);
	return text;
}

static void put(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		printf("%s: %s: %s\n", path, what, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static long field(const char *where, const char *name)
{
	const char *p = strstr(where, name);

	return p ? atol(p + strlen(name)) : -1;
}

static void io(void)
{
	long wrote, calls;
	int fd = open("/dev/null", O_WRONLY);
	char buf[100] = "";

	slurp("/proc/self/io");
	wrote = field(text, "wchar: ");
	calls = field(text, "syscw: ");
	for (int i = 0; i < 5; i++)
		if (write(fd, buf, sizeof(buf)) < 0)
			perror("write");
	if (pwrite(fd, buf, 7, 0) < 0)
		perror("pwrite");
	slurp("/proc/self/io");
	printf("io: %ld bytes, %ld calls, disk %ld\n",
	       field(text, "wchar: ") - wrote, field(text, "syscw: ") - calls,
	       field(text, "cancelled_write_bytes: "));
	close(fd);
}

/* The part of smaps about the mapping at p. */
static const char *part_of(const void *p)
{
	char start[32];

	snprintf(start, sizeof(start), "\n%lx-", (unsigned long)p);
	return strstr(slurp("/proc/self/smaps"), start) ?: "";
}

static void show_part(const char *what, const void *p)
{
	const char *s = part_of(p), *flags = strstr(s, "VmFlags: ");

	printf("%s: size %ld rss %ld pss %ld private %ld+%ld shared %ld+%ld "
	       "anon %ld lock %ld rd %d wr %d\n",
	       what, field(s, "\nSize:"), field(s, "\nRss:"),
	       field(s, "\nPss:"), field(s, "\nPrivate_Clean:"),
	       field(s, "\nPrivate_Dirty:"), field(s, "\nShared_Clean:"),
	       field(s, "\nShared_Dirty:"), field(s, "\nAnonymous:"),
	       field(s, "\nLocked:"),
	       flags && strstr(flags, " rd ") < strchr(flags, '\n'),
	       flags && memmem(flags, strcspn(flags, "\n"), " wr ", 4) != NULL);
}

static void smaps(void)
{
	char *p = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Alone, so that it has an entry of its own. */
	mprotect(p, 4096, PROT_NONE);
	mprotect(p + 15 * 4096, 4096, PROT_NONE);
	madvise(p, 16 * 4096, MADV_NOHUGEPAGE);
	show_part("untouched", p + 4096);
	memset(p + 4096, 1, 3 * 4096);
	show_part("written", p + 4096);
	mprotect(p + 4096, 14 * 4096, PROT_READ);
	show_part("protected", p + 4096);
	slurp("/proc/self/smaps_rollup");
	printf("rollup: %d %d\n", strstr(text, "[rollup]\n") != NULL,
	       field(text, "\nRss:") >= field(text, "\nAnonymous:"));
}

static void settings(void)
{
	printf("slack %s", slurp("/proc/self/timerslack_ns"));
	put("/proc/self/timerslack_ns", "70000");
	printf("slack %s", slurp("/proc/self/timerslack_ns"));
	show(prctl(PR_GET_TIMERSLACK));
	put("/proc/self/timerslack_ns", "0");
	printf("slack %s", slurp("/proc/self/timerslack_ns"));
	put("/proc/self/timerslack_ns", "x");
	printf("filter %s", slurp("/proc/self/coredump_filter"));
	put("/proc/self/coredump_filter", "0x7f");
	printf("filter %s", slurp("/proc/self/coredump_filter"));
	put("/proc/self/coredump_filter", "51");
	printf("filter %s", slurp("/proc/self/coredump_filter"));
	printf("setgroups %s", slurp("/proc/self/setgroups"));
	printf("cpuset %s", slurp("/proc/self/cpuset") ? "there\n" : "");
}

static void sockets(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "sock" };
	struct sockaddr_un b = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int d = socket(AF_UNIX, SOCK_DGRAM, 0);
	const char *line;
	char state[64];

	snprintf(b.sun_path + 1, sizeof(b.sun_path) - 1, "test-%d", getpid());
	if (bind(s, (void *)&a, sizeof(a)) || listen(s, 1) ||
	    bind(d, (void *)&b,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			     strlen(b.sun_path + 1))))
		perror("bind");
	slurp("/proc/net/unix");
	printf("%.*s\n", (int)strcspn(text, "\n"), text);
	for (line = text; (line = strchr(line, '\n')); line++)
		if (sscanf(line, "\n%*x: %*x %*x %60[0-9A-F ]", state) == 1 &&
		    !strncmp(line + strcspn(line + 1, "\n") - 3, "sock", 4))
			printf("stream: %.16s\n", state);
	snprintf(state, sizeof(state), "@%s", b.sun_path + 1);
	line = strstr(text, state);
	printf("abstract: %d\n", line && line[strlen(state)] == '\n');
	close(s);
	close(d);
}

static void machine(void)
{
	static const char *const files[] = {
		"/proc/devices",        "/proc/misc",
		"/proc/softirqs",       "/proc/zoneinfo",
		"/proc/buddyinfo",      "/proc/kallsyms",
		"/proc/partitions",     "/proc/diskstats",
		"/proc/swaps",          "/proc/interrupts",
		"/proc/slabinfo",       "/proc/vmstat",
		"/proc/self/sessionid", "/proc/self/schedstat",
	};
	char first[40];
	long a, b, c;

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_RDONLY);

		printf("%s: %s\n", files[i], fd < 0 ? "missing" : "there");
		close(fd);
	}
	snprintf(first, sizeof(first), "%s",
		 slurp("/proc/sys/kernel/random/uuid"));
	slurp("/proc/sys/kernel/random/uuid");
	printf("uuid: %zu characters, another %d\n", strlen(text),
	       strcmp(first, text) != 0);
	slurp("/proc/sys/kernel/random/boot_id");
	snprintf(first, sizeof(first), "%s", text);
	printf("boot id: the same %d\n",
	       !strcmp(first, slurp("/proc/sys/kernel/random/boot_id")));
	slurp("/proc/stat");
	printf("stat: processes %d cpus %d\n", field(text, "\nprocesses ") > 1,
	       strstr(text, "\ncpu0 ") != NULL);
	printf("schedstat: %d fields\n", sscanf(slurp("/proc/self/schedstat"),
						"%ld %ld %ld", &a, &b, &c));
	printf("oom: %d\n", atoi(slurp("/proc/self/oom_score")) > 0);
	slurp("/proc/devices");
	printf("devices: mem %d block %d\n", strstr(text, "\n  1 mem\n") != 0,
	       strstr(text, "\n\nBlock devices:\n") != NULL);
}

static void sys(void)
{
	char path[PATH_MAX], list[32];
	struct stat st;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(list, sizeof(list), cpus > 1 ? "0-%ld\n" : "0\n", cpus - 1);
	printf("online: %d\n",
	       !strcmp(list, slurp("/sys/devices/system/cpu/online")));
	for (long i = 0; i < cpus; i++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%ld/topology/core_id", i);
		if (access(path, R_OK))
			perror(path);
	}
	show(stat("/sys/devices/system/cpu/online", &st));
	printf("mode %o size %ld\n", st.st_mode, (long)st.st_size);
	printf("null: %s", slurp("/sys/class/mem/null/dev"));
	printf("%s", slurp("/sys/devices/virtual/mem/null/uevent"));
	printf("by number: %d\n",
	       realpath("/sys/dev/char/1:3", path) &&
		       !strcmp(path, "/sys/devices/virtual/mem/null"));
	printf("class: %d\n", realpath("/sys/class/mem/null/subsystem", path) &&
				      !strcmp(path, "/sys/class/mem"));
	show(open("/sys/class/none", O_RDONLY));
	show(open("/sys/new", O_CREAT | O_WRONLY, 0600));
	show(mkdir("/sys/new", 0700));
	show(unlink("/sys/devices/system/cpu/online"));
	show(rmdir("/sys/class"));
	printf("node: %s", slurp("/sys/devices/system/node/online"));
}

int main(void)
{
	enter_fresh_folder();
	io();
	smaps();
	settings();
	sockets();
	machine();
	sys();
	return 0;
}
