/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending signals, and taking them on the way back to user mode.
 *
 * A pending signal is a bit in a set and, where there was memory, an entry
 * with its details.  A standard signal is pending at most once; real-time ones
 * queue.  Whoever sends chooses one thread that may take it, sets WORK_SIGNAL
 * there and wakes it; the thread looks for itself.  A thread that turns away
 * (blocks the signal, exits) chooses another.  What will end the process
 * without a trace is not waited for: its threads are told to leave at once.
 */
#include "proc/signal.h"

#include "arch/signal.h"
#include "arch/syscall.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/print.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "proc/job.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signalfd.h"
#include "sched/cred.h"

#define UNBLOCKABLE (SIGSET(SIGKILL) | SIGSET(SIGSTOP))
#define DEFAULT_IGNORE \
	(SIGSET(SIGCHLD) | SIGSET(SIGCONT) | SIGSET(SIGURG) | SIGSET(SIGWINCH))
#define DEFAULT_STOP \
	(SIGSET(SIGSTOP) | SIGSET(SIGTSTP) | SIGSET(SIGTTIN) | SIGSET(SIGTTOU))
#define DEFAULT_CORE                                                           \
	(SIGSET(SIGQUIT) | SIGSET(SIGILL) | SIGSET(SIGTRAP) |                  \
	 SIGSET(SIGABRT) | SIGSET(SIGBUS) | SIGSET(SIGFPE) | SIGSET(SIGSEGV) | \
	 SIGSET(SIGXCPU) | SIGSET(SIGXFSZ) | SIGSET(SIGSYS))

static struct slab entry_slab = SLAB("signal", struct signal_entry);

void signal_queue_init(struct signal_queue *q)
{
	q->set = 0;
	q->count = 0;
	list_init(&q->entries);
}

void signal_queue_flush(struct signal_queue *q)
{
	struct signal_entry *e, *tmp;

	list_for_each_safe (e, tmp, &q->entries, node) {
		list_del(&e->node);
		slab_free(&entry_slab, e);
	}
	q->set = 0;
	q->count = 0;
}

static bool action_ignores(const struct process *p, int sig)
{
	uaddr_t handler = READ_ONCE(p->actions->action[sig - 1].handler);

	if (handler == SIG_IGN)
		return true;
	return handler == SIG_DFL && (SIGSET(sig) & DEFAULT_IGNORE);
}

/* Process 1 gets what it handles, and nothing else (kill(2)). */
static bool spared(const struct process *p, int sig)
{
	return p->unkillable &&
	       READ_ONCE(p->actions->action[sig - 1].handler) == SIG_DFL;
}

/* A blocked signal stays: its action may change, or it is waited for.  What is
 * sent to a process counts as blocked if its leader blocks it. */
static bool ignored(const struct process *p, const struct task *t, int sig)
{
	if (!t)
		t = READ_ONCE(p->leader);
	if (t && ((t->blocked | t->waited_for) & SIGSET(sig)))
		return false;
	return action_ignores(p, sig) || spared(p, sig);
}

static bool wants(const struct task *t, int sig)
{
	if (t->leaving || (t->blocked & SIGSET(sig)))
		return false;
	if (sig == SIGKILL)
		return true;
	/* What is stopped takes it when it goes on; who was told of a stop
	 * may rely on it, though a thread may still be on its way to bed. */
	return READ_ONCE(t->thread.state) != THREAD_STOPPED &&
	       !(t->process->stop_signal && t->process->stop_told);
}

/* The thread of p that is to take a signal: the leader where it can, better
 * one that has none yet; NULL: all block it. */
static struct task *choose_locked(struct process *p, int sig)
{
	struct task *t, *busy = NULL;

	t = p->leader;
	if (t && wants(t, sig) && !(atomic32_load(&t->thread.work)))
		return t;
	list_for_each (t, &p->tasks, node) {
		if (!wants(t, sig))
			continue;
		if (!(atomic32_load(&t->thread.work) & WORK_SIGNAL))
			return t;
		if (!busy)
			busy = t;
	}
	return busy;
}

