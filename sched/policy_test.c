/* SPDX-License-Identifier: BSD-2-Clause */
/* Who runs before whom, for how long, and where.  What is compared runs on CPU
 * 0 alone, so that one queue decides. */
#include "arch/atomic.h"

#include "abi/errno.h"
#include "core/percpu.h"
#include "sched/crew_priv.h"
#include "sched/runqueue.h"

struct runner {
	struct atomic32 *clock;
	uint32_t order; /* 1: the first to run */
};

static void note_order(void *arg)
{
	struct runner *r = arg;

	r->order = atomic32_add_return(r->clock, 1);
}

/* Members that do not run yet, on CPU 0; the test is there too, above all. */
static void line_up(struct crew *c, struct runner *r, unsigned n,
		    struct atomic32 *clock)
{
	struct cpumask only = { 0 };

	cpumask_set(&only, 0);
	thread_pin(0 + 1);
	thread_set_policy(thread_current(), THREAD_FIFO, 99);
	for (unsigned i = 0; i < n; i++) {
		r[i] = (struct runner){ .clock = clock };
		if (crew_make(c, note_order, &r[i]))
			KTEST_EXPECT(!thread_set_allowed(c->thread[i], &only));
	}
}

static void let_go(struct crew *c)
{
	for (unsigned i = 0; i < c->n; i++)
		thread_start(c->thread[i]);
	thread_set_policy(thread_current(), THREAD_OTHER, 0);
	crew_join(c);
	thread_pin(0);
}

KTEST_CASE(policy_order)
{
	struct atomic32 clock = { 0 };
	struct runner r[4];
	struct crew c = { 0 };

	line_up(&c, r, 4, &clock);
	KTEST_REQUIRE(c.n == 4);
	thread_set_policy(c.thread[0], THREAD_IDLE, 0);
	thread_set_policy(c.thread[1], THREAD_RR, 10);
	thread_set_policy(c.thread[3], THREAD_FIFO, 20);
	let_go(&c);
	KTEST_EXPECT(r[3].order == 1);
	KTEST_EXPECT(r[1].order == 2);
	KTEST_EXPECT(r[2].order == 3);
	KTEST_EXPECT(r[0].order == 4);
}

/* A lent priority counts while it is lent, also for one that waits already. */
KTEST_CASE(policy_boost)
{
	struct atomic32 clock = { 0 };
	struct runner r[3];
	struct crew c = { 0 };

	line_up(&c, r, 3, &clock);
	KTEST_REQUIRE(c.n == 3);
	thread_set_policy(c.thread[1], THREAD_FIFO, 20);
	for (unsigned i = 0; i < c.n; i++)
		thread_start(c.thread[i]);
	thread_set_boost(c.thread[2], 99 - 30);
	thread_set_boost(c.thread[0], 99 - 40);
	thread_set_boost(c.thread[0], PRIO_NO_BOOST);
	thread_set_policy(thread_current(), THREAD_OTHER, 0);
	crew_join(&c);
	thread_pin(0);
	KTEST_EXPECT(r[2].order == 1);
	KTEST_EXPECT(r[1].order == 2);
	KTEST_EXPECT(r[0].order == 3);
}

static struct atomic32 stop;

static void burn(void *arg)
{
	while (!atomic32_load(&stop))
		arch_cpu_relax();
}

/* Nice 5 weighs a third of nice 0, whatever the host does to both. */
KTEST_CASE(policy_shares)
{
	struct crew c = { 0 };
	nsec_t light, heavy, until;

	atomic32_store(&stop, 0);
	thread_pin(0 + 1);
	crew_add_pinned(&c, burn, NULL);
	crew_add_pinned(&c, burn, NULL);
	KTEST_REQUIRE(c.n == 2);
	thread_set_nice(c.thread[0], 5);
	until = clock_monotonic() + 5 * NSEC_PER_SEC;
	do {
		crew_rest(20 * NSEC_PER_MSEC);
		light = thread_runtime(c.thread[0]);
		heavy = thread_runtime(c.thread[1]);
	} while (light + heavy < 300 * NSEC_PER_MSEC &&
		 clock_monotonic() < until);
	atomic32_store(&stop, 1);
	crew_join(&c);
	thread_pin(0);
	KTEST_EXPECT(heavy > 2 * light);
	KTEST_EXPECT(heavy < 5 * light);
}

/* A real-time thread that never sleeps leaves something to the others. */
KTEST_CASE(policy_throttle)
{
	nsec_t before = clock_monotonic();
	struct cpumask only = { 0 };
	struct crew c = { 0 };

	atomic32_store(&stop, 0);
	thread_pin(0 + 1);
	cpumask_set(&only, 0);
	KTEST_REQUIRE(crew_make(&c, burn, NULL));
	KTEST_EXPECT(!thread_set_allowed(c.thread[0], &only));
	thread_set_policy(c.thread[0], THREAD_FIFO, 50);
	thread_start(c.thread[0]);
	runqueue_yield(); /* comes back when it is throttled */
	atomic32_store(&stop, 1);
	KTEST_EXPECT(clock_monotonic() - before < 20 * NSEC_PER_SEC);
	crew_join(&c);
	thread_pin(0);
}

KTEST_CASE(policy_affinity)
{
	struct thread *me = thread_current();
	struct cpumask before, m;

	thread_get_allowed(me, &before);
	cpu_for_each (cpu) {
		m = (struct cpumask){ 0 };
		cpumask_set(&m, cpu);
		KTEST_EXPECT(!thread_set_allowed(me, &m));
		KTEST_EXPECT(arch_cpu_id() == cpu);
		runqueue_yield();
		KTEST_EXPECT(arch_cpu_id() == cpu);
		thread_get_allowed(me, &m);
		KTEST_EXPECT(cpumask_test(&m, cpu) && cpumask_any(&m));
	}
	m = (struct cpumask){ 0 };
	KTEST_EXPECT(thread_set_allowed(me, &m) == -EINVAL);
	KTEST_EXPECT(!thread_set_allowed(me, &before));
}

#define MOVES 50

struct mover {
	struct atomic32 ready, woken; /* rounds */
};

static void set_only(struct thread *t, unsigned cpu)
{
	struct cpumask only = { 0 };

	cpumask_set(&only, cpu);
	KTEST_EXPECT(!thread_set_allowed(t, &only));
}

static void nearly_sleep(void *arg)
{
	struct mover *m = arg;

	for (uint32_t i = 1; i <= MOVES; i++) {
		set_only(thread_current(), 1);
		thread_set_state(THREAD_BLOCKED);
		atomic32_store_release(&m->ready, i);
		while (atomic32_load_acquire(&m->woken) != i)
			arch_cpu_relax();
	}
}

/* One that is sent to another CPU on its way to sleep is woken on the way
 * there: it comes to one queue, once. */
KTEST_CASE(policy_wake_moving)
{
	struct mover m = { 0 };
	struct crew c = { 0 };

	if (cpu_count == 1)
		return;
	thread_pin(0 + 1);
	KTEST_REQUIRE(crew_make(&c, nearly_sleep, &m));
	thread_start(c.thread[0]);
	for (uint32_t i = 1; i <= MOVES; i++) {
		while (atomic32_load_acquire(&m.ready) != i)
			arch_cpu_relax();
		set_only(c.thread[0], 0);
		while (READ_ONCE(c.thread[0]->cpu) != 0)
			arch_cpu_relax();
		KTEST_EXPECT(thread_wake(c.thread[0]));
		atomic32_store_release(&m.woken, i);
	}
	crew_join(&c);
	thread_pin(0);
}
