/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes that lend priority (FUTEX_LOCK_PI and its like, futex(2)).
 *
 * The word holds its owner's thread id.  Once somebody waits there is a state:
 * who owns the futex and who waits, best priority first.  Unlocking hands it
 * to the first of them.  An owner runs at the best priority of all who wait
 * for what it owns, and so does whom it waits for itself.
 *
 * Chains of owners cross processes and buckets, so there is one lock for all
 * of this, taken only where somebody waits.  A waiter's struct is on its
 * stack: it takes the lock once more before it returns.
 */
#include "lib/hash.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "proc/futex.h"
#include "proc/futex_priv.h"
#include "proc/process.h"
#include "sched/waitq.h"
#include "vm/usercopy.h"

#define CHAINS    64
#define CHAIN_MAX 1024 /* owners that wait for owners */

struct pi_state {
	struct list hash;
	struct list owned; /* in owner->pi_owned */
	struct futex_key key;
	struct task *owner; /* holds a reference */
	struct list waiters;
	bool fixing; /* its owner has yet to write the word */
};

struct pi_waiter {
	struct list node;
	struct task *task;
	struct pi_state *state;
	unsigned prio;
	bool got; /* it is the owner now */
	bool fix; /* nobody has written the word: the old owner is gone */
};

static struct spinlock pi_lock = SPINLOCK(RANK_FUTEX);
/* protected by pi_lock, as is all above: */
static struct list states[CHAINS];

static struct list *chain_of(const struct futex_key *k)
{
	struct list *l = &states[hash_u64(k->owner ^ k->place, 0) % CHAINS];

	if (unlikely(!l->next))
		list_init(l);
	return l;
}

static struct pi_state *find_locked(const struct futex_key *k)
{
	struct pi_state *st;

	list_for_each (st, chain_of(k), hash)
		if (futex_same(&st->key, k))
			return st;
	return NULL;
}

static void own_locked(struct pi_state *st, struct task *t)
{
	st->owner = t;
	thread_get(&t->thread);
	list_add_tail(&st->owned, &t->pi_owned);
}

static void disown_locked(struct pi_state *st)
{
	list_del(&st->owned);
	thread_put(&st->owner->thread);
}

static void destroy_locked(struct pi_state *st)
{
	disown_locked(st);
	list_del(&st->hash);
	kfree(st);
}

static struct pi_waiter *first_waiter(struct pi_state *st)
{
	return list_empty(&st->waiters)
		       ? NULL
		       : list_first_entry(&st->waiters, struct pi_waiter, node);
}

static void queue_locked(struct pi_state *st, struct pi_waiter *w)
{
	struct pi_waiter *at;

	list_for_each (at, &st->waiters, node)
		if (at->prio > w->prio)
			break;
	list_add_tail(&w->node, &at->node);
}

static unsigned lent_locked(struct task *t)
{
	unsigned best = PRIO_NO_BOOST;
	struct pi_state *st;

	list_for_each (st, &t->pi_owned, owned) {
		struct pi_waiter *w = first_waiter(st);

		if (w)
			best = MIN(best, w->prio);
	}
	return best;
}

/* t owns more or less than before, and so may those it waits for. */
static void refresh_locked(struct task *t)
{
	for (unsigned i = 0; t && i < CHAIN_MAX; i++) {
		struct pi_waiter *w = t->pi_waits;

		thread_set_boost(&t->thread, lent_locked(t));
		if (!w || w->prio == READ_ONCE(t->thread.prio))
			return;
		list_del(&w->node);
		w->prio = READ_ONCE(t->thread.prio);
		queue_locked(w->state, w);
		t = w->state->owner;
	}
}

/* Makes the first waiter the owner. */
static void hand_over_locked(struct pi_state *st, bool fix)
{
	struct pi_waiter *w = first_waiter(st);
	struct task *old = st->owner, *t = w->task;

	list_del(&w->node);
	t->pi_waits = NULL;
	thread_get(&old->thread);
	disown_locked(st);
	own_locked(st, t);
	st->fixing = fix;
	if (list_empty(&st->waiters) && !fix)
		destroy_locked(st);
	refresh_locked(old);
	refresh_locked(t);
	thread_put(&old->thread);
	w->fix = fix;
	WRITE_ONCE(w->got, true);
	thread_wake(&t->thread);
}

