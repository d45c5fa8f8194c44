/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping locks.  mutex: one holder.  rwlock: many readers or one writer,
 * writers are not starved.  Holders may sleep; never in interrupts.
 */
#pragma once

#include "core/lockrank.h"
#include "core/panic.h"
#include "sched/waitq.h"

struct mutex {
	struct atomic_long owner; /* struct thread *, bit 0: waiters */
	uintptr_t pc;
	uint16_t rank;
	struct waitq waiters;
};

#define MUTEX(name, r)                                        \
	{                                                     \
		.rank = (r), .waiters = WAITQ((name).waiters) \
	}

void mutex_init(struct mutex *m, enum lock_rank rank);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool must_check mutex_trylock(struct mutex *m);
/* 0 or -EINTR when a fatal signal came first. */
int must_check mutex_lock_killable(struct mutex *m);
static inline bool mutex_held_here(const struct mutex *m)
{
	return (atomic_long_load(&m->owner) & ~1ul) ==
	       (unsigned long)thread_current();
}

struct rwlock {
	struct spinlock lock;
	/* protected by lock: */
	uint32_t readers;
	struct thread *writer;
	uint32_t writers_waiting;

	uint16_t rank;
	struct waitq waiters;
};

void rwlock_init(struct rwlock *l, enum lock_rank rank);
void rwlock_read(struct rwlock *l);
void rwlock_read_end(struct rwlock *l);
void rwlock_write(struct rwlock *l);
int must_check rwlock_write_killable(struct rwlock *l);
void rwlock_write_end(struct rwlock *l);
static inline bool rwlock_written_here(const struct rwlock *l)
{
	return l->writer == thread_current();
}