/* It ends the process, and leaves nothing to look at. */
static bool fatal(const struct process *p, const struct task *t, int sig)
{
	sigset_t bit = SIGSET(sig);

	if (READ_ONCE(p->actions->action[sig - 1].handler) != SIG_DFL)
		return false;
	return !(bit & (DEFAULT_IGNORE | DEFAULT_STOP | DEFAULT_CORE)) &&
	       !(bit & t->waited_for) && !p->unkillable;
}

static void notify_locked(struct task *t, int sig)
{
	struct process *p = t->process;

	if (fatal(p, t, sig) && !p->exiting) {
		process_end_locked(p, NULL, sig);
		return;
	}
	thread_give_work(&t->thread, WORK_SIGNAL, BIT(THREAD_SLEEPING));
}

/* Others take what is pending for all of p and `t` will not. */
static void retarget(struct process *p, sigset_t set)
{
	struct task *t;

	if (likely(!set))
		return;
	spin_lock(&process_lock);
	for (; set; set &= set - 1) {
		int sig = __builtin_ctzll(set) + 1;

		t = choose_locked(p, sig);
		if (t)
			notify_locked(t, sig);
	}
	spin_unlock(&process_lock);
}

void signal_leave(struct task *t)
{
	retarget(t->process, READ_ONCE(t->process->pending.set) & ~t->blocked);
}

/* Adds to q; the entry is used or freed. */
static int enqueue_locked(struct signal_queue *q,
			  const struct signal_info *info,
			  struct signal_entry *e)
{
	bool queued = q->set & SIGSET(info->signo);

	if (queued && info->signo < SIGRTMIN) {
		if (e)
			slab_free(&entry_slab, e);
		return 0;
	}
	if (!e && info->signo >= SIGRTMIN && info->code != SI_USER)
		return -EAGAIN;
	if (e) {
		e->info = *info;
		list_add_tail(&e->node, &q->entries);
		q->count++;
	}
	q->set |= SIGSET(info->signo);
	return 0;
}

static void drop_locked(struct signal_queue *q, sigset_t gone)
{
	struct signal_entry *e, *tmp;

	q->set &= ~gone;
	list_for_each_safe (e, tmp, &q->entries, node) {
		if (!(SIGSET(e->info.signo) & gone))
			continue;
		list_del(&e->node);
		q->count--;
		slab_free(&entry_slab, e);
	}
}

void signal_forget_ignored(struct process *p, int sig)
{
	struct task *t;

	if (!action_ignores(p, sig))
		return;
	spin_lock(&process_lock);
	spin_lock(&p->signal_lock);
	drop_locked(&p->pending, SIGSET(sig));
	list_for_each (t, &p->tasks, node)
		drop_locked(&t->pending, SIGSET(sig));
	spin_unlock(&p->signal_lock);
	spin_unlock(&process_lock);
}

/* SIGCONT takes back what would stop, and the other way round (signal(7)). */
static void take_back(struct process *p, int sig)
{
	sigset_t gone = sig == SIGCONT               ? DEFAULT_STOP
			: SIGSET(sig) & DEFAULT_STOP ? SIGSET(SIGCONT)
						     : 0;
	struct task *t;

	if (likely(!gone))
		return;
	spin_lock(&process_lock);
	spin_lock(&p->signal_lock);
	drop_locked(&p->pending, gone);
	list_for_each (t, &p->tasks, node)
		drop_locked(&t->pending, gone);
	if (sig == SIGCONT)
		p->stop_dequeued = false;
	spin_unlock(&p->signal_lock);
	spin_unlock(&process_lock);
	if (sig == SIGCONT)
		job_continue(p);
}

/* NULL: no memory, or more wait already than RLIMIT_SIGPENDING lets. */
static struct signal_entry *new_entry(const struct process *p,
				      const struct signal_queue *q, int sig)
{
	if (sig >= SIGRTMIN &&
	    READ_ONCE(q->count) >= p->limit[RLIMIT_SIGPENDING].cur)
		return NULL;
	return slab_alloc(&entry_slab, ALLOC_ATOMIC);
}

