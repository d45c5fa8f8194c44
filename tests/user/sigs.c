/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: handlers, masks, what queues and what does not, the alternate
 * stack, restarted calls, and what each call answers.
 *
 * build: static dynamic
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "scratch.h"

static volatile int depth, count;
static volatile sig_atomic_t order[16];

static void note(int sig)
{
	order[count++] = sig;
}

static void show_order(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < count; i++)
		printf(" %d", order[i]);
	printf("\n");
	count = 0;
}

static void set(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	TRY(sigaction(sig, &sa, NULL));
}

static sigset_t only(int a, int b)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, a);
	if (b)
		sigaddset(&s, b);
	return s;
}

static void show_set(const char *what, const sigset_t *s)
{
	printf("%s:", what);
	for (int i = 1; i < 65; i++)
		if (sigismember(s, i) == 1)
			printf(" %d", i);
	printf("\n");
}

static void pending(void)
{
	sigset_t s;

	TRY(sigpending(&s));
	show_set("pending", &s);
}

static void simple(void)
{
	struct sigaction old;

	set(SIGUSR1, note, SA_RESTART);
	TRY(raise(SIGUSR1));
	TRY(kill(getpid(), SIGUSR1));
	show_order("simple");
	TRY(sigaction(SIGUSR1, NULL, &old));
	printf("same %d flags %x\n", old.sa_handler == note,
	       old.sa_flags & 0xf0000003);
	set(SIGUSR1, SIG_IGN, 0);
	TRY(raise(SIGUSR1));
	set(SIGUSR1, note, SA_RESETHAND);
	TRY(raise(SIGUSR1));
	TRY(sigaction(SIGUSR1, NULL, &old));
	printf("reset %d\n", old.sa_handler == SIG_DFL);
	show_order("reset");
	TRY(sigaction(SIGKILL, NULL, &old));
	TRY(sigaction(SIGKILL, &old, NULL));
	TRY(sigaction(SIGSTOP, &old, NULL));
	TRY(sigaction(0, NULL, &old));
	TRY(sigaction(65, NULL, &old));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, 1, 0, 8));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, 0, 1, 8));
	TRY(kill(getpid(), 0));
	TRY(kill(getpid(), 65));
	TRY(kill(getpid(), -1));
	TRY(kill(999999999, 0));
	TRY(kill(-999999, 0));
	TRY(syscall(SYS_tgkill, getpid(), getpid(), 0));
	TRY(syscall(SYS_tgkill, getpid() + 1, getpid(), 0));
	TRY(syscall(SYS_tgkill, 0, getpid(), 0));
	TRY(syscall(SYS_tkill, -1, SIGUSR1));
}

static void masks(void)
{
	sigset_t s = only(SIGUSR1, SIGUSR2), old;

	set(SIGUSR1, note, 0);
	set(SIGUSR2, note, 0);
	TRY(sigprocmask(SIG_BLOCK, &s, &old));
	show_set("old", &old);
	TRY(raise(SIGUSR2));
	TRY(raise(SIGUSR1));
	TRY(raise(SIGUSR1));
	show_order("blocked");
	pending();
	s = only(SIGUSR2, 0);
	TRY(sigprocmask(SIG_UNBLOCK, &s, NULL));
	show_order("one unblocked");
	TRY(sigprocmask(SIG_SETMASK, &old, &s));
	show_order("all unblocked");
	show_set("was", &s);
	pending();
	sigfillset(&s);
	TRY(sigprocmask(SIG_SETMASK, &s, NULL));
	TRY(sigprocmask(SIG_BLOCK, NULL, &s));
	printf("kill %d stop %d hup %d\n", sigismember(&s, SIGKILL),
	       sigismember(&s, SIGSTOP), sigismember(&s, SIGHUP));
	TRY(sigprocmask(SIG_SETMASK, &old, NULL));
	TRY(sigprocmask(7, &s, NULL));
	TRY(sigprocmask(7, NULL, &s));
	TRY(syscall(SYS_rt_sigprocmask, 0, 1, 0, 8));
	TRY(syscall(SYS_rt_sigprocmask, 0, 0, 1, 8));
	TRY(syscall(SYS_rt_sigprocmask, 0, 0, 0, 4));
	TRY(syscall(SYS_rt_sigpending, 1, 8));
	TRY(syscall(SYS_rt_sigpending, &s, 16));
}

