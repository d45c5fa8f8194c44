/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signal frames on the user stack: the layout is the CPU's ABI.
 */
#pragma once

#include "lib/types.h"

struct frame;

#define ARCH_SIGINFO_SIZE 128

/* A handler to be called, and what sigreturn must bring back. */
struct arch_signal {
	int sig;
	uaddr_t handler, restorer;
	bool with_restorer;
	uint8_t info[ARCH_SIGINFO_SIZE]; /* siginfo_t */
	uint64_t mask;                   /* blocked before */
	/* where the frame goes: below this address */
	uaddr_t stack;
	bool switched; /* to the alternate stack: no red zone below */
	/* the alternate stack, stored in the frame */
	uaddr_t alt_sp;
	size_t alt_size;
	uint32_t alt_flags;
	uaddr_t fault_addr;
};

/* Builds the frame and points f at the handler.  -EFAULT: no stack there. */
int must_check arch_signal_push(struct frame *f, const struct arch_signal *s);

/* Undoes it: registers and floating-point state from the user stack.  What the
 * kernel relies on (segments, privilege, canonical addresses) is kept sane.
 * Fills mask and the alternate stack.  -EFAULT, -EINVAL. */
int must_check arch_signal_pop(struct frame *f, struct arch_signal *s);

/* AT_MINSIGSTKSZ: the largest frame. */
size_t arch_signal_min_stack(void);

/* Prepares a system call to be made again: pc back to the instruction, the
 * number back in place (nr: this one instead, for restart_syscall). */
void arch_syscall_restart(struct frame *f);
/* Whether the frame is of a system call whose result is `err`. */
bool arch_syscall_result_is(const struct frame *f, long err);
