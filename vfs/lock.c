/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks.  Each inode that was ever locked has a struct lock_list; its
 * entries are protected by the inode's lock.  Records of one owner never
 * overlap: setting a range cuts what the owner held there.
 *
 * Processes that wait for each other's records in a circle would wait for ever.
 * So each one that is about to wait looks along the list of those who do: from
 * the owner in its way to the owner in that one's way, and so on.  As on Linux
 * it gives up after a few steps, and locks of open files take no part.
 */
#include "vfs/lock.h"

#include "lib/list.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vfs/file.h"
#include "vfs/inode.h"

struct lock_entry {
	struct list node;
	struct lock_request rq;
};

struct lock_list {
	struct list entries;
	struct waitq wait; /* for any of them to go */
	struct atomic32 changes;
};

#define CHAIN_MAX 10

/* On its stack while it waits. */
struct waiting {
	struct list node;
	const void *owner, *blocker;
};

static struct spinlock wait_lock = SPINLOCK(RANK_INODE_META);
/* protected by wait_lock: */
static struct list waiting = LIST_INIT(waiting);

/* Each inode->lock held. */
static struct lock_list *list_of(struct inode *ino)
{
	struct lock_list *l = ino->locks;

	if (l)
		return l;
	l = kmalloc(sizeof(*l), 0);
	if (!l)
		return NULL;
	list_init(&l->entries);
	waitq_init(&l->wait);
	atomic32_store(&l->changes, 0);
	ino->locks = l;
	return l;
}

static bool same_owner(const struct lock_request *a,
		       const struct lock_request *b)
{
	return a->owner == b->owner && a->whole_file == b->whole_file;
}

