/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues.  An entry is a callback with a key mask; sleeping threads,
 * poll and epoll all wait by entries, so there is one way to be told.
 * Exclusive entries stand behind the others and only one of them is woken at
 * a time.
 *
 * The callback runs under the queue's lock, in any context; it returns true
 * when it woke somebody (which counts for exclusive entries).
 */
#pragma once

#include "lib/list.h"

#include "core/spinlock.h"
#include "sched/thread.h"

struct wait_entry {
	struct list node;
	bool (*wake)(struct wait_entry *e, uint32_t key);
	struct thread *thread;
	uint32_t keys; /* events of interest; ~0: all */
	bool exclusive;
};

struct waitq {
	struct spinlock lock;
	/* protected by lock: */
	struct list entries;
};

#define WAITQ(name)                                  \
	{                                            \
		.lock = SPINLOCK(RANK_WAITQ),        \
		.entries = LIST_INIT((name).entries) \
	}

void waitq_init(struct waitq *q);
void waitq_add(struct waitq *q, struct wait_entry *e);
void waitq_remove(struct waitq *q, struct wait_entry *e);

/* Wakes all plain entries that want `key` and up to n exclusive ones.  The
 * caller changed the condition before.  Any context. */
void waitq_wake_key(struct waitq *q, unsigned n, uint32_t key);
static inline void waitq_wake_all(struct waitq *q)
{
	waitq_wake_key(q, ~0u, ~0u);
}
static inline void waitq_wake_one(struct waitq *q)
{
	waitq_wake_key(q, 1, ~0u);
}
/* Cheap test before waking; needs a full barrier after the condition. */
static inline bool waitq_active(struct waitq *q)
{
	smp_mb();
	return !list_empty(&q->entries);
}

/* The loop below in pieces: prepare sets the thread's state and queues it. */
void waitq_prepare(struct waitq *q, struct wait_entry *e,
		   enum thread_state state);
void waitq_finish(struct waitq *q, struct wait_entry *e);
/* Sleeps; 0, or -ERESTARTSYS (a signal), or -ETIMEDOUT when deadline passed.
 * deadline NSEC_FOREVER: none. */
int must_check waitq_sleep(enum thread_state state, nsec_t deadline);

#define NSEC_FOREVER INT64_MAX

#define waitq_wait_deadline(q, cond, st, deadline)                 \
	({                                                         \
		int wait_err_ = 0;                                 \
		struct wait_entry wait_e_ = { .keys = ~0u };       \
		while (!(cond)) {                                  \
			waitq_prepare((q), &wait_e_, (st));        \
			if (cond)                                  \
				break;                             \
			wait_err_ = waitq_sleep((st), (deadline)); \
			if (wait_err_)                             \
				break;                             \
		}                                                  \
		waitq_finish((q), &wait_e_);                       \
		if (wait_err_ && (cond))                           \
			wait_err_ = 0;                             \
		wait_err_;                                         \
	})

/* Until cond holds; nothing else ends it. */
#define waitq_wait(q, cond) \
	((void)waitq_wait_deadline(q, cond, THREAD_BLOCKED, NSEC_FOREVER))
/* 0 or -ERESTARTSYS. */
#define waitq_wait_interruptible(q, cond) \
	waitq_wait_deadline(q, cond, THREAD_SLEEPING, NSEC_FOREVER)
#define waitq_wait_killable(q, cond) \
	waitq_wait_deadline(q, cond, THREAD_KILLABLE, NSEC_FOREVER)
