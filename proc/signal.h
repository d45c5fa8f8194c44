/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending and taking signals.  All take the target's signal_lock themselves.
 */
#pragma once

#include "lib/types.h"

#include "proc/siginfo.h"

struct frame;
struct process;
struct task;

void signal_queue_init(struct signal_queue *q);
void signal_queue_flush(struct signal_queue *q);

/* To a process (some thread takes it) or to one thread; 0 or -EAGAIN when a
 * real-time signal finds no memory. */
int must_check signal_send_process(struct process *p,
				   const struct signal_info *info);
int must_check signal_send_task(struct task *t, const struct signal_info *info);
/* Cannot be ignored or blocked away: for faults. */
void signal_force(const struct signal_info *info);

/* A table of actions, one reference: `from` itself when `share`, else a copy
 * of it, or all default (NULL).  NULL: no memory. */
struct signal_actions *signal_actions_create(struct signal_actions *from,
					     bool share);
void signal_actions_put(struct signal_actions *a);
/* exec: the running process's table is its own from here on; -ENOMEM. */
int must_check signal_unshare_actions(void);
/* What p does with the signal, at this moment. */
struct signal_action signal_action_get(struct process *p, int sig);
void signal_action_set(struct process *p, int sig,
		       const struct signal_action *new,
		       struct signal_action *old);
/* t takes no signals any more: others of its process may have to. */
void signal_leave(struct task *t);

/* Changes the running thread's mask. */
void signal_set_mask(sigset_t mask);
/* An action was set: what would be ignored now is no longer pending. */
void signal_forget_ignored(struct process *p, int sig);
/* exec: handlers back to default, pending stay. */
void signal_reset_for_exec(struct process *p);

/* On the way to user mode: takes what is deliverable. */
void signal_deliver(struct frame *f);
/* Recomputes WORK_SIGNAL of the running thread. */
void signal_recalc(void);

/* Takes one pending signal of the set from the running thread or its process,
 * blocked or not; false: none. */
bool must_check signal_dequeue(sigset_t set, struct signal_info *info);
/* sigtimedwait(2): waits until one of the set is pending and takes it; 0,
 * -EAGAIN at the monotonic deadline (0: at once), -EINTR. */
int must_check signal_wait(sigset_t set, nsec_t deadline,
			   struct signal_info *info);
/* siginfo_t as user space sees it (sigaction(2)): ARCH_SIGINFO_SIZE bytes. */
void signal_encode_info(const struct signal_info *info, uint8_t *out);

/* May the running thread send sig to p?  0 or -EPERM. */
int must_check signal_permission(struct process *p, int sig);
