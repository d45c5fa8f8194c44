/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads start, sleep, are woken once and by the right states only, and share
 * the CPU without being asked. */
#include "lib/string.h"

#include "core/ktest.h"
#include "sched/crew_priv.h"
#include "sched/rcu.h"
#include "sched/runqueue_priv.h"
#include "sched/thread.h"

struct note {
	struct atomic32 steps;
	struct thread *who;
	int err;
};

static void take_note(void *arg)
{
	struct note *n = arg;

	n->who = thread_current();
	atomic32_add_return(&n->steps, 1);
}

KTEST_CASE(thread_runs)
{
	struct note n = { 0 };
	struct crew c = { 0 };
	struct thread *t;

	crew_add(&c, take_note, &n);
	t = c.thread[0];
	KTEST_EXPECT(!strcmp(t->name, "crew"));
	KTEST_EXPECT(t != thread_current());
	crew_join(&c);
	KTEST_EXPECT(n.who == t);
	KTEST_EXPECT(atomic32_load(&n.steps) == 1);
}

static void sleep_twice(void *arg)
{
	struct note *n = arg;

	for (unsigned i = 0; i < 2; i++) {
		atomic32_add_return(&n->steps, 1);
		n->err |= thread_sleep_until(INT64_MAX, THREAD_BLOCKED);
	}
	atomic32_add_return(&n->steps, 1);
}

static void until_steps(struct note *n, uint32_t steps, struct thread *t)
{
	while (atomic32_load(&n->steps) < steps ||
	       READ_ONCE(t->state) == THREAD_RUNNABLE)
		crew_rest(NSEC_PER_MSEC / 4);
}

KTEST_CASE(thread_wakes)
{
	struct note n = { 0 };
	struct crew c = { 0 };
	struct thread *t;

	thread_pin(0 + 1);
	crew_add_pinned(&c, sleep_twice, &n);
	t = c.thread[0];
	until_steps(&n, 1, t);
	KTEST_EXPECT(!thread_wake_states(t, BIT(THREAD_SLEEPING)));
	KTEST_EXPECT(atomic32_load(&n.steps) == 1);
	KTEST_EXPECT(thread_wake(t));
	/* Runnable now, so there is nobody to wake. */
	KTEST_EXPECT(!thread_wake(t));
	until_steps(&n, 2, t);
	KTEST_EXPECT(thread_wake(t));
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&n.steps) == 3);
	KTEST_EXPECT(n.err == 0);
	KTEST_EXPECT(!thread_wake(thread_current()));
	thread_pin(0);
}

KTEST_CASE(thread_sleeps)
{
	nsec_t before = clock_monotonic();
	nsec_t until = before + 2 * NSEC_PER_MSEC;

	KTEST_EXPECT(!thread_sleep_until(until, THREAD_BLOCKED));
	KTEST_EXPECT(clock_monotonic() >= until);
	/* What is over already is no reason to sleep. */
	KTEST_EXPECT(!thread_sleep_until(before, THREAD_BLOCKED));
	KTEST_EXPECT(!thread_sleep_until(0, THREAD_SLEEPING));
}

struct pair {
	struct atomic32 turn[2];
	unsigned next;
};

/* Neither yields: only time slices let both see the other move. */
static void see_other_move(void *arg)
{
	struct pair *p = arg;
	unsigned me = p->next++;
	uint32_t seen = 0;

	while (atomic32_load(&p->turn[!me]) < 3) {
		uint32_t other = atomic32_load(&p->turn[!me]);

		if (other != seen || atomic32_load(&p->turn[me]) == 0)
			atomic32_add_return(&p->turn[me], 1);
		seen = other;
		arch_cpu_relax();
	}
	atomic32_store(&p->turn[me], 3);
}

KTEST_CASE(thread_preempts)
{
	struct pair p = { 0 };
	struct crew c = { 0 };

	crew_add(&c, see_other_move, &p);
	crew_add(&c, see_other_move, &p);
	crew_join(&c);
	KTEST_EXPECT(p.next == 2);
}

KTEST_CASE(thread_runtime)
{
	nsec_t before = thread_runtime(thread_current()), until;

	crew_rest(3 * NSEC_PER_MSEC);
	KTEST_EXPECT(thread_runtime(thread_current()) - before <
		     3 * NSEC_PER_MSEC);
	until = clock_monotonic() + 2 * NSEC_PER_MSEC;
	while (clock_monotonic() < until)
		arch_cpu_relax();
	KTEST_EXPECT(thread_runtime(thread_current()) > before);
}

/* A tick while nobody but a real-time thread waits, which cannot come yet. */
KTEST_CASE(thread_tick_before_rt)
{
	struct note n = { 0 };
	struct crew c = { 0 };
	struct cpumask only = { 0 };
	nsec_t until;

	thread_pin(0 + 1);
	cpumask_set(&only, 0);
	if (!crew_make(&c, take_note, &n))
		return;
	KTEST_EXPECT(!thread_set_allowed(c.thread[0], &only));
	thread_set_policy(c.thread[0], THREAD_FIFO, 1);
	preempt_disable();
	thread_start(c.thread[0]);
	until = clock_monotonic() + 4 * TICK_NS;
	while (clock_monotonic() < until)
		arch_cpu_relax();
	KTEST_EXPECT(atomic32_load(&n.steps) == 0);
	preempt_enable();
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&n.steps) == 1);
	thread_pin(0);
}

static void nothing(struct timer *t) {}

static void arm_often(void *arg)
{
	for (unsigned i = 0; i < 20000; i++) {
		nsec_t soon = clock_monotonic() + (i & 63) * 100;

		timer_arm(arg, soon);
		if (i % 8 == 0)
			timer_cancel(arg);
	}
}

/* Several threads arm one timer: it is on one CPU's tree, once. */
KTEST_CASE(timer_shared)
{
	struct crew c = { 0 };
	struct timer t;

	timer_init(&t, nothing);
	for (unsigned i = 0; i < 3; i++)
		crew_add(&c, arm_often, &t);
	arm_often(&t);
	crew_join(&c);
	timer_arm(&t, clock_monotonic() + NSEC_PER_SEC);
	KTEST_EXPECT(timer_cancel_sync(&t));
	KTEST_EXPECT(!timer_cancel_sync(&t));
}
