/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semaphore operations and waiting.
 *
 * A waiter stands in the list of the one semaphore that keeps it from going on
 * (the first of its operations that cannot be done).  As long as that one does
 * not change neither can the waiter's fate, so a change of semaphore n looks
 * at n's lists only; who is then kept by another moves there.  Lists are in
 * order of tickets, drawn at the first wait.  The thread that changes a value
 * does the waiters' operations for them and wakes them with the result.
 */
#include "ipc/sem.h"

#include "abi/errno.h"
#include "core/timer.h"
#include "ipc/sem_priv.h"
#include "proc/process.h"
#include "sched/waitq.h"

int sem_current_pid(void)
{
	const struct process *p = process_current();

	return p ? p->pid : 0;
}

/*
 * One attempt.
 */

/* 0, SEM_WAITING or -errno. */
static int do_one(struct sem_set *s, struct sem_waiter *w,
		  const struct sembuf *op)
{
	struct semaphore *sem = &s->sem[op->num];
	int value = sem->value + op->op, adjust;

	if ((!op->op && value) || value < 0) {
		w->blocked = op;
		return op->flags & IPC_NOWAIT ? -EAGAIN : SEM_WAITING;
	}
	if (value > SEMVMX)
		return -ERANGE;
	if (op->flags & SEM_UNDO) {
		adjust = w->undo->adjust[op->num] - op->op;
		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
		w->undo->adjust[op->num] = (int16_t)adjust;
	}
	sem->value = value;
	return 0;
}

static void take_back(struct sem_set *s, struct sem_waiter *w, unsigned n)
{
	while (n--) {
		const struct sembuf *op = &w->ops[n];

		s->sem[op->num].value -= op->op;
		if (op->flags & SEM_UNDO)
			w->undo->adjust[op->num] += op->op;
	}
}

/* All or nothing. */
static int try_all(struct sem_set *s, struct sem_waiter *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		int err = do_one(s, w, &w->ops[i]);

		if (err) {
			take_back(s, w, i);
			return err;
		}
	}
	for (unsigned i = 0; i < w->count; i++)
		s->sem[w->ops[i].num].pid = w->pid;
	s->otime = clock_realtime();
	return 0;
}

/*
 * Waiters.
 */

void sem_mark_locked(struct sem_set *s, int num)
{
	if (s->sem[num].next_dirty != SEM_CLEAN)
		return;
	s->sem[num].next_dirty = s->first_dirty;
	s->first_dirty = num;
}

static void mark_changed(struct sem_set *s, const struct sem_waiter *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->ops[i].op)
			sem_mark_locked(s, w->ops[i].num);
}

/* Stands in line where it is blocked. */
static void enqueue(struct sem_set *s, struct sem_waiter *w)
{
	struct semaphore *sem = &s->sem[w->blocked->num];
	struct list *line = w->alters ? &sem->changes : &sem->zeroes;
	struct sem_waiter *before;

	list_for_each_reverse (before, line, node)
		if (before->ticket < w->ticket)
			break;
	list_add(&w->node, &before->node);
}

static void finish(struct sem_waiter *w, int result)
{
	list_del(&w->node);
	w->result = result;
	(void)thread_wake(w->thread);
}

static bool raises(const struct sem_waiter *w)
{
	for (unsigned i = 0; i < w->count; i++)
		if (w->ops[i].op > 0)
			return true;
	return false;
}

/* Looks at those in one line of semaphore num.  False: one went that may let
 * earlier ones go, so begin again. */
static bool settle_line(struct sem_set *s, struct list *line, int num)
{
	struct sem_waiter *w, *tmp;

	list_for_each_safe (w, tmp, line, node) {
		int result = try_all(s, w);
		bool again;

		if (result == SEM_WAITING) {
			if (w->blocked->num != num) {
				list_del(&w->node);
				enqueue(s, w);
			}
			continue;
		}
		again = !result && raises(w);
		if (!result)
			mark_changed(s, w);
		finish(w, result);
		if (again)
			return false;
	}
	return true;
}

void sem_settle_locked(struct sem_set *s)
{
	assert_held(&s->ipc.lock);
	while (s->first_dirty != SEM_DIRTY_END) {
		int num = s->first_dirty;
		struct semaphore *sem = &s->sem[num];

		s->first_dirty = sem->next_dirty;
		sem->next_dirty = SEM_CLEAN;
		if (!settle_line(s, &sem->zeroes, num) ||
		    !settle_line(s, &sem->changes, num))
			sem_mark_locked(s, num);
	}
}

/* The set is unlocked; a reference on it is held. */
static int wait(struct sem_set *s, struct sem_waiter *w, nsec_t deadline)
{
	int err = 0;

	while (!err) {
		thread_set_state(THREAD_SLEEPING);
		if (READ_ONCE(w->result) != SEM_WAITING)
			break;
		err = waitq_sleep(THREAD_SLEEPING, deadline);
	}
	thread_set_state(THREAD_RUNNABLE);
	/* Also waits for who woke us to be done with w. */
	spin_lock(&s->ipc.lock);
	if (w->result == SEM_WAITING) {
		list_del(&w->node);
		w->result = err == -ETIMEDOUT ? -EAGAIN : -EINTR;
	}
	spin_unlock(&s->ipc.lock);
	return w->result;
}

/*
 * semop.
 */

/* Locked; unlocks. */
static int operate_locked(struct sem_set *s, struct sem_waiter *w,
			  nsec_t deadline)
{
	int result = try_all(s, w);

	if (!result && w->alters) {
		mark_changed(s, w);
		sem_settle_locked(s);
	}
	if (result != SEM_WAITING) {
		ipc_unlock(&s->ipc);
		return result;
	}
	w->ticket = s->next_ticket++;
	w->thread = thread_current();
	w->result = SEM_WAITING;
	enqueue(s, w);
	ipc_hold(&s->ipc);
	ipc_unlock(&s->ipc);
	result = wait(s, w, deadline);
	ipc_put(&s->ipc);
	return result;
}

int sem_operate(int id, const struct sembuf *ops, unsigned n, nsec_t deadline)
{
	struct sem_waiter w = {
		.ops = ops,
		.count = n,
		.pid = sem_current_pid(),
	};
	struct sem_undo_list *list = NULL;
	bool undo = false;
	struct sem_set *s;
	int highest = 0, err = 0;

	for (unsigned i = 0; i < n; i++) {
		highest = MAX(highest, (int)ops[i].num);
		w.alters |= ops[i].op != 0;
		undo |= ops[i].flags & SEM_UNDO;
	}
	if (undo)
		err = sem_undo_own_list(&list);
	if (!err)
		err = sem_lock(id, &s);
	if (err)
		return err;
	if (highest >= s->count)
		err = -EFBIG;
	else
		err = ipc_permission(&s->ipc, w.alters ? 0222 : 0444);
	if (err) {
		ipc_unlock(&s->ipc);
		return err;
	}
	if (undo)
		err = sem_undo_get(list, s, &w.undo);
	return err ? err : operate_locked(s, &w, deadline);
}