static int send(struct process *p, struct task *t,
		const struct signal_info *info)
{
	struct signal_queue *q = t ? &t->pending : &p->pending;
	struct signal_entry *e = new_entry(p, q, info->signo);
	int err = 0;

	take_back(p, info->signo);
	spin_lock(&p->signal_lock);
	if (ignored(p, t, info->signo)) {
		if (e)
			slab_free(&entry_slab, e);
	} else {
		err = enqueue_locked(q, info, e);
	}
	spin_unlock(&p->signal_lock);
	if (err)
		return err;
	spin_lock(&process_lock);
	if (!t)
		t = choose_locked(p, info->signo);
	else if (!wants(t, info->signo))
		t = NULL;
	if (t)
		notify_locked(t, info->signo);
	spin_unlock(&process_lock);
	signalfd_notify(p);
	return 0;
}

int signal_send_process(struct process *p, const struct signal_info *info)
{
	return send(p, NULL, info);
}

int signal_send_task(struct task *t, const struct signal_info *info)
{
	return send(t->process, t, info);
}

void signal_force(const struct signal_info *info)
{
	struct task *t = task_current();
	struct process *p = t->process;
	struct signal_action *a;

	spin_lock(&p->signal_lock);
	spin_lock(&p->actions->lock);
	a = &p->actions->action[info->signo - 1];
	/* A fault that is blocked or ignored cannot wait: it kills. */
	if (a->handler == SIG_IGN || (t->blocked & SIGSET(info->signo)))
		a->handler = SIG_DFL;
	if (a->handler == SIG_DFL)
		p->unkillable = false;
	spin_unlock(&p->actions->lock);
	t->blocked &= ~SIGSET(info->signo);
	spin_unlock(&p->signal_lock);
	if (signal_send_task(t, info))
		process_exit(info->signo, true);
}

void signal_raise(int sig)
{
	struct signal_info info = {
		.signo = sig,
		.code = SI_KERNEL,
	};

	if (signal_send_task(task_current(), &info))
		return; /* standard signals need no memory */
}

void signal_recalc(void)
{
	struct task *t = task_current();
	struct process *p = t->process;

	spin_lock(&p->signal_lock);
	if (((t->pending.set | p->pending.set) & ~t->blocked) ||
	    READ_ONCE(p->stop_signal))
		atomic32_or(&t->thread.work, WORK_SIGNAL);
	else
		atomic32_and(&t->thread.work, ~(uint32_t)WORK_SIGNAL);
	spin_unlock(&p->signal_lock);
}

void signal_set_mask(sigset_t mask)
{
	struct task *t = task_current();
	sigset_t refused;

	mask &= ~UNBLOCKABLE;
	spin_lock(&t->process->signal_lock);
	refused = t->process->pending.set & mask & ~t->blocked;
	t->blocked = mask;
	spin_unlock(&t->process->signal_lock);
	signal_recalc();
	retarget(t->process, refused);
}

/* Takes one signal of q that is not blocked; false: none. */
static bool dequeue_locked(struct signal_queue *q, sigset_t blocked,
			   struct signal_info *info)
{
	sigset_t can = q->set & ~blocked;
	struct signal_entry *e, *tmp, *found = NULL;
	bool more = false;
	int sig;

	if (!can)
		return false;
	/* Faults first, so that the frame shows where they happened. */
	sig = __builtin_ctzll(can & DEFAULT_CORE ? can & DEFAULT_CORE : can) +
	      1;
	list_for_each_safe (e, tmp, &q->entries, node) {
		if (e->info.signo != sig)
			continue;
		more = found != NULL;
		if (more)
			break;
		found = e;
	}
	*info = (struct signal_info){ .signo = sig };
	if (found) {
		*info = found->info;
		list_del(&found->node);
		q->count--;
		slab_free(&entry_slab, found);
	}
	if (!more)
		q->set &= ~SIGSET(sig);
	return true;
}

