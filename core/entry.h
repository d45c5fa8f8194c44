/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one way up: the closed list of functions that arch/ and the low floors
 * call and that higher floors define.  tools/check reads this file; a name
 * that is not here cannot be called upwards.
 */
#pragma once

#include "lib/types.h"

struct frame;
struct thread;

/* init/main.c: CPU 0, on its boot stack, interrupts off, boot_info filled. */
noreturn void kernel_main(void);
/* init/smp.c: every other CPU, on its idle thread's stack, interrupts off. */
noreturn void kernel_secondary(void);

/* core/irq.c: a device or timer interrupt; interrupts off.  `line` is what
 * the CPU's vector stands for (see core/irq.h). */
void trap_irq(struct frame *f, unsigned line);
/* core/trap.c (debug/ later): a non-maskable interrupt. */
void trap_nmi(struct frame *f);

/*
 * vm/fault.c: a page fault.  `write` and `exec` tell the access, `user` the
 * mode it came from.  Returns true when the access can be repeated; false
 * from kernel mode means that nobody could resolve it (arch then looks for a
 * fix-up, and dies without one).  A user fault is always resolved or turned
 * into a signal.  Interrupts are as they were when it happened.
 */
struct fault_info {
	uaddr_t addr;
	bool write, exec, user, present;
};
bool trap_fault(struct frame *f, const struct fault_info *info);

/* sys/dispatch.c: a system call; interrupts on. */
void trap_syscall(struct frame *f);

/* proc/trap.c: an exception from user mode other than a page fault:
 * raises `sig` with si_code `code` at address `addr`. */
void trap_user_exception(struct frame *f, int sig, int code, uaddr_t addr);

/* core/trap.c (debug/ later): breakpoint or single step in the kernel;
 * true when it was handled. */
bool trap_debug(struct frame *f);

/*
 * proc/trap.c: the way back to user mode has work to do (a signal, a
 * reschedule).  Interrupts off on entry and on return; called again while
 * work remains.
 */
void trap_user_return(struct frame *f);

/* sched/runqueue.c: preemption just became possible and is wanted. */
void sched_preempt(void);
/* ... the same at the end of an interrupt: interrupts off. */
void sched_preempt_irq(void);
/* sched/thread.c: the first thing a new thread does. */
void sched_thread_begin(void);
/* sched/thread.c: the end of a thread function. */
noreturn void sched_thread_exit(void);

/* proc/signal.c: raises a signal for the running thread from a low floor. */
void signal_raise(int sig);

/* mm_reclaim (vm/): free what can be freed; returns pages freed.  May sleep
 * when `may_sleep`. */
size_t mm_reclaim(size_t want_pages, bool may_sleep);
/* proc/oom.c: memory is gone: kill somebody.  False: nobody to kill. */
bool oom_kill(void);
