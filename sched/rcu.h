/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-mostly data without locks on the read side.  A reader is a stretch
 * with preemption off; a CPU is quiescent when it switches threads, idles or
 * returns to user mode.  What was unlinked before rcu_call() is freed when
 * every CPU has been quiescent since.
 */
#pragma once

#include "lib/types.h"

#include "core/preempt.h"

struct rcu_head {
	struct rcu_head *next;
	void (*fn)(struct rcu_head *h);
};

static inline void rcu_read_lock(void)
{
	preempt_disable();
}
static inline void rcu_read_unlock(void)
{
	preempt_enable();
}

/* Calls fn later, in a kernel thread, preemptible.  Any context. */
void rcu_call(struct rcu_head *h, void (*fn)(struct rcu_head *h));
/* Waits for a grace period; sleeps. */
void rcu_synchronize(void);
/* Waits until every call made before has run (tests, leak counts). */
void rcu_barrier(void);

/* For the scheduler: this CPU is quiescent now. */
void rcu_quiescent(void);
/* The idle loop: nothing else to do on this CPU. */
void rcu_idle(void);
void rcu_init(void);
