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
#include "proc/pidfd.h"
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
	if ((rq->options & __WNOTHREAD) &&
	    c->parent_tid != thread_current()->tid)
		return false;
	switch (rq->type) {
	case P_PID: return c->pid == rq->id;
	case P_PIDFD: return c == rq->process;
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
		r->times = (struct thread_times){
			.user = c->dead_times.user + c->children_times.user,
			.system =
				c->dead_times.system + c->children_times.system,
		};
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
			self->children_times.user += r->times.user;
			self->children_times.system += r->times.system;
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
	struct signal_action a = signal_action_get(parent, SIGCHLD);

	if (p->exit_signal != SIGCHLD)
		return false;
	return a.handler == SIG_IGN || (a.flags & SA_NOCLDWAIT);
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
		(signal_action_get(parent, SIGCHLD).flags & SA_NOCLDSTOP);
	if (!quiet && (p->exit_signal || code > CLD_DUMPED) &&
	    signal_send_process(parent, &info))
		quiet = true; /* no memory for details: the wait still works */
	waitq_wake_all(&parent->child_wait);
	process_put(parent);
}

/* Who gets the children of a process that ends: the nearest of its forebears
 * that asked for orphans, or process 1. */
static struct process *reaper_locked(const struct process *p)
{
	struct process *q;

	for (q = p->parent; q && q != process_init; q = q->parent)
		if (q->subreaper && q->live_count)
			return q;
	return process_init;
}

/* The signals that c's threads want when their parent is gone. */
static bool note_death_locked(struct process *c)
{
	struct task *t;

	list_for_each (t, &c->tasks, node)
		if (t->death_signal)
			c->death_due |= SIGSET(t->death_signal);
	return c->death_due;
}

/* One of p's children with signals due; referenced. */
static struct process *next_due(struct process *p, sigset_t *due)
{
	struct process *c, *found = NULL;

	spin_lock(&process_lock);
	list_for_each (c, &p->children, sibling) {
		if (!c->death_due)
			continue;
		*due = c->death_due;
		c->death_due = 0;
		process_get(c);
		found = c;
		break;
	}
	spin_unlock(&process_lock);
	return found;
}

static void send_due(struct process *parent)
{
	struct process *c;
	sigset_t due;

	while ((c = next_due(parent, &due))) {
		for (; due; due &= due - 1) {
			struct signal_info info = {
				.signo = __builtin_ctzll(due) + 1,
				.code = SI_USER,
			};

			(void)!signal_send_process(c, &info);
		}
		process_put(c);
	}
}

static struct process *next_moved_zombie(struct process *parent)
{
	struct process *c, *found = NULL;

	spin_lock(&process_lock);
	list_for_each (c, &parent->children, sibling) {
		if (!c->reparented)
			continue;
		c->reparented = false;
		process_get(c);
		found = c;
		break;
	}
	spin_unlock(&process_lock);
	return found;
}

/* Whom a zombie's end is told, referenced; *reap: he does not care, and the
 * zombie goes at once.  NULL: it was waited for already. */
static struct process *settle_locked(struct process *p, bool *reap)
{
	struct process *parent = p->parent;

	p->zombie = true;
	*reap = parent && parent_does_not_care(parent, p);
	if (*reap)
		unlink_locked(p);
	if (parent)
		process_get(parent);
	return parent;
}

static void tell(struct process *p, struct process *parent, bool reap)
{
	int status = p->exit_status;

	if (!parent)
		return;
	if (reap) {
		waitq_wake_all(&parent->child_wait);
		process_id_free(p->pid);
		process_put(p); /* the tree's */
	} else {
		wait_notify_parent(p, code_of(status),
				   status & 0x7f ? status & 0x7f : status >> 8);
	}
	process_put(parent);
}

/* Tells of zombies that `to` was given by its child's end. */
static void tell_moved_zombies(struct process *to)
{
	struct process *c, *parent;
	bool reap;

	while ((c = next_moved_zombie(to))) {
		spin_lock(&process_lock);
		parent = settle_locked(c, &reap);
		spin_unlock(&process_lock);
		pidfd_notify(c);
		tell(c, parent, reap);
		process_put(c);
	}
}

/* The children of a dead process belong to another one now: whom they go to,
 * referenced.  *due: some have signals to come; *zombies: some are dead. */
static struct process *reparent_locked(struct process *p, bool *due,
				       bool *zombies)
{
	struct process *c, *to = reaper_locked(p);

	*due = *zombies = false;
	while (!list_empty(&p->children)) {
		c = list_first_entry(&p->children, struct process, sibling);
		list_del(&c->sibling);
		c->parent = to;
		c->parent_tid = to->pid;
		c->exit_signal = SIGCHLD;
		list_add_tail(&c->sibling, &to->children);
		c->reparented = c->zombie;
		*zombies |= c->zombie;
		*due |= note_death_locked(c);
	}
	process_get(to);
	return to;
}

void wait_thread_ended(struct task *t)
{
	struct process *p = t->process, *c;
	struct task *heir;
	bool due = false;

	spin_lock(&process_lock);
	heir = list_empty(&p->tasks)
		       ? NULL
		       : list_first_entry(&p->tasks, struct task, node);
	list_for_each (c, &p->children, sibling) {
		if (!heir || c->parent_tid != t->thread.tid)
			continue;
		c->parent_tid = heir->thread.tid;
		due |= note_death_locked(c);
	}
	spin_unlock(&process_lock);
	if (due)
		send_due(p);
}

void wait_process_ended(struct process *p)
{
	struct process *parent, *to;
	bool reap, due, zombies;

	job_leaving(p);
	/* At once: whoever finds its grandchildren finds the child. */
	spin_lock(&process_lock);
	to = reparent_locked(p, &due, &zombies);
	parent = settle_locked(p, &reap);
	spin_unlock(&process_lock);
	pidfd_notify(p);
	if (due)
		send_due(to);
	if (zombies)
		tell_moved_zombies(to);
	process_put(to);
	job_left(p);
	tell(p, parent, reap);
}