/* A blocked signal stays pending though its action would be to ignore it; one
 * that is set to be ignored is forgotten. */
static void ignoring(void)
{
	sigset_t s = only(SIGCHLD, SIGUSR1), old;

	TRY(sigprocmask(SIG_BLOCK, &s, &old));
	set(SIGCHLD, SIG_DFL, 0);
	TRY(raise(SIGCHLD));
	pending();
	set(SIGCHLD, note, 0);
	set(SIGUSR1, note, 0);
	TRY(raise(SIGUSR1));
	pending();
	set(SIGUSR1, SIG_IGN, 0);
	pending();
	set(SIGUSR1, note, 0);
	TRY(sigprocmask(SIG_SETMASK, &old, NULL));
	show_order("late handlers");
	set(SIGCHLD, SIG_DFL, 0);
}

static void nested(int sig)
{
	order[count++] = sig;
	if (++depth < 3)
		raise(sig);
	order[count++] = -sig;
}

static void nesting(void)
{
	struct sigaction sa = { .sa_handler = nested };
	sigset_t s;

	depth = 0;
	set(SIGUSR1, nested, SA_NODEFER);
	TRY(raise(SIGUSR1));
	show_order("nodefer");
	depth = 0;
	set(SIGUSR1, nested, 0);
	TRY(raise(SIGUSR1));
	show_order("deferred");
	sa.sa_mask = only(SIGUSR2, SIGKILL);
	TRY(sigaction(SIGUSR2, &sa, NULL));
	TRY(sigaction(SIGUSR2, NULL, &sa));
	show_set("mask", &sa.sa_mask);
	depth = 0;
	TRY(raise(SIGUSR2));
	show_order("masked itself");
	TRY(sigprocmask(SIG_BLOCK, NULL, &s));
	show_set("after", &s);
}

static void details(int sig, siginfo_t *si, void *ctx)
{
	printf("signal %d code %d errno %d pid %d uid %d\n", si->si_signo,
	       si->si_code, si->si_errno, si->si_pid == getpid(), si->si_uid);
}

static void realtime(void)
{
	struct sigaction sa = { .sa_sigaction = details,
				.sa_flags = SA_SIGINFO };
	sigset_t s, old;

	sigfillset(&s);
	TRY(sigaction(40, &sa, NULL));
	TRY(sigaction(41, &sa, NULL));
	TRY(sigaction(SIGUSR1, &sa, NULL));
	TRY(sigprocmask(SIG_BLOCK, &s, &old));
	TRY(kill(getpid(), 41));
	TRY(kill(getpid(), 40));
	TRY(kill(getpid(), 40));
	TRY(syscall(SYS_tgkill, getpid(), getpid(), 40));
	TRY(kill(getpid(), SIGUSR1));
	TRY(kill(getpid(), SIGUSR1));
	pending();
	fflush(stdout);
	TRY(sigprocmask(SIG_SETMASK, &old, NULL));
	pending();
}

static char alt[65536];

static void where(int sig)
{
	char here;
	stack_t ss;

	sigaltstack(NULL, &ss);
	printf("on the alternate stack: %d, flags %d\n",
	       &here >= alt && &here < alt + sizeof(alt), ss.ss_flags);
	TRY(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL));
}

