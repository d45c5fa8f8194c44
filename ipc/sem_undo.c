/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SEM_UNDO: lists of adjustments.  A list belongs to a task, or to all tasks
 * that were made with CLONE_SYSVSEM from each other; the last one that exits
 * takes back.
 *
 * An adjustment is on its owner's list and on its set's.  It is made and
 * removed under the set's lock with the list's inside: by the last exit, or by
 * the set's end, whoever finds it there under the set's lock.  Only one of
 * them does, for a removed set has none any more.
 */
#include "abi/errno.h"
#include "core/timer.h"
#include "ipc/sem_priv.h"
#include "mm/kmalloc.h"
#include "proc/process.h"

struct sem_undo_list {
	struct atomic32 refs;
	struct spinlock lock;
	/* protected by lock: */
	struct list undos;
};

int sem_undo_own_list(struct sem_undo_list **out)
{
	struct task *t = task_current();
	struct sem_undo_list *l = t->undo;

	if (!l) {
		l = kmalloc(sizeof(*l), 0);
		if (!l)
			return -ENOMEM;
		atomic32_store(&l->refs, 1);
		spin_init(&l->lock, RANK_IPC_UNDO);
		list_init(&l->undos);
		t->undo = l;
	}
	*out = l;
	return 0;
}

static int share(struct sem_undo_list **out)
{
	int err = sem_undo_own_list(out);

	if (!err)
		atomic32_inc(&(*out)->refs);
	return err;
}

static struct sem_undo *find(struct sem_undo_list *l, const struct sem_set *s)
{
	struct sem_undo *u, *found = NULL;

	spin_lock(&l->lock);
	list_for_each (u, &l->undos, in_list) {
		if (u->set == s) {
			found = u;
			break;
		}
	}
	spin_unlock(&l->lock);
	return found;
}

static void add_locked(struct sem_undo_list *l, struct sem_set *s,
		       struct sem_undo *u)
{
	u->set = s;
	u->list = l;
	list_add_tail(&u->in_set, &s->undos);
	spin_lock(&l->lock);
	list_add(&u->in_list, &l->undos);
	spin_unlock(&l->lock);
}

static void unlink_locked(struct sem_undo *u)
{
	struct sem_undo_list *l = u->list;

	list_del(&u->in_set);
	spin_lock(&l->lock);
	list_del(&u->in_list);
	spin_unlock(&l->lock);
}

/* The set is unlocked while memory is found; a reference keeps it. */
static int make(struct sem_undo_list *l, struct sem_set *s,
		struct sem_undo **out)
{
	struct sem_undo *u, *other;
	int err = 0;

	ipc_hold(&s->ipc);
	ipc_unlock(&s->ipc);
	u = kzalloc(sizeof(*u) + (size_t)s->count * sizeof(u->adjust[0]), 0);
	spin_lock(&s->ipc.lock);
	if (!u)
		err = -ENOMEM;
	else if (s->ipc.removed)
		err = -EIDRM;
	if (!err) {
		other = find(l, s); /* another thread was first */
		if (!other)
			add_locked(l, s, u);
		*out = other ? other : u;
	}
	if (err)
		ipc_unlock(&s->ipc);
	if (err || *out != u)
		kfree(u);
	ipc_put(&s->ipc);
	return err;
}

int sem_undo_get(struct sem_undo_list *l, struct sem_set *s,
		 struct sem_undo **out)
{
	*out = find(l, s);
	return *out ? 0 : make(l, s, out);
}

void sem_undo_clear_locked(struct sem_set *s, int num)
{
	struct sem_undo *u;

	assert_held(&s->ipc.lock);
	list_for_each (u, &s->undos, in_set)
		for (int i = MAX(num, 0); i < s->count; i++) {
			u->adjust[i] = 0;
			if (i == num)
				break;
		}
}

void sem_undo_drop_locked(struct sem_set *s)
{
	struct sem_undo *u, *tmp;

	assert_held(&s->ipc.lock);
	list_for_each_safe (u, tmp, &s->undos, in_set) {
		unlink_locked(u);
		kfree(u);
	}
}

/* What the process did, backwards; a value stays in its range (semop(2)). */
static void apply_locked(struct sem_set *s, const struct sem_undo *u)
{
	for (int i = 0; i < s->count; i++) {
		struct semaphore *sem = &s->sem[i];

		if (!u->adjust[i])
			continue;
		sem->value = MAX(MIN(sem->value + u->adjust[i], SEMVMX), 0);
		sem->pid = sem_current_pid();
		sem_mark_locked(s, i);
	}
	s->otime = clock_realtime();
	sem_settle_locked(s);
}

/* The first adjustment's set, referenced; NULL: no more. */
static struct sem_set *next_set(struct sem_undo_list *l, struct sem_undo **out)
{
	struct sem_set *s = NULL;

	spin_lock(&l->lock);
	if (!list_empty(&l->undos)) {
		*out = list_first_entry(&l->undos, struct sem_undo, in_list);
		s = (*out)->set;
		ipc_hold(&s->ipc);
	}
	spin_unlock(&l->lock);
	return s;
}

static void leave(struct sem_undo_list *l)
{
	struct sem_undo *u;
	struct sem_set *s;

	if (!atomic32_dec_and_test(&l->refs))
		return;
	while ((s = next_set(l, &u))) {
		spin_lock(&s->ipc.lock);
		if (!s->ipc.removed) {
			unlink_locked(u);
			apply_locked(s, u);
			kfree(u);
		}
		spin_unlock(&s->ipc.lock);
		ipc_put(&s->ipc);
	}
	/* Who removed a set may still be inside our lock. */
	spin_lock(&l->lock);
	spin_unlock(&l->lock);
	kfree(l);
}

void sem_undo_init(void)
{
	static const struct process_undo_ops ops = {
		.share = share,
		.leave = leave,
	};

	process_undo_ops = &ops;
}
