/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals and sessions.  A terminal names the session that it controls and
 * the group in its foreground; a process finds its terminal by its session.
 * Both numbers change under process_lock and are read freely.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/panic.h"
#include "proc/job.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "tty/tty_priv.h"

/* protected by process_lock: */
static struct list terminals = LIST_INIT(terminals);

void tty_job_add(struct tty *tty)
{
	spin_lock(&process_lock);
	list_add_tail(&tty->node, &terminals);
	spin_unlock(&process_lock);
}

void tty_job_remove(struct tty *tty)
{
	spin_lock(&process_lock);
	list_del(&tty->node);
	spin_unlock(&process_lock);
}

static struct tty *find_locked(int session)
{
	struct tty *tty;

	assert_held(&process_lock);
	list_for_each (tty, &terminals, node)
		if (tty->session == session &&
		    atomic32_inc_not_zero(&tty->refs))
			return tty;
	return NULL;
}

static struct tty *find(int session)
{
	struct tty *tty;

	spin_lock(&process_lock);
	tty = find_locked(session);
	spin_unlock(&process_lock);
	return tty;
}

struct tty *tty_job_terminal(void)
{
	struct process *p = process_current();

	return p->no_terminal ? NULL : find(p->session);
}

static bool is_ours(const struct tty *tty)
{
	struct process *p = process_current();

	return !p->no_terminal && READ_ONCE(tty->session) == p->session;
}

static bool is_refused(int sig)
{
	struct task *t = task_current();
	struct process *p = t->process;
	bool refused;

	spin_lock(&p->signal_lock);
	refused = (t->blocked & SIGSET(sig)) ||
		  p->actions->action[sig - 1].handler == SIG_IGN;
	spin_unlock(&p->signal_lock);
	return refused;
}

int tty_job_check(struct tty *tty, int sig)
{
	int own = process_current()->pgrp, pgrp = READ_ONCE(tty->pgrp);

	if (!is_ours(tty) || !pgrp || pgrp == own)
		return 0;
	if (is_refused(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (job_group_orphaned(own))
		return -EIO;
	job_signal_group(own, sig);
	return -ERESTARTSYS;
}

static void take_locked(struct tty *tty, struct process *p)
{
	tty->session = p->session;
	tty->pgrp = p->pgrp;
	p->no_terminal = false;
}

static bool has_terminal_locked(const struct process *p)
{
	struct tty *tty;

	list_for_each (tty, &terminals, node)
		if (tty->session == p->session)
			return true;
	return false;
}

void tty_job_opened(struct tty *tty, const struct file *f)
{
	struct process *p = process_current();

	if ((f->flags & O_NOCTTY) || tty->no_control ||
	    !(f->mode & FMODE_READ) || p->pid != p->session)
		return;
	spin_lock(&process_lock);
	if (!tty->session && !has_terminal_locked(p))
		take_locked(tty, p);
	spin_unlock(&process_lock);
}

static int acquire_locked(struct tty *tty, const struct file *f, bool steal)
{
	struct process *p = process_current();
	bool admin = cred_capable(cred_current(), CAP_SYS_ADMIN);

	if (p->pid == p->session && tty->session == p->session)
		return 0;
	if (p->pid != p->session || has_terminal_locked(p))
		return -EPERM;
	if (tty->session && !(steal && admin))
		return -EPERM;
	if (!(f->mode & FMODE_READ) && !admin)
		return -EPERM;
	take_locked(tty, p);
	return 0;
}

int tty_job_acquire(struct tty *tty, const struct file *f, bool steal)
{
	int err;

	spin_lock(&process_lock);
	err = acquire_locked(tty, f, steal);
	spin_unlock(&process_lock);
	return err;
}

int tty_job_release(struct tty *tty)
{
	struct process *p = process_current();
	int pgrp = 0;

	if (!is_ours(tty))
		return -ENOTTY;
	spin_lock(&process_lock);
	if (tty->session != p->session) {
		/* it has just gone otherwise */
	} else if (p->pid == p->session) {
		pgrp = tty->pgrp;
		tty->session = tty->pgrp = 0;
	} else {
		p->no_terminal = true;
	}
	spin_unlock(&process_lock);
	job_signal_group(pgrp, SIGHUP);
	job_signal_group(pgrp, SIGCONT);
	return 0;
}

int tty_job_set_group(struct tty *tty, int pgrp)
{
	int err = tty_job_check(tty, SIGTTOU);

	if (err)
		return err;
	if (!is_ours(tty))
		return -ENOTTY;
	if (pgrp < 0)
		return -EINVAL;
	if (!job_group_in_session(pgrp, process_current()->session))
		return job_group_in_session(pgrp, 0) ? -EPERM : -ESRCH;
	spin_lock(&process_lock);
	if (tty->session == process_current()->session)
		tty->pgrp = pgrp;
	spin_unlock(&process_lock);
	return 0;
}

static void tell_leader(int session)
{
	struct signal_info info = { .signo = SIGHUP, .code = SI_KERNEL };
	struct process *p = session ? process_find(session) : NULL;

	if (!p)
		return;
	/* Standard signals need no memory. */
	(void)!signal_send_process(p, &info);
	info.signo = SIGCONT;
	(void)!signal_send_process(p, &info);
	process_put(p);
}

/* Nobody's terminal from here on. */
static void disconnect(struct tty *tty, int *session, int *pgrp)
{
	spin_lock(&process_lock);
	*session = tty->session;
	*pgrp = tty->pgrp;
	tty->session = tty->pgrp = 0;
	spin_unlock(&process_lock);
}

void tty_job_hangup(struct tty *tty)
{
	int session, pgrp;

	disconnect(tty, &session, &pgrp);
	tell_leader(session);
}

static void session_ended(int session)
{
	struct tty *tty = find(session);
	int pgrp;

	if (!tty)
		return;
	disconnect(tty, &session, &pgrp);
	job_signal_group(pgrp, SIGHUP);
	if (!tty->is_pty) /* as Linux: a pty's other users may go on */
		tty_hangup(tty);
	tty_put(tty);
}

/* The 32-bit form that spreads a minor number around the major one. */
static uint32_t device_of(int session, int *pgrp)
{
	struct tty *tty = find(session);
	uint32_t dev;

	*pgrp = -1;
	if (!tty)
		return 0;
	*pgrp = READ_ONCE(tty->pgrp);
	dev = (tty->minor & 0xff) | tty->major << 8 |
	      (tty->minor & ~0xffu) << 12;
	tty_put(tty);
	return dev;
}

void tty_job_init(void)
{
	job_session_hook = session_ended;
	job_terminal_hook = device_of;
}