static int read_locked(uaddr_t addr, uint32_t *val)
{
	int err;

	usercopy_faults_off();
	err = arch_get_user32(addr, val);
	usercopy_faults_on();
	return err;
}

/* 1: done; 0: the word had changed; -EFAULT: not there just now. */
static int change_locked(uaddr_t addr, uint32_t was, uint32_t new)
{
	uint32_t old;
	int err;

	usercopy_faults_off();
	err = arch_cmpxchg_user32(addr, was, new, &old);
	usercopy_faults_on();
	return err ? -EFAULT : old == was;
}

/* Brings the word in, writable. */
static int fault_in(uaddr_t addr)
{
	uint32_t v, old;

	if (arch_get_user32(addr, &v) || arch_cmpxchg_user32(addr, v, v, &old))
		return -EFAULT;
	return 0;
}

struct attempt {
	uaddr_t addr;
	struct futex_key key;
	bool try;
	struct pi_state *fresh; /* used up when somebody is waited for */
	struct pi_waiter *w;
};

enum { TAKEN, QUEUED, CHANGED, FAULTED }; /* or -errno */

static int wait_locked(struct attempt *a, struct pi_state *st,
		       struct task *owner)
{
	struct task *self = a->w->task, *o = owner;

	for (unsigned i = 0; o && i < CHAIN_MAX; i++) {
		if (o == self)
			return -EDEADLK;
		o = o->pi_waits ? o->pi_waits->state->owner : NULL;
	}
	if (!st) {
		st = a->fresh;
		a->fresh = NULL;
		st->key = a->key;
		st->fixing = false;
		list_init(&st->waiters);
		list_add(&st->hash, chain_of(&a->key));
		own_locked(st, owner);
	}
	a->w->state = st;
	a->w->prio = READ_ONCE(self->thread.prio);
	self->pi_waits = a->w;
	queue_locked(st, a->w);
	refresh_locked(owner);
	return QUEUED;
}

/* The thread that the word names; NULL with the reason in *result. */
static struct task *find_owner_locked(struct attempt *a, uint32_t val,
				      int *result)
{
	struct task *t = task_find_rcu((int)(val & FUTEX_TID_MASK));
	uint32_t now;

	if (t && !t->pi_gone)
		return t;
	*result = -ESRCH;
	if (read_locked(a->addr, &now))
		*result = FAULTED;
	else if (now != val)
		*result = CHANGED; /* it ended just now */
	return NULL;
}

static int attempt_locked(struct attempt *a)
{
	uint32_t val, self = (uint32_t)a->w->task->thread.tid;
	struct pi_state *st;
	struct task *owner;
	int done = 1;

	if (read_locked(a->addr, &val))
		return FAULTED;
	if ((val & FUTEX_TID_MASK) == self)
		return -EDEADLK;
	st = find_locked(&a->key);
	if (!st && !(val & FUTEX_TID_MASK)) {
		done = change_locked(a->addr, val,
				     self | (val & FUTEX_OWNER_DIED));
		return done < 0 ? FAULTED : done ? TAKEN : CHANGED;
	}
	if (!(val & FUTEX_WAITERS))
		done = change_locked(a->addr, val, val | FUTEX_WAITERS);
	if (done <= 0)
		return done < 0 ? FAULTED : CHANGED;
	owner = st ? st->owner
		   : find_owner_locked(a, val | FUTEX_WAITERS, &done);
	if (owner && a->try)
		return -EAGAIN;
	return owner ? wait_locked(a, st, owner) : done;
}

/* Writes what a dead owner could not. */
static int fix_word(uaddr_t addr, struct task *t)
{
	uint32_t new =
		(uint32_t)t->thread.tid | FUTEX_WAITERS | FUTEX_OWNER_DIED;
	uint32_t v, old;

	do {
		if (arch_get_user32(addr, &v) ||
		    arch_cmpxchg_user32(addr, v, new, &old))
			return -EFAULT;
	} while (old != v);
	return 0;
}

