/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping: whoever takes a signal that stops sets the process's stop_signal
 * and makes all its threads look; each parks on its way to user mode, and the
 * last one to arrive tells the parent.  SIGCONT clears stop_signal when it is
 * sent, whatever the process thinks of the signal itself.
 *
 * Everything here is protected by process_lock, but stop_dequeued, which is
 * the signals' own: a stop that was taken counts only if no SIGCONT was sent
 * since.
 */
#include "proc/job.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "core/panic.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sched/runqueue.h"

void (*job_session_hook)(int session);
uint32_t (*job_terminal_hook)(int session, int *pgrp);

/* protected by process_lock, looked at without: */
static unsigned stopped_processes;

static bool group_exists_locked(int pgrp, int session)
{
	struct process *p;

	for (int pid = 1; (p = process_next_locked(&pid)); pid++)
		if (p->pgrp == pgrp && (!session || p->session == session))
			return true;
	return false;
}

bool job_group_in_session(int pgrp, int session)
{
	bool found;

	spin_lock(&process_lock);
	found = group_exists_locked(pgrp, session);
	spin_unlock(&process_lock);
	return found;
}

int job_new_session(void)
{
	struct process *p = process_current();
	int err = -EPERM;

	spin_lock(&process_lock);
	if (!group_exists_locked(p->pid, 0)) {
		p->session = p->pgrp = p->pid;
		p->no_terminal = false;
		err = p->pid;
	}
	spin_unlock(&process_lock);
	return err;
}

/* Whether the running process may move p; setpgid(2)'s errors in order. */
static int check_move_locked(const struct process *p, int pgrp)
{
	const struct process *self = process_current();

	if (p != self) {
		if (p->parent != self)
			return -ESRCH;
		if (p->session != self->session)
			return -EPERM;
		if (p->did_exec)
			return -EACCES;
	}
	if (p->session == p->pid)
		return -EPERM;
	if (pgrp != p->pid && !group_exists_locked(pgrp, self->session))
		return -EPERM;
	return 0;
}

int job_set_group(int pid, int pgrp)
{
	struct process *p;
	int err;

	if (pgrp < 0)
		return -EINVAL;
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	if (!pgrp)
		pgrp = p->pid;
	spin_lock(&process_lock);
	err = check_move_locked(p, pgrp);
	if (!err)
		p->pgrp = pgrp;
	spin_unlock(&process_lock);
	process_put(p);
	return err;
}

void job_signal_group(int pgrp, int sig)
{
	struct signal_info info = { .signo = sig, .code = SI_KERNEL };
	struct process *p;

	if (pgrp <= 0)
		return;
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		/* Standard signals need no memory. */
		if (p->pgrp == pgrp)
			(void)!signal_send_process(p, &info);
		process_put(p);
	}
}

/* Its parent can continue it: another job of the same session. */
static bool has_keeper_locked(const struct process *p)
{
	const struct process *parent = p->parent;

	return !p->zombie && parent && parent != process_init &&
	       parent->pgrp != p->pgrp && parent->session == p->session;
}

static bool orphaned_locked(int pgrp)
{
	struct process *p;

	for (int pid = 1; (p = process_next_locked(&pid)); pid++)
		if (p->pgrp == pgrp && has_keeper_locked(p))
			return false;
	return true;
}

bool job_group_orphaned(int pgrp)
{
	bool orphaned;

	spin_lock(&process_lock);
	orphaned = orphaned_locked(pgrp);
	spin_unlock(&process_lock);
	return orphaned;
}

/* All threads are to look. */
static void nudge_locked(struct process *p)
{
	struct task *t;

	list_for_each (t, &p->tasks, node) {
		thread_give_work(&t->thread, WORK_SIGNAL, BIT(THREAD_SLEEPING));
	}
}

