/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Job control on a pty: sessions, the controlling terminal, foreground and
 * background groups, stopping and going on, orphans, hanging up.  A child
 * leads a session on the slave and reports through a pipe, so that nothing but
 * the test's own output is on standard output.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "scratch.h"

static int master, report[2];
static char slave_name[32];
static volatile sig_atomic_t caught[NSIG];

static void on_signal(int sig)
{
	caught[sig]++;
}

static void catch (int sig)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(sig, &sa, NULL);
}

static void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vdprintf(report[1], format, ap);
	va_end(ap);
}

#define SAY(call)                                         \
	do {                                              \
		long result_ = (errno = 0, (long)(call)); \
		say("%s: %s\n", #call,                    \
		    result_ < 0 ? error_name(errno)       \
		    : result_   ? "yes"                   \
				: "0");                     \
	} while (0)

static void open_master(void)
{
	int n, off = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ioctl(master, TIOCGPTN, &n);
	ioctl(master, TIOCSPTLCK, &off);
	snprintf(slave_name, sizeof(slave_name), "/dev/pts/%d", n);
}

static void type(const char *s)
{
	if (write(master, s, strlen(s)) < 0)
		perror("type");
}

/* What waitpid(2) tells of a child. */
static void say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		say("%s exited %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		say("%s ended by %d\n", who, WTERMSIG(status));
	else if (WIFSTOPPED(status))
		say("%s stopped by %d\n", who, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		say("%s went on\n", who);
}

static void await(const char *who, pid_t pid, int options)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, options);
	} while (got < 0 && errno == EINTR);
	if (got == pid)
		say_status(who, status);
	else
		say("%s: %s\n", who, got < 0 ? error_name(errno) : "nothing");
}

/* Runs `part` as the leader of a session on a fresh pty. */
static void session(const char *name, void (*part)(int tty))
{
	char buf[512];
	ssize_t n;
	pid_t pid;

	printf("-- %s\n", name);
	fflush(stdout);
	open_master();
	if (pipe2(report, O_CLOEXEC))
		exit(1);
	pid = fork();
	if (pid == 0) {
		int tty;

		setsid();
		tty = open(slave_name, O_RDWR);
		if (tty < 0)
			say("cannot open it\n");
		part(tty);
		_exit(0);
	}
	close(report[1]);
	while ((n = read(report[0], buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, stdout);
	waitpid(pid, NULL, 0);
	close(report[0]);
	close(master);
}

/* A child in a group of its own, in the foreground if wanted. */
static pid_t job(int tty, int foreground, void (*work)(int tty))
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		if (foreground)
			tcsetpgrp(tty, getpid());
		signal(SIGTTOU, SIG_DFL);
		work(tty);
		_exit(0);
	}
	setpgid(pid, pid);
	while (foreground && tcgetpgrp(tty) != pid)
		usleep(1000);
	return pid;
}

static void sleeper(int tty)
{
	(void)tty;
	for (;;)
		pause();
}

static void reader(int tty)
{
	char buf[16];

	_exit(read(tty, buf, sizeof(buf)) > 0 ? buf[0] : 99);
}