bool signal_dequeue(sigset_t set, struct signal_info *info)
{
	struct task *t = task_current();
	struct process *p = t->process;
	bool got;

	spin_lock(&p->signal_lock);
	got = dequeue_locked(&t->pending, ~set, info) ||
	      dequeue_locked(&p->pending, ~set, info);
	spin_unlock(&p->signal_lock);
	if (got)
		signal_recalc();
	return got;
}

/* While it sleeps the set is not blocked, so that a signal wakes it. */
static int wait_unblocked(sigset_t set, nsec_t deadline)
{
	struct task *t = task_current();
	sigset_t old = t->blocked;
	int err = 0;

	spin_lock(&t->process->signal_lock);
	t->waited_for = set & old;
	t->blocked = old & ~set;
	spin_unlock(&t->process->signal_lock);
	signal_recalc();
	if (!thread_signal_pending(&t->thread, THREAD_SLEEPING))
		err = thread_sleep_until(deadline, THREAD_SLEEPING);
	spin_lock(&t->process->signal_lock);
	t->waited_for = 0;
	spin_unlock(&t->process->signal_lock);
	signal_set_mask(old);
	return err;
}

int signal_wait(sigset_t set, nsec_t deadline, struct signal_info *info)
{
	int err;

	set &= ~UNBLOCKABLE;
	if (signal_dequeue(set, info))
		return 0;
	if (!deadline)
		return -EAGAIN;
	err = wait_unblocked(set, deadline);
	if (signal_dequeue(set, info))
		return 0;
	return err || thread_signal_pending(thread_current(), THREAD_SLEEPING)
		       ? -EINTR
		       : -EAGAIN;
}

static void take_action_locked(struct process *p, int sig,
			       struct signal_action *out)
{
	struct signal_action *a = &p->actions->action[sig - 1];

	spin_lock(&p->actions->lock);
	*out = *a;
	if (a->handler > SIG_IGN && (a->flags & SA_RESETHAND))
		a->handler = SIG_DFL;
	spin_unlock(&p->actions->lock);
}

static bool next_signal(struct task *t, struct signal_info *info,
			struct signal_action *action)
{
	struct process *p = t->process;
	bool got;

	spin_lock(&p->signal_lock);
	got = dequeue_locked(&t->pending, t->blocked, info) ||
	      dequeue_locked(&p->pending, t->blocked, info);
	if (got) {
		take_action_locked(p, info->signo, action);
		if (SIGSET(info->signo) & DEFAULT_STOP)
			p->stop_dequeued = true;
	}
	spin_unlock(&p->signal_lock);
	return got;
}

/* Waits while the process is stopped; then the next signal, if any. */
static bool take(struct task *t, struct signal_info *info,
		 struct signal_action *action)
{
	struct process *p = t->process;

	job_park(t);
	if (p->exiting)
		process_exit(p->exit_status, false);
	if (p->exec_task && p->exec_task != t)
		process_exit(0, false);
	return next_signal(t, info, action);
}

static void default_action(struct task *t, const struct signal_info *info)
{
	sigset_t bit = SIGSET(info->signo);

	if ((bit & DEFAULT_IGNORE) || t->process->unkillable)
		return;
	if (bit & DEFAULT_STOP) {
		job_stop(t, info->signo);
		return;
	}
	process_exit(info->signo, true);
}

void signal_encode_info(const struct signal_info *info, uint8_t *out)
{
	int32_t head[3] = { info->signo, info->errnum, info->code };
	size_t at = ALIGN_UP(sizeof(head), sizeof(uaddr_t));
	sigset_t fault = SIGSET(SIGSEGV) | SIGSET(SIGBUS) | SIGSET(SIGILL) |
			 SIGSET(SIGFPE) | SIGSET(SIGTRAP);

	memset(out, 0, ARCH_SIGINFO_SIZE);
	memcpy(out, head, sizeof(head));
	if (info->code > 0 && info->code != SI_KERNEL &&
	    (SIGSET(info->signo) & fault)) {
		memcpy(out + at, &info->addr, sizeof(info->addr));
		return;
	}
	if (info->code == SI_TIMER) {
		memcpy(out + at, &info->timer_id, 4);
		memcpy(out + at + 4, &info->overrun, 4);
		memcpy(out + at + 8, &info->value, sizeof(uaddr_t));
		return;
	}
	memcpy(out + at, &info->pid, 4);
	memcpy(out + at + 4, &info->uid, 4);
	if (info->signo == SIGCHLD && info->code > 0)
		memcpy(out + at + 8, &info->status, 4);
	else
		memcpy(out + at + 8, &info->value, sizeof(uaddr_t));
}