void job_stop(struct task *t, int sig)
{
	struct process *p = t->process;
	bool wanted;

	if (sig != SIGSTOP && job_group_orphaned(p->pgrp))
		return;
	spin_lock(&process_lock);
	spin_lock(&p->signal_lock);
	wanted = p->stop_dequeued;
	spin_unlock(&p->signal_lock);
	if (wanted && !p->stop_signal && !p->exiting) {
		p->stop_signal = sig;
		p->stop_told = p->continue_report = false;
		stopped_processes++;
		nudge_locked(p);
	}
	spin_unlock(&process_lock);
}

bool job_all_stopped_locked(struct process *p)
{
	bool all = p->stop_signal && !p->stop_told && p->task_count &&
		   p->stopped_count == p->task_count;

	assert_held(&process_lock);
	if (all) {
		p->stop_told = true;
		p->stop_report = p->stop_signal;
	}
	return all;
}

/* Counts the running task among the stopped; true for the last one. */
static bool arrive(struct process *p)
{
	bool last;

	spin_lock(&process_lock);
	p->stopped_count++;
	last = job_all_stopped_locked(p);
	spin_unlock(&process_lock);
	return last;
}

static bool must_go_on(const struct task *t)
{
	return !READ_ONCE(t->process->stop_signal) ||
	       (atomic32_load(&t->thread.work) & WORK_KILLED);
}

void job_park(struct task *t)
{
	struct process *p = t->process;

	if (likely(!READ_ONCE(p->stop_signal)) || must_go_on(t))
		return;
	if (arrive(p))
		wait_notify_parent(p, CLD_STOPPED, p->stop_report);
	for (;;) {
		thread_set_state(THREAD_STOPPED);
		if (must_go_on(t))
			break;
		runqueue_schedule();
	}
	thread_set_state(THREAD_RUNNABLE);
	spin_lock(&process_lock);
	p->stopped_count--;
	spin_unlock(&process_lock);
}

void job_continue(struct process *p)
{
	bool told = false, was_stopped;
	struct task *t;

	spin_lock(&process_lock);
	was_stopped = p->stop_signal != 0;
	if (was_stopped) {
		p->stop_signal = p->stop_report = 0;
		stopped_processes--;
		told = p->stop_told;
		p->continue_report = told;
		list_for_each (t, &p->tasks, node)
			thread_wake_states(&t->thread, BIT(THREAD_STOPPED));
	}
	spin_unlock(&process_lock);
	if (told)
		wait_notify_parent(p, CLD_CONTINUED, SIGCONT);
}

void job_leaving(struct process *p)
{
	struct process *c;

	if (job_session_hook && p->session == p->pid)
		job_session_hook(p->session);
	spin_lock(&process_lock);
	if (p->stop_signal)
		stopped_processes--; /* killed while it was stopped */
	p->stop_signal = 0;
	if (stopped_processes) {
		p->orphan_check = has_keeper_locked(p);
		list_for_each (c, &p->children, sibling)
			c->orphan_check = has_keeper_locked(c);
	}
	spin_unlock(&process_lock);
}

static bool has_stopped_locked(int pgrp)
{
	struct process *p;

	for (int pid = 1; (p = process_next_locked(&pid)); pid++)
		if (p->pgrp == pgrp && p->stop_signal)
			return true;
	return false;
}

/* The next group that has become an orphan with stopped members; 0: none. */
static int next_orphan(void)
{
	struct process *p;
	int pgrp = 0;

	spin_lock(&process_lock);
	for (int pid = 1; (p = process_next_locked(&pid)); pid++) {
		if (!p->orphan_check)
			continue;
		p->orphan_check = false;
		if (orphaned_locked(p->pgrp) && has_stopped_locked(p->pgrp)) {
			pgrp = p->pgrp;
			break;
		}
	}
	spin_unlock(&process_lock);
	return pgrp;
}

void job_left(struct process *p)
{
	int pgrp;

	if (!READ_ONCE(stopped_processes))
		return;
	while ((pgrp = next_orphan())) {
		job_signal_group(pgrp, SIGHUP);
		job_signal_group(pgrp, SIGCONT);
	}
}
