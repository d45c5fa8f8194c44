/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: how they end and what their parents are told, by every call that
 * waits.
 *
 * build: static dynamic
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "scratch.h"

static pid_t child(void (*fn)(int), int arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn(arg);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

static void leave(int code)
{
	_exit(code);
}

static void die(int sig)
{
	raise(sig);
}

static void late(int code)
{
	usleep(20000);
	_exit(code);
}

static void forever(int unused)
{
	for (;;)
		pause();
}

static void end_of(const char *what, pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, 0) != pid)
		printf("%s: lost\n", what);
	else
		printf("%s: %04x\n", what, status & ~0x80);
}

static void endings(void)
{
	static const int sigs[] = {
		SIGTERM, SIGKILL, SIGUSR1, SIGPIPE, SIGALRM,
		SIGQUIT, SIGABRT, SIGSEGV, 40,      SIGHUP
	};
	static const int quiet[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };

	end_of("exit 0", child(leave, 0));
	end_of("exit 3", child(leave, 3));
	end_of("exit 256+7", child(leave, 263));
	end_of("exit -1", child(leave, -1));
	for (unsigned i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		end_of(strsignal(sigs[i]), child(die, sigs[i]));
	for (unsigned i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		end_of(strsignal(quiet[i]), child(die, quiet[i]));
}

static void killing(void)
{
	pid_t pid = child(forever, 0);
	int status;

	TRY(waitpid(pid, &status, WNOHANG));
	TRY(kill(pid, 0));
	TRY(kill(pid, SIGKILL));
	end_of("killed", pid);
	TRY(kill(pid, 0));
	TRY(waitpid(pid, &status, 0));
}

static void show_info(const char *what, int result, const siginfo_t *si,
		      pid_t pid)
{
	printf("%s: %d signo %d code %d pid %d uid %d status %d\n", what,
	       result, si->si_signo, si->si_code,
	       si->si_pid == pid ? 1 : si->si_pid, si->si_uid, si->si_status);
}

/* A core dump is told of only where there is one. */
static void die_coreless(int sig)
{
	prctl(PR_SET_DUMPABLE, 0);
	die(sig);
}

static void by_id(void)
{
	siginfo_t si;
	pid_t pid = child(leave, 5), other;
	struct rusage ru;
	int r;

	memset(&si, 0xff, sizeof(si));
	r = waitid(P_PID, pid, &si, WEXITED | WNOWAIT);
	show_info("left", r, &si, pid);
	r = waitid(P_PID, pid, &si, WEXITED | WNOHANG);
	show_info("taken", r, &si, pid);
	r = waitid(P_PID, pid, &si, WEXITED);
	printf("gone: %d %s\n", r, error_name(errno));
	pid = child(die, SIGTERM);
	r = waitid(P_ALL, 0, &si, WEXITED);
	show_info("signal", r, &si, pid);
	pid = child(die_coreless, SIGSEGV);
	r = waitid(P_PID, pid, &si, WEXITED);
	show_info("no core", r, &si, pid);
	pid = child(forever, 0);
	memset(&si, 0xff, sizeof(si));
	r = waitid(P_PID, pid, &si, WEXITED | WNOHANG);
	show_info("nothing yet", r, &si, pid);
	other = child(leave, 1);
	TRY(waitid(P_PID, other, NULL, WEXITED));
	TRY(waitid(P_PID, pid, &si, 0));
	TRY(waitid(P_PID, pid, &si, WEXITED | 0x100));
	TRY(waitid(9, pid, &si, WEXITED));
	TRY(waitid(P_PID, 0, &si, WEXITED));
	TRY(waitid(P_PID, -1, &si, WEXITED));
	TRY(waitid(P_PID, getpid(), &si, WEXITED));
	TRY(syscall(SYS_waitid, P_PID, pid, 1, WEXITED | WNOHANG, 0));
	kill(pid, SIGKILL);
	TRY(wait4(pid, NULL, 0, &ru) == pid);
	TRY(wait4(-1, NULL, 0, NULL));
	TRY(wait4(-1, NULL, 0x1000, NULL));
	TRY(wait4(INT32_MIN, NULL, 0, NULL));
	TRY(wait4(-99999, NULL, 0, NULL));
	TRY(wait(NULL));
}

static void which(void)
{
	pid_t pid[3], got;
	int status, sum = 0;

	for (int i = 0; i < 3; i++)
		pid[i] = child(i == 1 ? leave : late, 10 + i);
	got = waitpid(pid[1], &status, 0);
	printf("the chosen: %d %x\n", got == pid[1], status);
	for (int i = 0; i < 2; i++) {
		got = waitpid(0, &status, 0);
		sum += got == pid[0] || got == pid[2] ? WEXITSTATUS(status) : 0;
	}
	printf("the others: %d\n", sum);
	TRY(waitpid(0, &status, 0));
}

static volatile sig_atomic_t told;
static siginfo_t told_info;

static void on_child(int sig, siginfo_t *si, void *ctx)
{
	told++;
	told_info = *si;
}

static void notice(void)
{
	struct sigaction sa = { .sa_sigaction = on_child,
				.sa_flags = SA_SIGINFO };
	sigset_t block, old;
	pid_t pid;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &old);
	sigaction(SIGCHLD, &sa, NULL);
	pid = child(leave, 9);
	while (!told)
		sigsuspend(&old);
	show_info("exited", told, &told_info, pid);
	end_of("then", pid);
	told = 0;
	pid = child(die, SIGKILL);
	while (!told)
		sigsuspend(&old);
	show_info("killed", told, &told_info, pid);
	end_of("then", pid);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sa.sa_flags |= SA_NOCLDWAIT;
	sigaction(SIGCHLD, &sa, NULL);
	pid = child(leave, 9);
	TRY(waitpid(pid, NULL, 0));
	signal(SIGCHLD, SIG_IGN);
	pid = child(late, 9);
	TRY(waitpid(pid, NULL, 0));
	signal(SIGCHLD, SIG_DFL);
}

static int *shared;

static void write_shared(int value)
{
	static int private;

	private = value;
	*shared += value;
	printf("child: parent %d\n", getppid() == *(shared + 1));
	_exit(private);
}

static void memory(void)
{
	pid_t pid;
	int local = 1;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared[1] = getpid();
	end_of("shared", child(write_shared, 7));
	printf("shared %d\n", *shared);
	/* The parent sleeps until the child is gone, and sees what it did. */
	pid = vfork();
	if (pid == 0) {
		shared[2] = 5;
		_exit(4);
	}
	printf("vfork: %d\n", shared[2]);
	end_of("vfork", pid);
	printf("local %d\n", local);
}

static void grandchildren(int depth)
{
	int status;
	pid_t pid;

	while (depth-- > 0) {
		pid = fork();
		if (pid == 0)
			continue;
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status) * 2);
	}
	_exit(1);
}

