/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve: what the new program gets, what it keeps, scripts, and every
 * ordinary reason not to run.  The program runs itself, as a copy in a folder
 * of its own.
 *
 * build: static dynamic
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scratch.h"

extern char **environ;

/* The new program: says what it sees. */
static int report(int argc, char **argv)
{
	struct sigaction sa;
	char name[16];
	sigset_t mask;
	int open_fds = 0;

	for (int i = 0; i < argc; i++)
		printf("  argv[%d] %.400s\n", i, argv[i]);
	for (char **e = environ; *e; e++)
		printf("  env %s\n", *e);
	for (int fd = 3; fd < 40; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("  fd %d is open\n", fd), open_fds++;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("  mask usr1 %d usr2 %d\n", sigismember(&mask, SIGUSR1),
	       sigismember(&mask, SIGUSR2));
	sigpending(&mask);
	printf("  pending usr1 %d\n", sigismember(&mask, SIGUSR1));
	sigaction(SIGUSR2, NULL, &sa);
	printf("  usr2 %s\n", sa.sa_handler == SIG_DFL ? "default" : "set");
	sigaction(SIGHUP, NULL, &sa);
	printf("  hup %s\n", sa.sa_handler == SIG_IGN ? "ignored" : "not");
	prctl(PR_GET_NAME, name);
	/* By a descriptor it is the number or the name, as Linux got older. */
	printf("  name %s\n", name[0] <= '9' ? "self" : name);
	printf("  umask %o\n", umask(0));
	fflush(stdout);
	return 10 + open_fds;
}

static void run(const char *what, const char *path, char *const argv[],
		char *const envp[])
{
	int status;
	pid_t pid;

	printf("%s\n", what);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execve(path, argv, envp);
		printf("  %s\n", error_name(errno));
		fflush(stdout);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	printf("  status %x\n", status);
}

static void put(const char *name, const char *text, int mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	if (write(fd, text, strlen(text)) < 0)
		perror(name);
	close(fd);
	chmod(name, mode);
}

static void copy_self(void)
{
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open("self", O_WRONLY | O_CREAT, 0755);
	static char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, n) != n)
			perror("self");
	close(from);
	close(to);
}

static void *volatile bad = (void *)1;
static char *const none[] = { NULL };
static char *const two[] = { "report", "b c", "", NULL };
static char *const env[] = { "A=1", "B=", "no sign", NULL };

static void handler(int sig) {}

static void keeping(void)
{
	sigset_t s;
	int a = open("/", O_RDONLY), b = open("/", O_RDONLY | O_CLOEXEC);
	int c = dup2(a, 30), d = fcntl(b, F_DUPFD, 20);

	fcntl(c, F_SETFD, FD_CLOEXEC);
	printf("open: %d %d\n", c, d);
	signal(SIGUSR2, handler);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, NULL);
	umask(027);
	run("keeping", "self", two, env);
	/* Pending signals stay with the process. */
	fflush(stdout);
	if (fork() == 0) {
		raise(SIGUSR1);
		execve("./self", two, none);
	}
	wait(NULL);
	sigprocmask(SIG_UNBLOCK, &s, NULL);
	signal(SIGHUP, SIG_DFL);
	close(a);
	close(b);
	close(c);
	close(d);
	umask(022);
}

static void scripts(void)
{
	char line[400] = "#!./self ";

	put("script", "#!./self\n", 0755);
	run("script", "./script", two, none);
	put("script", "#! \t./self  one two  \n", 0755);
	run("script with an argument", "./script", two, none);
	put("script", "#!./self", 0755);
	run("script without newline", "./script", two, none);
	put("script", "#!./none\n", 0755);
	run("no interpreter", "./script", two, none);
	put("script", "#!\n", 0755);
	run("empty", "./script", two, none);
	put("script", "#!  \n", 0755);
	run("blank", "./script", two, none);
	put("script", "#!./script\n", 0755);
	run("loop", "./script", two, none);
	put("nested", "#!./self inner\n", 0755);
	put("script", "#!./nested outer\n", 0755);
	run("nested", "./script", two, none);
	memset(line + 9, 'x', 380);
	put("script", line, 0755);
	run("long line", "./script", two, none);
	put("script", "echo hello\n", 0755);
	run("no magic", "./script", two, none);
}