static void altstack(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) }, old;

	TRY(sigaltstack(NULL, &old));
	printf("flags %d\n", old.ss_flags);
	TRY(sigaltstack(&ss, NULL));
	set(SIGUSR1, where, SA_ONSTACK);
	TRY(raise(SIGUSR1));
	TRY(sigaltstack(NULL, &old));
	printf("flags %d size %zu same %d\n", old.ss_flags, old.ss_size,
	       old.ss_sp == alt);
	ss.ss_size = 100;
	TRY(sigaltstack(&ss, NULL));
	ss.ss_size = sizeof(alt);
	ss.ss_flags = 8;
	TRY(sigaltstack(&ss, NULL));
	ss.ss_flags = SS_DISABLE;
	TRY(sigaltstack(&ss, NULL));
	set(SIGUSR1, where, SA_ONSTACK);
	TRY(raise(SIGUSR1));
	TRY(sigaltstack((void *)1, NULL));
}

/* Sends sig again and again, for the one who waits may not sleep yet. */
struct sender {
	pthread_t who, self;
	int sig;
	volatile int over;
};

static void *send_until(void *arg)
{
	struct sender *s = arg;

	while (!s->over) {
		pthread_kill(s->who, s->sig);
		usleep(3000);
	}
	return NULL;
}

static void stop(struct sender *s)
{
	s->over = 1;
	pthread_join(s->self, NULL);
}

static volatile int handled;

static void handle(int sig)
{
	handled = 1;
}

static int ends[2];

static void handle_and_write(int sig)
{
	if (!handled)
		(void)!write(ends[1], "x", 1);
	handled = 1;
}

static void start(struct sender *s, int sig)
{
	sigset_t all, old;

	handled = 0;
	*s = (struct sender){ .who = pthread_self(), .sig = sig };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&s->self, NULL, send_until, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void interrupted(void)
{
	struct sender s;
	char c;

	TRY(pipe(ends));
	set(SIGUSR1, handle, 0);
	start(&s, SIGUSR1);
	TRY(read(ends[0], &c, 1));
	stop(&s);
	set(SIGUSR1, handle_and_write, SA_RESTART);
	start(&s, SIGUSR1);
	TRY(read(ends[0], &c, 1));
	stop(&s);
	start(&s, SIGUSR1);
	TRY(pause());
	stop(&s);
	TRY(read(ends[0], &c, 1));
	TRY(close(ends[0]) + close(ends[1]));
}

static void suspend(void)
{
	sigset_t s = only(SIGUSR1, SIGUSR2), none, now;

	sigemptyset(&none);
	set(SIGUSR1, note, 0);
	set(SIGUSR2, note, 0);
	TRY(sigprocmask(SIG_BLOCK, &s, NULL));
	TRY(raise(SIGUSR1));
	TRY(sigsuspend(&none));
	show_order("suspend");
	TRY(raise(SIGUSR1));
	TRY(raise(SIGUSR2));
	now = only(SIGUSR1, 0);
	TRY(sigsuspend(&now));
	show_order("suspend for one");
	pending();
	TRY(sigprocmask(SIG_SETMASK, &none, &now));
	show_set("mask", &now);
	show_order("the other");
	TRY(syscall(SYS_rt_sigsuspend, &none, 4));
	TRY(syscall(SYS_rt_sigsuspend, 1, 8));
}

static void inherited(void)
{
	sigset_t s = only(SIGUSR1, 0), now;
	int status;
	pid_t pid;

	set(SIGUSR1, note, 0);
	TRY(sigprocmask(SIG_BLOCK, &s, NULL));
	TRY(raise(SIGUSR1));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		pending(); /* not inherited, the mask is */
		sigprocmask(SIG_BLOCK, NULL, &now);
		show_set("child's mask", &now);
		fflush(stdout);
		raise(SIGUSR1);
		sigprocmask(SIG_UNBLOCK, &s, NULL);
		_exit(count);
	}
	waitpid(pid, &status, 0);
	printf("child %x\n", status);
	TRY(sigprocmask(SIG_UNBLOCK, &s, NULL));
	show_order("parent");
}

int main(void)
{
	simple();
	masks();
	ignoring();
	nesting();
	realtime();
	altstack();
	interrupted();
	suspend();
	inherited();
	return 0;
}