static void leave_locked(struct pi_waiter *w)
{
	struct pi_state *st = w->state;
	struct task *owner = st->owner;

	list_del(&w->node);
	w->task->pi_waits = NULL;
	thread_get(&owner->thread);
	if (list_empty(&st->waiters) && !st->fixing)
		destroy_locked(st);
	refresh_locked(owner);
	thread_put(&owner->thread);
}

/* Sleeps until the futex is ours. */
static long sleep_queued(struct attempt *a, nsec_t deadline)
{
	struct pi_waiter *w = a->w;
	int err = 0;

	while (!READ_ONCE(w->got) && !err) {
		thread_set_state(THREAD_SLEEPING);
		if (!READ_ONCE(w->got))
			err = waitq_sleep(THREAD_SLEEPING, deadline);
	}
	thread_set_state(THREAD_RUNNABLE);
	spin_lock(&pi_lock);
	if (!w->got)
		leave_locked(w);
	spin_unlock(&pi_lock);
	if (!w->got)
		return err == -ETIMEDOUT ? err : -ERESTARTNOINTR;
	if (!w->fix)
		return 0;
	err = fix_word(a->addr, w->task);
	spin_lock(&pi_lock);
	w->state->fixing = false;
	if (list_empty(&w->state->waiters))
		destroy_locked(w->state);
	spin_unlock(&pi_lock);
	return err;
}

static long lock(struct attempt *a, nsec_t deadline)
{
	for (;;) {
		int how;

		if (!a->fresh)
			a->fresh = kmalloc(sizeof(*a->fresh), 0);
		if (!a->fresh)
			return -ENOMEM;
		spin_lock(&pi_lock);
		how = attempt_locked(a);
		spin_unlock(&pi_lock);
		switch (how) {
		case TAKEN: return 0;
		case QUEUED: return sleep_queued(a, deadline);
		case CHANGED: break;
		case FAULTED:
			if (fault_in(a->addr))
				return -EFAULT;
			break;
		default: return how;
		}
		if (thread_signal_pending(thread_current(), THREAD_KILLABLE))
			return -ERESTARTNOINTR;
	}
}

long futex_lock_pi(uaddr_t addr, nsec_t deadline, bool try, bool private)
{
	struct pi_waiter w = { .task = task_current() };
	struct attempt a = { .addr = addr, .try = try, .w = &w };
	struct object *object;
	long err = futex_make_key(addr, private, &a.key, &object);

	if (err)
		return err;
	err = lock(&a, deadline);
	kfree(a.fresh);
	futex_put_key(object);
	return err;
}

/* 1: done, 0: again, or -errno. */
static int unlock_locked(uaddr_t addr, const struct futex_key *k)
{
	struct task *self = task_current();
	struct pi_state *st = find_locked(k);
	uint32_t val, new = 0;
	int done;

	if (read_locked(addr, &val))
		return -EFAULT;
	if ((val & FUTEX_TID_MASK) != (uint32_t)self->thread.tid)
		return -EPERM;
	if (st && st->owner != self)
		return -EINVAL;
	if (st && list_empty(&st->waiters))
		st = NULL; /* its word is being put right by us */
	if (st)
		new = (uint32_t)first_waiter(st)->task->thread.tid |
		      FUTEX_WAITERS;
	done = change_locked(addr, val, new);
	if (done > 0 && st)
		hand_over_locked(st, false);
	return done;
}

long futex_unlock_pi(uaddr_t addr, bool private)
{
	struct object *object;
	struct futex_key k;
	long err = futex_make_key(addr, private, &k, &object);
	int done = 0;

	if (err)
		return err;
	while (!done) {
		spin_lock(&pi_lock);
		done = unlock_locked(addr, &k);
		spin_unlock(&pi_lock);
		if (done == -EFAULT && !fault_in(addr))
			done = 0;
	}
	futex_put_key(object);
	return done < 0 ? done : 0;
}

void futex_pi_leave(struct task *t, bool gone)
{
	struct pi_state *st, *tmp;

	spin_lock(&pi_lock);
	t->pi_gone = gone;
	list_for_each_safe (st, tmp, &t->pi_owned, owned)
		if (!list_empty(&st->waiters))
			hand_over_locked(st, true);
	spin_unlock(&pi_lock);
}
