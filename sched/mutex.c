/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes and reader-writer locks.  A mutex's owner word carries bit 0 once
 * somebody waits; it then stays until an unlock that finds it wakes one
 * waiter.
 */
#include "sched/mutex.h"

#include "abi/errno.h"
#include "core/preempt.h"
#include "sched/mutex_priv.h"
#include "sched/runqueue.h"

#define WAITERS 1ul

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	*m = (struct mutex){ .rank = rank };
	waitq_init(&m->waiters);
}

static bool take(struct mutex *m)
{
	unsigned long free = 0;

	return atomic_long_cmpxchg(&m->owner, &free,
				   (unsigned long)thread_current());
}

bool mutex_trylock(struct mutex *m)
{
	if (!take(m))
		return false;
	mutex_debug_held(m->rank);
	m->pc = (uintptr_t)__builtin_return_address(0);
	return true;
}

/* Takes it, or marks it as waited for. */
static bool take_or_mark(struct mutex *m)
{
	unsigned long old = atomic_long_load(&m->owner);

	for (;;) {
		unsigned long want =
			(old & ~WAITERS)
				? old | WAITERS
				: (unsigned long)thread_current() | WAITERS;

		if (want == old)
			return false;
		if (atomic_long_cmpxchg(&m->owner, &old, want))
			return !(old & ~WAITERS);
	}
}

static int lock_slow(struct mutex *m, enum thread_state state)
{
	struct wait_entry e = { .keys = ~0u, .exclusive = true };
	int err = 0;

	for (;;) {
		waitq_prepare(&m->waiters, &e, state);
		if (take_or_mark(m))
			break;
		err = waitq_sleep(state, NSEC_FOREVER);
		if (err)
			break;
	}
	waitq_finish(&m->waiters, &e);
	if (err) {
		/* A wake-up meant for us goes to the next. */
		waitq_wake_one(&m->waiters);
		return -EINTR;
	}
	return 0;
}

void mutex_lock(struct mutex *m)
{
	might_sleep();
	mutex_debug_check(m->rank);
	if (unlikely(!take(m)))
		(void)!lock_slow(m, THREAD_BLOCKED);
	mutex_debug_held(m->rank);
	m->pc = (uintptr_t)__builtin_return_address(0);
}

int mutex_lock_killable(struct mutex *m)
{
	int err = 0;

	might_sleep();
	mutex_debug_check(m->rank);
	if (!take(m))
		err = lock_slow(m, THREAD_KILLABLE);
	if (!err)
		mutex_debug_held(m->rank);
	return err;
}

void mutex_unlock(struct mutex *m)
{
	unsigned long self = (unsigned long)thread_current();

	ASSERT(mutex_held_here(m));
	mutex_debug_released(m->rank);
	if (likely(atomic_long_cmpxchg(&m->owner, &self, 0)))
		return;
	atomic_long_store_release(&m->owner, 0);
	waitq_wake_one(&m->waiters);
}

void rwlock_init(struct rwlock *l, enum lock_rank rank)
{
	*l = (struct rwlock){ .rank = rank };
	spin_init(&l->lock, RANK_WAITQ - 1);
	waitq_init(&l->waiters);
}

static bool try_read(struct rwlock *l)
{
	bool ok;

	spin_lock(&l->lock);
	ok = !l->writer && !l->writers_waiting;
	l->readers += ok;
	spin_unlock(&l->lock);
	return ok;
}

static bool try_write(struct rwlock *l)
{
	bool ok;

	spin_lock(&l->lock);
	ok = !l->writer && !l->readers;
	if (ok)
		l->writer = thread_current();
	spin_unlock(&l->lock);
	return ok;
}

static void count_writer(struct rwlock *l, int n)
{
	spin_lock(&l->lock);
	l->writers_waiting += n;
	spin_unlock(&l->lock);
}

void rwlock_read(struct rwlock *l)
{
	might_sleep();
	mutex_debug_check(l->rank);
	waitq_wait(&l->waiters, try_read(l));
	mutex_debug_held(l->rank);
}

void rwlock_read_end(struct rwlock *l)
{
	bool last;

	mutex_debug_released(l->rank);
	spin_lock(&l->lock);
	last = --l->readers == 0;
	spin_unlock(&l->lock);
	if (last)
		waitq_wake_all(&l->waiters);
}

static int write_state(struct rwlock *l, enum thread_state state)
{
	int err;

	might_sleep();
	mutex_debug_check(l->rank);
	if (try_write(l)) {
		mutex_debug_held(l->rank);
		return 0;
	}
	count_writer(l, 1);
	err = waitq_wait_deadline(&l->waiters, try_write(l), state,
				  NSEC_FOREVER);
	count_writer(l, -1);
	if (err)
		waitq_wake_all(&l->waiters);
	else
		mutex_debug_held(l->rank);
	return err ? -EINTR : 0;
}

void rwlock_write(struct rwlock *l)
{
	(void)!write_state(l, THREAD_BLOCKED);
}

int rwlock_write_killable(struct rwlock *l)
{
	return write_state(l, THREAD_KILLABLE);
}

void rwlock_write_end(struct rwlock *l)
{
	mutex_debug_released(l->rank);
	spin_lock(&l->lock);
	l->writer = NULL;
	spin_unlock(&l->lock);
	waitq_wake_all(&l->waiters);
}
