/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread is to the CPU: a kernel stack, a saved stack pointer, and the
 * user registers that entry code does not save (floating point, TLS base).
 *
 * impl/thread.h defines ARCH_STACK_SIZE and struct arch_thread.  Its first
 * member is the saved kernel stack pointer.
 */
#pragma once

#include "lib/types.h"

#include "impl/thread.h"

struct frame;
struct thread;

#define STACK_CANARY 0x57AC6E9Du /* lowest word of every kernel stack */

/* Prepares a new thread's stack (top = one past its end) so that the first
 * switch to it calls fn(arg) with preemption off and interrupts on. */
void arch_thread_init(struct arch_thread *t, vaddr_t stack_top,
		      void (*fn)(void *arg), void *arg);

/*
 * Switches from prev to next; returns, in prev's next life, the thread that
 * was switched away from.  Interrupts are off, preemption is off.  Sets the
 * CPU's `current` and kernel stack top, saves and restores TLS bases and
 * floating-point state of threads that have a user side.
 */
struct thread *arch_switch(struct thread *prev, struct thread *next);

/* The user frame at the top of a stack, valid for threads with a user side. */
struct frame *arch_user_frame(vaddr_t stack_top);

/* Leaves the kernel for the first time with the registers of `f`, which is
 * this thread's arch_user_frame(). */
noreturn void arch_enter_user(struct frame *f);

/* Fresh registers for a program: everything zero but pc and sp. */
void arch_frame_init_user(struct frame *f, uaddr_t pc, uaddr_t sp);

/* Floating-point and vector state.  `area` is arch_fpu_size() bytes, 64-byte
 * aligned, owned by the thread; a NULL area means no user side. */
size_t arch_fpu_size(void);
void arch_fpu_init(void *area);       /* the state of a new program */
void arch_fpu_load(const void *area); /* now, into the running CPU */
void arch_fpu_save(void *area);       /* now, from the running CPU */

/* Gives a thread a user side: `fpu` is its area, owned by the caller. */
void arch_thread_attach_user(struct arch_thread *t, void *fpu);

/* fork: a thread that does not run yet gets the running one's user registers
 * that no frame holds. */
void arch_thread_copy_user(struct arch_thread *t);

/* exec, on the running thread: thread-local storage bases and floating-point
 * state back to their start. */
void arch_thread_reset_user(struct arch_thread *t);

/* clone with CLONE_SETTLS, on a thread that does not run yet.  -EPERM: base is
 * no user address. */
must_check int arch_thread_set_tls(struct arch_thread *t, uaddr_t base);