static void refusals(void)
{
	char *deep[] = { "x", NULL };

	put("empty", "", 0755);
	put("plain", "#!./self\n", 0644);
	put("short", "\177ELF", 0755);
	put("locked", "#!./plain\n", 0755);
	mkdir("dir", 0755);
	run("nothing", "./none", two, none);
	run("no name", "", two, none);
	run("an empty file", "./empty", two, none);
	run("not executable", "./plain", two, none);
	run("its interpreter is not", "./locked", two, none);
	run("a folder", "./dir", two, none);
	run("below a file", "./self/x", two, none);
	run("a broken program", "./short", two, none);
	run("null", bad, two, none);
	run("bad argv", "./self", bad, none);
	run("bad envp", "./self", deep, bad);
	deep[0] = bad;
	run("bad string", "./self", deep, none);
	unlink("empty");
	unlink("plain");
	unlink("short");
	unlink("locked");
	rmdir("dir");
}

static void limits(void)
{
	static char big[131073], *many[40];
	struct rlimit rl = { 256 * 1024, RLIM_INFINITY };
	int status;

	memset(big, 'a', sizeof(big) - 1);
	many[0] = big;
	run("one string too long", "./self", many, none);
	big[sizeof(big) - 2] = '\0';
	run("as long as may be", "./self", many, none);
	fflush(stdout);
	if (fork() == 0) {
		setrlimit(RLIMIT_STACK, &rl);
		for (int i = 0; i < 30; i++)
			many[i] = big;
		execve("./self", many, none);
		printf("all too long: %s\n", error_name(errno));
		fflush(stdout);
		_exit(3);
	}
	wait(&status);
	printf("  status %x\n", status);
}

static void by_descriptor(void)
{
	int fd = open("self", O_PATH), dir = open(".", O_RDONLY), status;
	int script;

	put("script", "#!./self\n", 0755);
	script = open("script", O_RDONLY | O_CLOEXEC);
	fflush(stdout);
	if (fork() == 0) {
		close(dir);
		close(script);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fexecve(fd, two, env);
		_exit(1);
	}
	wait(&status);
	printf("by descriptor %x\n", status);
	TRY(syscall(SYS_execveat, dir, "none", two, env, 0));
	TRY(syscall(SYS_execveat, dir, "self", two, env, 1));
	TRY(syscall(SYS_execveat, fd, "", two, env, 0));
	TRY(syscall(SYS_execveat, 99, "self", two, env, 0));
	/* The interpreter could not open what is closed by then. */
	TRY(syscall(SYS_execveat, script, "", two, env, AT_EMPTY_PATH));
	fflush(stdout);
	if (fork() == 0) {
		close(fd);
		fcntl(script, F_SETFD, 0);
		syscall(SYS_execveat, script, "", two, env, AT_EMPTY_PATH);
		_exit(1);
	}
	wait(&status);
	printf("script by descriptor %x\n", status);
	symlink("self", "link");
	TRY(syscall(SYS_execveat, dir, "link", two, env, AT_SYMLINK_NOFOLLOW));
	unlink("link");
	close(fd);
	close(dir);
	close(script);
}

int main(int argc, char **argv)
{
	if (argc == 0 || !strstr(argv[0], "execs"))
		return report(argc, argv);
	for (int fd = 3; fd < 100; fd++)
		close(fd);
	scratch_enter();
	copy_self();
	run("no arguments", "./self", none, none);
	run("arguments", "./self", two, env);
	keeping();
	scripts();
	refusals();
	limits();
	by_descriptor();
	unlink("script");
	unlink("nested");
	unlink("self");
	scratch_leave();
	return 0;
}
