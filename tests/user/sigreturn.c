/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a handler writes into the saved registers is what the program goes on
 * with, also where the signal came upon a system call; and addresses that
 * cannot be the user's are refused.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void on_signal(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RBX] = 0x1234;
	uc->uc_mcontext.gregs[REG_R12] = 0x5678;
}

/* kill(self, sig) with known values in registers that calls preserve. */
static void kill_self(void)
{
	register long r12 __asm__("r12") = 2;
	long rbx = 1, rax = SYS_kill;

	__asm__ volatile("syscall"
			 : "+a"(rax), "+b"(rbx), "+r"(r12)
			 : "D"((long)getpid()), "S"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
	printf("kill %ld rbx %#lx r12 %#lx\n", rax, rbx, r12);
}

static void clone_bad_tls(void)
{
	static const unsigned long bases[] = { 1ul << 47, 1ul << 63, ~0ul };

	for (unsigned i = 0; i < 3; i++) {
		long pid = syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0,
				   bases[i]);

		if (pid == 0)
			_exit(0);
		printf("clone %d errno %d\n", pid > 0, pid < 0 ? errno : 0);
	}
}

/* A place for the id that is not there: the child runs all the same. */
static void clone_bad_parent_tid(void)
{
	long pid =
		syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, 8, 0, 0);
	int status = -1;

	if (pid == 0)
		_exit(3);
	printf("waited %d", waitpid((pid_t)pid, &status, 0) == pid);
	printf(" status %#x\n", (unsigned)status);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };

	setvbuf(stdout, NULL, _IONBF, 0);
	sigaction(SIGUSR1, &sa, NULL);
	kill_self();
	clone_bad_tls();
	clone_bad_parent_tid();
	return 0;
}
