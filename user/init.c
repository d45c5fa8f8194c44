/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's first program: makes the ground ready, starts PROGRAM, and ends
 * as that did.
 *
 * The launcher leaves its orders in /.dunlin/run, records that end in NUL:
 *
 *	exe=PATH	what to execute, absolute (else the first arg)
 *	cwd=DIR		where to stand
 *	arg=WORD	argv, in order
 *	env=K=V		environment, in order
 *	tty=FDS		these of 0, 1, 2 are the terminal: "012"
 *	winsize=R C	its rows and columns
 *
 * /dev is there already; /proc is mounted here, and /sys if the kernel has it.
 * /tmp needs no mount of its own: the root is memory, and a mount would hide
 * what was packed there.  Standard input, output and error are the virtio ports;
 * where there are none the kernel was booted by hand, and they are its console.
 *
 * PROGRAM runs in a session of its own; where it has a terminal, that is its
 * controlling one.  Process 1 waits for it, and for the orphans that come to
 * it, then ends with its status or by its signal, and the kernel tells the
 * launcher.  A further process listens at the control port for lines
 * "winsize ROWS COLS".
 */
#include "user/sys.h"

#define RUN_FILE   "/.dunlin/run"
#define PORT(name) "/dev/virtio-ports/dunlin." name
#define TERMINAL   "/dev/hvc0"
#define CONSOLE    "/dev/console"

/* Bounds that the launcher knows too (image.py). */
enum { RUN_MAX = 1 << 20, WORDS_MAX = 1 << 14 };

static char run_text[RUN_MAX + 1];

static struct {
	const char *exe;
	const char *cwd;
	const char *tty;
	const char *winsize;
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
	else if ((v = value_of(record, "tty=")))
		run.tty = v;
	else if ((v = value_of(record, "winsize=")))
		run.winsize = v;
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

/* Whether the launcher wants that descriptor to be the terminal. */
static int on_terminal(int fd)
{
	for (const char *p = run.tty; p && *p; p++)
		if (*p == '0' + fd)
			return 1;
	return 0;
}

static const char *number_of(const char *s, uint16_t *value)
{
	*value = 0;
	while (*s == ' ')
		s++;
	for (; *s >= '0' && *s <= '9'; s++)
		*value = (uint16_t)(*value * 10 + (*s - '0'));
	return s;
}

static void set_size(int fd, const char *text)
{
	struct {
		uint16_t rows, cols, x, y;
	} size = { 0 };

	number_of(number_of(text, &size.rows), &size.cols);
	sys_ioctl(fd, SYS_TIOCSWINSZ, &size);
}

static int has(const char *path)
{
	long fd = sys_open(path, SYS_O_RDONLY);

	if (fd >= 0)
		sys_close((int)fd);
	return fd >= 0;
}

/* The console is not taken as terminal by being opened. */
static void open_console(void)
{
	for (int fd = 0; fd < 3; fd++)
		open_port(fd, CONSOLE, SYS_O_RDWR);
	sys_ioctl(0, SYS_TIOCSCTTY, NULL);
}

static void open_streams(void)
{
	static const char *const port[] = { PORT("stdin"), PORT("stdout"),
					    PORT("stderr") };

	for (int fd = 0; fd < 3; fd++) {
		if (on_terminal(fd))
			open_port(fd, TERMINAL, SYS_O_RDWR);
		else
			open_port(fd, port[fd],
				  fd ? SYS_O_WRONLY : SYS_O_RDONLY);
	}
	if (run.winsize && on_terminal(0))
		set_size(0, run.winsize);
}

static void become_program(void)
{
	long error;

	sys_setsid();
	if (has(PORT("stdout")))
		open_streams();
	else
		open_console();
	if (run.cwd) {
		error = sys_chdir(run.cwd);
		if (error)
			die(run.cwd, error, 125);
	}
	error = sys_execve(run.exe, run.argv, run.envp);
	die(run.exe, error, error == -SYS_ENOENT ? 127 : 126);
}

/* Follows the host's terminal: one line for each change of its size. */
static void follow_size(void)
{
	static char line[64];
	long control = sys_open(PORT("control"), SYS_O_RDONLY);
	long tty = sys_open(TERMINAL, SYS_O_RDWR | SYS_O_NOCTTY);
	size_t len = 0;

	while (sys_read((int)control, line + len, 1) == 1) {
		if (line[len] != '\n') {
			len += len < sizeof(line) - 1;
			continue;
		}
		line[len] = 0;
		len = 0;
		if (value_of(line, "winsize "))
			set_size((int)tty, value_of(line, "winsize "));
	}
	sys_exit(0);
}

/* Ends as PROGRAM did, once it has. */
static void wait_for(long program)
{
	int status = 0;
	long pid;

	do {
		pid = sys_wait(&status);
	} while (pid != program && pid > 0);
	if (status & 0x7f)
		sys_raise(status & 0x7f);
	sys_exit(status & 0x7f ? 128 + (status & 0x7f) : status >> 8);
}

void user_main(long *stack)
{
	long program;

	sys_mount("proc", "/proc", MS_USUAL);
	sys_mount("sysfs", "/sys", MS_USUAL);
	sys_mkdir("/dev/pts", 0755);
	sys_mount("devpts", "/dev/pts", MS_DEVICES);
	sys_mkdir("/dev/shm", 01777); /* shm_open(3), sem_open(3) */
	sys_mount("tmpfs", "/dev/shm", MS_MEMORY);
	for (int fd = 0; fd < 3; fd++)
		sys_close(fd);
	read_orders();
	program = sys_fork();
	if (program == 0)
		become_program();
	if (run.tty && sys_fork() == 0)
		follow_size();
	wait_for(program);
}
