/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of proc/: how processes are made and unmade. */
#pragma once

#include "proc/process.h"

/* One reference, the caller's; limits and signal actions are the parent's
 * (NULL: defaults), the actions shared with it or copied.  NULL: no memory. */
struct process *process_create(struct process *parent, bool share_actions);
/* A thread of p that will run fn(arg), with a user side, no id, not started.
 * The caller gives it credentials, files and directories. */
int must_check process_task_create(struct process *p, const char *name,
				   void (*fn)(void *arg), void *arg,
				   struct task **out);
/* The table of ids holds a reference on the thread until the id is freed. */
int must_check process_id_alloc(struct task *t);
void process_id_free(int id);
/* t, the only thread left, takes its process's id as the leader's heir. */
void process_become_leader(struct task *t);
/* As process_next, without a reference. */
struct process *process_next_locked(int *pid);

/* A parent that waits in vfork; on its stack. */
struct vfork_wait {
	struct waitq waitq;
	bool done;
};
void process_vfork_done(struct task *t);
/* exec: ends the other threads of the running one's process; it has the
 * process's id then.  -EAGAIN: it is itself being ended. */
int must_check process_end_others(void);
/* All of p's threads but `but` (NULL: none is spared) leave with that status,
 * at their next way to user mode. */
void process_end_locked(struct process *p, struct task *but, int status);
/* Makes t one of p's threads; the first is its leader. */
void process_attach_locked(struct process *p, struct task *t);

/* CLONE_PIDFD: a descriptor that nobody can use before it is settled, and its
 * number stored at `user`; -EMFILE, -ENOMEM, -EFAULT. */
struct pidfd_slot {
	struct file *file; /* NULL: none was wanted */
	unsigned fd;
};
int must_check pidfd_reserve(struct process *p, uaddr_t user,
			     struct pidfd_slot *slot);
/* The process was born, or was not: the descriptor goes. */
void pidfd_settle(const struct pidfd_slot *slot, bool born);
