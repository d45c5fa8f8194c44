/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's first program: makes the ground ready and becomes PROGRAM.
 *
 * The launcher leaves its orders in /.dunlin/run, records that end in NUL:
 *
 *	exe=PATH	what to execute, absolute (else the first arg)
 *	cwd=DIR		where to stand
 *	arg=WORD	argv, in order
 *	env=K=V		environment, in order
 *
 * /dev is there already; /proc is mounted here, and /sys if the kernel has it.
 * /tmp needs no mount of its own: the root is memory, and a mount would hide
 * what was packed there.  Standard input, output and error are the virtio ports.
 * PROGRAM keeps process id 1, and its end is the guest's.
 */
#include "user/sys.h"

#define RUN_FILE   "/.dunlin/run"
#define PORT(name) "/dev/virtio-ports/dunlin." name

/* Bounds that the launcher knows too (image.py). */
enum { RUN_MAX = 1 << 20, WORDS_MAX = 1 << 14 };

static char run_text[RUN_MAX + 1];

static struct {
	const char *exe;
	const char *cwd;
	size_t argc;
	size_t envc;
	char *argv[WORDS_MAX + 1];
	char *envp[WORDS_MAX + 1];
} run;

void user_main(long *stack);
void *memset(void *to, int byte, size_t len);

SYS_START;

/* The compiler may call it for any loop that clears. */
void *memset(void *to, int byte, size_t len)
{
	volatile char *p = to;

	while (len--)
		*p++ = (char)byte;
	return to;
}

static size_t text_len(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void say(const char *s)
{
	sys_write(2, s, text_len(s));
}

/* An errno has four digits at most; some CPUs have no division. */
static void say_number(long value)
{
	char digit[2] = "0";

	static const long units[] = { 1000, 100, 10, 1 };

	for (size_t i = 0; i < 4; i++) {
		for (digit[0] = '0'; value >= units[i]; value -= units[i])
			digit[0]++;
		say(digit);
	}
}

static void die(const char *what, long error, int status)
{
	say("dunlin: ");
	say(what);
	if (error == -SYS_ENOENT)
		say(": No such file or directory\n");
	else if (error == -SYS_EACCES)
		say(": Permission denied\n");
	else if (error == -SYS_ENOEXEC)
		say(": Exec format error\n");
	else {
		say(": error ");
		say_number(-error);
		say("\n");
	}
	sys_exit(status);
}

/* Returns what follows KEY in RECORD, or NULL if it is another's record. */
static char *value_of(char *record, const char *key)
{
	while (*key && *record == *key) {
		record++;
		key++;
	}
	return *key ? NULL : record;
}

static void take_record(char *record)
{
	char *v;

	if ((v = value_of(record, "arg=")) && run.argc < WORDS_MAX)
		run.argv[run.argc++] = v;
	else if ((v = value_of(record, "env=")) && run.envc < WORDS_MAX)
		run.envp[run.envc++] = v;
	else if ((v = value_of(record, "exe=")))
		run.exe = v;
	else if ((v = value_of(record, "cwd=")))
		run.cwd = v;
}

static void read_orders(void)
{
	long fd = sys_open(RUN_FILE, SYS_O_RDONLY), n;
	size_t len = 0;
	char *p;

	if (fd < 0)
		die(RUN_FILE, fd, 125);
	while (len < RUN_MAX) {
		n = sys_read((int)fd, run_text + len, RUN_MAX - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	sys_close((int)fd);
	for (p = run_text; p < run_text + len; p += text_len(p) + 1)
		take_record(p);
	if (!run.exe)
		run.exe = run.argv[0];
	if (!run.exe)
		die(RUN_FILE, -SYS_ENOENT, 125);
}

/* A missing port becomes /dev/null, so that the numbers stay right. */
static void open_port(int want, const char *path, int flags)
{
	long fd = sys_open(path, flags);

	if (fd < 0)
		fd = sys_open("/dev/null", flags);
	if (fd >= 0 && fd != want) {
		sys_dup2((int)fd, want);
		sys_close((int)fd);
	}
}

static void open_ports(void)
{
	for (int fd = 0; fd < 3; fd++)
		sys_close(fd);
	open_port(0, PORT("stdin"), SYS_O_RDONLY);
	open_port(1, PORT("stdout"), SYS_O_WRONLY);
	open_port(2, PORT("stderr"), SYS_O_WRONLY);
}

void user_main(long *stack)
{
	long error;

	sys_mount("proc", "/proc");
	sys_mount("sysfs", "/sys");
	open_ports();
	read_orders();
	if (run.cwd) {
		error = sys_chdir(run.cwd);
		if (error)
			die(run.cwd, error, 125);
	}
	error = sys_execve(run.exe, run.argv, run.envp);
	die(run.exe, error, error == -SYS_ENOENT ? 127 : 126);
}