static void writer(int tty)
{
	_exit(write(tty, "x", 1) == 1 ? 7 : 99);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void owning(int tty)
{
	int own = open("/dev/tty", O_RDWR);

	SAY(own >= 0);
	SAY(tcgetsid(tty) == getpid());
	SAY(tcgetpgrp(tty) == getpid());
	SAY(tcgetpgrp(own) == getpid());
	SAY(setsid());
	SAY(setpgid(0, 0));
	SAY(tcsetpgrp(tty, getppid()));
	SAY(tcsetpgrp(tty, 999999));
	signal(SIGHUP, SIG_IGN);
	SAY(ioctl(tty, TIOCNOTTY));
	SAY(open("/dev/tty", O_RDWR));
	SAY(tcgetpgrp(tty));
	SAY(ioctl(tty, TIOCSCTTY, 0));
	SAY(tcgetpgrp(tty) == getpid());
}

static void keys(int tty)
{
	pid_t pid = job(tty, 1, sleeper);

	SAY(tcgetpgrp(tty) == pid);
	type("\32");
	await("job", pid, WUNTRACED);
	kill(-pid, SIGCONT);
	await("job", pid, WCONTINUED);
	type("\3");
	await("job", pid, WUNTRACED);
	pid = job(tty, 1, sleeper);
	type("\34");
	await("job", pid, WUNTRACED);
	signal(SIGTTOU, SIG_IGN);
	SAY(tcsetpgrp(tty, getpid()));
}

static void background(int tty)
{
	struct termios t;
	pid_t pid = job(tty, 0, reader);

	await("reader", pid, WUNTRACED);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(tty, pid);
	kill(pid, SIGCONT);
	type("A\n");
	await("reader", pid, WUNTRACED);
	tcsetpgrp(tty, getpid());
	signal(SIGTTOU, SIG_DFL);
	pid = job(tty, 0, writer);
	await("writer", pid, WUNTRACED);
	tcgetattr(tty, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(tty, TCSANOW, &t);
	pid = job(tty, 0, writer);
	await("writer", pid, WUNTRACED);
	end(pid);
	await("nobody", -1, WNOHANG);
}

static void reports(int tty)
{
	siginfo_t info = { 0 };
	pid_t pid = job(tty, 0, sleeper);

	catch (SIGCHLD);
	kill(pid, SIGSTOP);
	SAY(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
	say("code %d status %d\n", info.si_code, info.si_status);
	await("job", pid, WUNTRACED);
	await("job", pid, WUNTRACED | WNOHANG);
	say("told %d times\n", caught[SIGCHLD]);
	kill(pid, SIGCONT);
	SAY(waitid(P_PID, pid, &info, WCONTINUED));
	say("code %d status %d\n", info.si_code, info.si_status);
	kill(pid, SIGSTOP);
	await("job", pid, WUNTRACED);
	kill(pid, SIGTERM);
	await("job", pid, WUNTRACED | WNOHANG);
	kill(pid, SIGCONT);
	await("job", pid, 0);
	pid = job(tty, 0, sleeper);
	kill(pid, SIGSTOP);
	kill(pid, SIGKILL);
	await("job", pid, 0);
}

/* Returns when all others have closed the pipe's write end. */
static void until_closed(const int *pipe)
{
	char c;

	close(pipe[1]);
	while (read(pipe[0], &c, 1) < 0 && errno == EINTR)
		;
}

/* Its parent leaves: it is an orphan then, and was stopped. */
static void orphans(int tty)
{
	int go[2], over[2];
	pid_t pid;

	if (pipe(go) || pipe(over))
		return;
	pid = fork();
	if (pid == 0) {
		pid_t grandchild;

		setpgid(0, 0);
		grandchild = fork();
		if (grandchild == 0) {
			catch (SIGHUP);
			catch (SIGCONT);
			kill(getpid(), SIGSTOP);
			until_closed(go); /* the other one is told first */
			say("orphan: SIGHUP %d SIGCONT %d\n", caught[SIGHUP],
			    caught[SIGCONT]);
			kill(getpid(), SIGTSTP);
			say("orphan: not stopped\n");
			say("orphan reads: %s\n",
			    read(tty, &pid, 1) < 0 ? error_name(errno) : "?");
			_exit(0);
		}
		waitpid(grandchild, NULL, WUNTRACED);
		_exit(0);
	}
	await("parent", pid, 0);
	close(go[1]);
	until_closed(over);
}

static void leaving(int tty)
{
	int ready[2];
	pid_t pid;

	if (pipe(ready))
		return;
	pid = fork();
	if (pid == 0) {
		catch (SIGHUP);
		close(ready[0]);
		close(ready[1]);
		while (!caught[SIGHUP])
			usleep(10000);
		say("told of the end\n");
		say("write: %s\n",
		    write(tty, "x", 1) < 0 ? error_name(errno) : "done");
		say("/dev/tty: %s\n",
		    open("/dev/tty", O_RDWR) < 0 ? error_name(errno) : "there");
		_exit(0);
	}
	until_closed(ready);
}

static void hangup(int tty)
{
	char c;

	catch (SIGHUP);
	catch (SIGCONT);
	catch (SIGWINCH);
	(void)tty;
	close(master);
	/* The other copy is the parent's. */
	kill(getppid(), SIGUSR1);
	while (!caught[SIGHUP] || !caught[SIGCONT])
		usleep(10000);
	say("SIGHUP %d SIGCONT %d\n", caught[SIGHUP], caught[SIGCONT]);
	say("read %zd\n", read(tty, &c, 1));
}

static void resized(int tty)
{
	struct winsize ws = { 10, 20, 0, 0 };

	catch (SIGWINCH);
	SAY(ioctl(master, TIOCSWINSZ, &ws));
	say("SIGWINCH %d\n", caught[SIGWINCH]);
	SAY(ioctl(tty, TIOCSWINSZ, &ws));
	say("SIGWINCH %d\n", caught[SIGWINCH]);
}

static void close_master(int sig)
{
	(void)sig;
	close(master);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = close_master,
				.sa_flags = SA_RESTART };

	alarm(30);
	setvbuf(stdout, NULL, _IOLBF, 0);
	session("owning", owning);
	session("keys", keys);
	session("background", background);
	session("reports", reports);
	session("orphans", orphans);
	session("leaving", leaving);
	session("resized", resized);
	sigaction(SIGUSR1, &sa, NULL);
	session("hangup", hangup);
	return 0;
}