/* Points the frame at the handler; a stack that is not there kills. */
static void handle(struct frame *f, struct task *t,
		   const struct signal_info *info,
		   const struct signal_action *action)
{
	struct arch_signal s;
	sigset_t mask;
	int err;

	s.sig = info->signo;
	s.handler = action->handler;
	s.restorer = action->restorer;
	s.with_restorer = action->flags & SA_RESTORER;
	s.mask = t->restore_mask ? t->saved_mask : t->blocked;
	s.stack = arch_frame_sp(f);
	s.switched = false;
	s.alt_sp = t->altstack_sp;
	s.alt_size = t->altstack_size;
	s.alt_flags = t->altstack_flags;
	s.fault_addr = info->addr;
	signal_encode_info(info, s.info);
	if ((action->flags & SA_ONSTACK) && t->altstack_size &&
	    s.stack - t->altstack_sp >= t->altstack_size) {
		s.stack = t->altstack_sp + t->altstack_size;
		s.switched = true;
	}
	err = arch_signal_push(f, &s);
	if (err)
		process_exit(SIGSEGV, true);
	t->restore_mask = false;
	mask = t->blocked | action->mask;
	if (!(action->flags & SA_NODEFER))
		mask |= SIGSET(info->signo);
	signal_set_mask(mask);
}

/* A call that a signal ended is made again, or tells -EINTR. */
static void finish_call(struct frame *f, const struct signal_action *a)
{
	bool always, anyhow;

	if (a)
		task_current()->restart_deadline = 0;
	if (arch_frame_result(f) > -ERESTARTSYS)
		return; /* as nearly all have it */
	always = arch_syscall_result_is(f, -ERESTARTSYS);
	anyhow = arch_syscall_result_is(f, -ERESTARTNOINTR);
	if (!always && !anyhow && !arch_syscall_result_is(f, -ERESTARTNOHAND))
		return;
	if (!a || anyhow || (always && (a->flags & SA_RESTART)))
		arch_syscall_restart(f);
	else
		arch_frame_set_result(f, -EINTR);
}

void signal_deliver(struct frame *f)
{
	struct task *t = task_current();
	struct signal_info info;
	struct signal_action action = { .handler = SIG_DFL };

	while (take(t, &info, &action)) {
		if (action.handler == SIG_IGN)
			continue;
		if (action.handler == SIG_DFL)
			default_action(t, &info);
		else
			break;
	}
	if (action.handler > SIG_IGN) {
		finish_call(f, &action);
		handle(f, t, &info, &action); /* sets the mask */
	} else {
		finish_call(f, NULL);
		signal_recalc();
	}
	if (t->restore_mask) {
		t->restore_mask = false;
		signal_set_mask(t->saved_mask);
	}
}

int signal_permission(struct process *p, int sig)
{
	const struct cred *c = cred_current();
	const struct cred *target = NULL;
	struct task *t;
	bool ok;

	if (p == process_current())
		return 0;
	t = process_any_task(p);
	ok = cred_capable(c, CAP_KILL) ||
	     (sig == SIGCONT && p->session == process_current()->session);
	if (!t) /* a zombie */
		ok = ok || c->euid == p->uid || c->uid == p->uid;
	if (t) {
		target = cred_of(&t->thread);
		ok = ok || c->euid == target->suid || c->euid == target->uid ||
		     c->uid == target->suid || c->uid == target->uid;
		cred_put(target);
		thread_put(&t->thread);
	}
	return ok ? 0 : -EPERM;
}
