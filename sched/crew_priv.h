/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests: some threads that run the same function, and the wait for their
 * end.  A member's number is its argument's place in the array. */
#pragma once

#include "core/ktest.h"
#include "core/timer.h"
#include "sched/thread.h"

#define CREW_MAX 8

struct crew {
	struct thread *thread[CREW_MAX];
	unsigned n;
};

/* The last member, not running yet; false: the test has failed. */
static inline bool must_check crew_make(struct crew *c, void (*fn)(void *arg),
					void *arg)
{
	bool made = c->n < CREW_MAX &&
		    !thread_create(&c->thread[c->n], NULL, "crew", fn, arg);

	KTEST_EXPECT(made);
	c->n += made;
	return made;
}

/* Adds a running member. */
static inline void crew_add(struct crew *c, void (*fn)(void *arg), void *arg)
{
	if (crew_make(c, fn, arg))
		thread_start(c->thread[c->n - 1]);
}

/* One that never runs at the same time as its equals and the test, which is
 * pinned to CPU 0. */
static inline void crew_add_pinned(struct crew *c, void (*fn)(void *arg),
				   void *arg)
{
	struct cpumask only = { 0 };

	cpumask_set(&only, 0);
	if (!crew_make(c, fn, arg))
		return;
	KTEST_EXPECT(!thread_set_allowed(c->thread[c->n - 1], &only));
	thread_start(c->thread[c->n - 1]);
}

static inline void crew_rest(nsec_t ns)
{
	(void)!thread_sleep_until(clock_monotonic() + ns, THREAD_BLOCKED);
}

static inline bool crew_gone(const struct thread *t)
{
	return READ_ONCE(t->state) == THREAD_DEAD && !READ_ONCE(t->on_cpu);
}

/* Waits until all have ended, five seconds at most. */
static inline void crew_join(struct crew *c)
{
	nsec_t limit = clock_monotonic() + 5 * NSEC_PER_SEC;

	for (unsigned i = 0; i < c->n; i++) {
		while (!crew_gone(c->thread[i]) && clock_monotonic() < limit)
			crew_rest(NSEC_PER_MSEC);
		KTEST_EXPECT(crew_gone(c->thread[i]));
		thread_put(c->thread[i]);
	}
	c->n = 0;
}