static bool overlap(const struct lock_request *a, const struct lock_request *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static const struct lock_entry *find_conflict(struct lock_list *l,
					      const struct lock_request *rq)
{
	const struct lock_entry *e;

	if (rq->type == F_UNLCK)
		return NULL;
	list_for_each (e, &l->entries, node)
		if (e->rq.whole_file == rq->whole_file &&
		    e->rq.owner != rq->owner && overlap(&e->rq, rq) &&
		    (e->rq.type == F_WRLCK || rq->type == F_WRLCK))
			return e;
	return NULL;
}

/* In order of start, so that F_GETLK tells the first that is in the way. */
static void insert(struct lock_list *l, struct lock_entry *new)
{
	struct lock_entry *e;

	list_for_each (e, &l->entries, node)
		if (e->rq.start > new->rq.start)
			break;
	list_add_tail(&new->node, &e->node);
}

static void drop(struct lock_entry *e)
{
	list_del(&e->node);
	kfree(e);
}

/* Cuts rq's range out of what its owner holds.  One record may fall in two:
 * *spare is used for the second half. */
static void cut(struct lock_list *l, const struct lock_request *rq,
		struct lock_entry **spare)
{
	struct lock_entry *e, *tmp;

	list_for_each_safe (e, tmp, &l->entries, node) {
		if (!same_owner(&e->rq, rq) || !overlap(&e->rq, rq))
			continue;
		if (e->rq.start < rq->start && e->rq.end > rq->end) {
			(*spare)->rq = e->rq;
			(*spare)->rq.start = rq->end + 1;
			e->rq.end = rq->start - 1;
			insert(l, *spare);
			*spare = NULL;
		} else if (e->rq.start < rq->start) {
			e->rq.end = rq->start - 1;
		} else if (e->rq.end > rq->end) {
			e->rq.start = rq->end + 1;
			list_del(&e->node);
			insert(l, e);
		} else {
			drop(e);
		}
	}
}

/* Neighbours of the same kind become one, as F_GETLK shows them. */
static void merge(struct lock_list *l, struct lock_entry *new)
{
	struct lock_entry *e, *tmp;

	list_for_each_safe (e, tmp, &l->entries, node) {
		if (!same_owner(&e->rq, &new->rq) || e->rq.type != new->rq.type)
			continue;
		if (e->rq.end + 1 == new->rq.start)
			new->rq.start = e->rq.start;
		else if (new->rq.end + 1 == e->rq.start)
			new->rq.end = e->rq.end;
		else
			continue;
		drop(e);
	}
}

/* inode->lock held.  -EAGAIN: somebody else's stands in the way. */
static int set_locked(struct inode *ino, const struct lock_request *rq,
		      struct lock_entry *entry[2])
{
	struct lock_list *l = list_of(ino);

	if (!l)
		return -ENOMEM;
	if (find_conflict(l, rq))
		return -EAGAIN;
	cut(l, rq, &entry[1]);
	if (rq->type != F_UNLCK) {
		entry[0]->rq = *rq;
		merge(l, entry[0]);
		insert(l, entry[0]);
		entry[0] = NULL;
	}
	atomic32_inc(&l->changes);
	waitq_wake_all(&l->wait);
	return 0;
}

/* The owner that `owner` waits for; NULL: it does not wait.  wait_lock. */
static const void *waits_for(const void *owner)
{
	const struct waiting *w;

	list_for_each (w, &waiting, node)
		if (w->owner == owner)
			return w->blocker;
	return NULL;
}

/* -EDEADLK: the one in the way waits for us, maybe through others. */
static int begin_wait(struct waiting *w, const struct lock_request *rq,
		      const void *blocker)
{
	const void *next = blocker;
	int err = 0;

	list_init(&w->node);
	if (rq->whole_file || rq->pid == LOCK_PID_FILE)
		return 0;
	w->owner = rq->owner;
	w->blocker = blocker;
	spin_lock(&wait_lock);
	for (unsigned i = 0; next && i < CHAIN_MAX; i++) {
		next = waits_for(next);
		if (next == rq->owner)
			err = -EDEADLK;
	}
	if (!err)
		list_add(&w->node, &waiting);
	spin_unlock(&wait_lock);
	return err;
}

static void end_wait(struct waiting *w)
{
	spin_lock(&wait_lock);
	list_del(&w->node);
	spin_unlock(&wait_lock);
}

/* One attempt; with -EAGAIN the caller stands in the list of those who wait
 * and shall do so until *seen changes, unless it will not wait. */
static int attempt(struct inode *ino, const struct lock_request *rq,
		   struct lock_entry *entry[2], struct waiting *w,
		   uint32_t *seen)
{
	int err;

	mutex_lock(&ino->lock);
	err = set_locked(ino, rq, entry);
	if (err == -EAGAIN && w) {
		int dead = begin_wait(w, rq,
				      find_conflict(ino->locks, rq)->rq.owner);

		err = dead ? dead : err;
		*seen = atomic32_load(&ino->locks->changes);
	}
	mutex_unlock(&ino->lock);
	return err;
}

static int set_waiting(struct inode *ino, const struct lock_request *rq,
		       struct lock_entry *entry[2])
{
	struct waiting w;
	uint32_t seen;
	int err;

	while ((err = attempt(ino, rq, entry, &w, &seen)) == -EAGAIN) {
		err = waitq_wait_interruptible(
			&ino->locks->wait,
			atomic32_load(&ino->locks->changes) != seen);
		end_wait(&w);
		if (err)
			break;
	}
	return err;
}

int lock_set(struct file *f, const struct lock_request *rq, bool wait)
{
	struct lock_entry *entry[2];
	int err = -ENOMEM;

	entry[0] = kmalloc(sizeof(*entry[0]), 0);
	entry[1] = kmalloc(sizeof(*entry[1]), 0);
	if (entry[0] && entry[1])
		err = wait ? set_waiting(f->inode, rq, entry)
			   : attempt(f->inode, rq, entry, NULL, NULL);
	kfree(entry[0]);
	kfree(entry[1]);
	return err;
}

bool lock_test(struct file *f, const struct lock_request *rq,
	       struct lock_request *found)
{
	struct inode *ino = f->inode;
	const struct lock_entry *e = NULL;

	mutex_lock(&ino->lock);
	if (ino->locks)
		e = find_conflict(ino->locks, rq);
	if (e)
		*found = e->rq;
	mutex_unlock(&ino->lock);
	return e;
}

void lock_drop_owner(struct inode *ino, const void *owner)
{
	struct lock_entry *e, *tmp;
	bool any = false;

	mutex_lock(&ino->lock);
	list_for_each_safe (e, tmp, &ino->locks->entries, node) {
		if (e->rq.owner != owner)
			continue;
		drop(e);
		any = true;
	}
	if (any) {
		atomic32_inc(&ino->locks->changes);
		waitq_wake_all(&ino->locks->wait);
	}
	mutex_unlock(&ino->lock);
}

void lock_free_all(struct inode *ino)
{
	struct lock_entry *e, *tmp;

	if (likely(!ino->locks))
		return;
	list_for_each_safe (e, tmp, &ino->locks->entries, node)
		drop(e);
	kfree(ino->locks);
	ino->locks = NULL;
}