static int in_clone(void *arg)
{
	*(int *)arg = getpid() != getppid();
	return 77;
}

static char stack[65536];

static void clones(void)
{
	int value = 0, status;
	pid_t pid;

	pid = clone(in_clone, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		    &value);
	end_of("clone", pid);
	printf("value %d\n", value);
	/* Without a signal it is a clone child: __WALL or __WCLONE see it. */
	pid = clone(in_clone, stack + sizeof(stack), CLONE_VM, &value);
	TRY(waitpid(pid, &status, 0));
	TRY(waitpid(pid, &status, __WALL) == pid);
	printf("%x\n", status);
	TRY(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
	TRY(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
	TRY(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
	TRY(syscall(SYS_clone3, NULL, 8));
	TRY(syscall(SYS_clone3, NULL, 64));
	TRY(syscall(SYS_clone3, NULL, 100000));
}

static void many(void)
{
	int sum = 0, status;

	for (int i = 0; i < 40; i++)
		child(leave, i);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	printf("forty: %d\n", sum);
}

int main(void)
{
	printf("parent known %d group %d\n", getppid() >= 0, getpgrp() >= 0);
	TRY(getpid() == gettid());
	TRY(getpgid(0) == getpgrp());
	TRY(getpgid(999999));
	TRY(getsid(999999));
	endings();
	killing();
	by_id();
	which();
	notice();
	memory();
	end_of("generations", child(grandchildren, 5));
	clones();
	many();
	return 0;
}
