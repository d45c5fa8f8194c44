/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parents and children.  Everything here that looks at the tree holds
 * process_lock; a parent sleeps on its own child_wait and looks again.
 */
#include "proc/wait.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "core/panic.h"
#include "proc/job.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "sched/cred.h"

/* Who does not end with SIGCHLD is a clone child (wait(2)). */
static bool right_kind(const struct process *c, unsigned options)
{
	bool clone = c->exit_signal != SIGCHLD;

	return (options & __WALL) || clone == !!(options & __WCLONE);
}

static bool matches(const struct process *c, const struct wait_request *rq)
{
	if (!right_kind(c, rq->options))
		return false;
	switch (rq->type) {
	case P_PID: return c->pid == rq->id;
	case P_PGID: return c->pgrp == rq->id;
	default: return true;
	}
}

static int code_of(int status)
{
	if (!(status & 0x7f))
		return CLD_EXITED;
	return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

/* Takes what there is to tell about c; true if there was something. */
static bool take_locked(struct process *c, const struct wait_request *rq,
			struct wait_result *r)
{
	bool keep = rq->options & WNOWAIT;

	*r = (struct wait_result){ .pid = c->pid, .uid = c->uid };
	if (c->zombie && (rq->options & WEXITED)) {
		r->status = c->exit_status;
		r->code = code_of(c->exit_status);
		r->runtime = c->dead_runtime + c->children_runtime;
		return true;
	}
	if (c->stop_report && (rq->options & WSTOPPED)) {
		r->status = c->stop_report << 8 | 0x7f;
		r->code = CLD_STOPPED;
		if (!keep)
			c->stop_report = 0;
		return true;
	}
	if (c->continue_report && (rq->options & WCONTINUED)) {
		r->status = 0xffff;
		r->code = CLD_CONTINUED;
		if (!keep)
			c->continue_report = false;
		return true;
	}
	return false;
}

static void unlink_locked(struct process *c)
{
	list_del(&c->sibling);
	list_init(&c->sibling);
	c->parent = NULL;
}

/* 1, 0 (nothing yet), -ECHILD.  *dead: to be freed outside the lock. */
static int look(const struct wait_request *rq, struct wait_result *r,
		struct process **dead)
{
	struct process *self = process_current(), *c;
	int found = -ECHILD;

	*dead = NULL;
	spin_lock(&process_lock);
	list_for_each (c, &self->children, sibling) {
		if (!matches(c, rq))
			continue;
		found = 0;
		if (!take_locked(c, rq, r))
			continue;
		found = 1;
		if (r->code <= CLD_DUMPED && !(rq->options & WNOWAIT)) {
			self->children_runtime += r->runtime;
			unlink_locked(c);
			*dead = c;
		}
		break;
	}
	spin_unlock(&process_lock);
	return found;
}

int wait_for_child(const struct wait_request *rq, struct wait_result *r)
{
	struct process *dead = NULL;
	int found = 0, err = 0;

	if (rq->options & WNOHANG)
		found = look(rq, r, &dead);
	else
		err = waitq_wait_interruptible(&process_current()->child_wait,
					       (found = look(rq, r, &dead)) !=
						       0);
	if (dead) {
		process_id_free(dead->pid);
		process_put(dead);
	}
	return err ? err : found;
}

static bool parent_does_not_care(struct process *parent, struct process *p)
{
	struct signal_action *a = &parent->action[SIGCHLD - 1];

	if (p->exit_signal != SIGCHLD)
		return false;
	return a->handler == SIG_IGN || (a->flags & SA_NOCLDWAIT);
}

void wait_notify_parent(struct process *p, int code, int status)
{
	struct signal_info info = {
		.signo = p->exit_signal ? p->exit_signal : SIGCHLD,
		.code = code,
		.pid = p->pid,
		.uid = p->uid,
		.status = status,
	};
	struct process *parent;
	bool quiet;

	spin_lock(&process_lock);
	parent = p->parent;
	if (parent)
		process_get(parent);
	spin_unlock(&process_lock);
	if (!parent)
		return;
	quiet = (code == CLD_STOPPED || code == CLD_CONTINUED) &&
		(parent->action[SIGCHLD - 1].flags & SA_NOCLDSTOP);
	if (!quiet && (p->exit_signal || code > CLD_DUMPED) &&
	    signal_send_process(parent, &info))
		quiet = true; /* no memory for details: the wait still works */
	waitq_wake_all(&parent->child_wait);
	process_put(parent);
}

/* The children of a dead process belong to process 1 now. */
static void reparent(struct process *p)
{
	struct process *c;
	bool zombies = false;

	spin_lock(&process_lock);
	while (!list_empty(&p->children)) {
		c = list_first_entry(&p->children, struct process, sibling);
		list_del(&c->sibling);
		c->parent = process_init;
		c->exit_signal = SIGCHLD;
		list_add_tail(&c->sibling, &process_init->children);
		zombies |= c->zombie;
	}
	spin_unlock(&process_lock);
	if (zombies)
		waitq_wake_all(&process_init->child_wait);
}

void wait_process_ended(struct process *p)
{
	struct process *parent;
	bool reap;

	job_leaving(p);
	reparent(p);
	spin_lock(&process_lock);
	p->zombie = true;
	parent = p->parent;
	reap = !parent || parent_does_not_care(parent, p);
	if (reap && parent)
		unlink_locked(p);
	spin_unlock(&process_lock);
	job_left(p);
	if (!reap) {
		wait_notify_parent(p, code_of(p->exit_status),
				   p->exit_status & 0x7f ? p->exit_status & 0x7f
							 : p->exit_status >> 8);
		return;
	}
	if (parent)
		waitq_wake_all(&parent->child_wait);
	process_id_free(p->pid);
	process_put(p); /* the tree's */
}
