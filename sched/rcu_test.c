/* SPDX-License-Identifier: BSD-2-Clause */
/* Grace periods: no call runs before every reader of its time is through, and
 * all have run after a barrier. */
#include "lib/list.h"

#include "core/ktest.h"
#include "sched/crew_priv.h"
#include "sched/rcu.h"
#include "sched/work.h"

struct later {
	struct rcu_head head;
	unsigned *runs;
	bool preemptible;
};

static void run(struct rcu_head *h)
{
	struct later *l = container_of(h, struct later, head);

	l->preemptible = !preempt_atomic();
	++*l->runs;
}

KTEST_CASE(rcu_waits_for_readers)
{
	unsigned runs = 0;
	struct later l = { .runs = &runs };
	nsec_t until;

	rcu_read_lock();
	rcu_call(&l.head, run);
	until = clock_monotonic() + 5 * NSEC_PER_MSEC;
	while (clock_monotonic() < until)
		arch_cpu_relax();
	KTEST_EXPECT(READ_ONCE(runs) == 0);
	rcu_read_unlock();
	rcu_barrier();
	KTEST_EXPECT(runs == 1);
	KTEST_EXPECT(l.preemptible);
}

KTEST_CASE(rcu_barrier)
{
	unsigned runs = 0;
	struct later l[20];

	for (unsigned i = 0; i < ARRAY_SIZE(l); i++) {
		l[i] = (struct later){ .runs = &runs };
		rcu_call(&l[i].head, run);
	}
	rcu_barrier();
	KTEST_EXPECT(runs == ARRAY_SIZE(l));
	rcu_barrier(); /* with nothing to wait for */
}

static void synchronize(void *arg)
{
	rcu_synchronize();
	atomic32_add_return(arg, 1);
}

KTEST_CASE(rcu_synchronize)
{
	struct atomic32 through = { 0 };
	struct crew c = { 0 };

	for (unsigned i = 0; i < 4; i++)
		crew_add(&c, synchronize, &through);
	rcu_synchronize();
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&through) == 4);
}

struct job {
	struct work w;
	unsigned *clock, at;
	bool again;
};

static void do_job(struct work *w)
{
	struct job *j = container_of(w, struct job, w);

	crew_rest(NSEC_PER_MSEC / 2); /* it may sleep */
	j->at = ++*j->clock;
	if (j->again) {
		j->again = false;
		KTEST_EXPECT(work_queue(w));
	}
}

KTEST_CASE(work_order)
{
	unsigned clock = 0;
	struct job j[3];

	for (unsigned i = 0; i < ARRAY_SIZE(j); i++) {
		j[i] = (struct job){ .clock = &clock };
		work_init(&j[i].w, do_job);
	}
	preempt_disable();
	for (unsigned i = 0; i < ARRAY_SIZE(j); i++)
		KTEST_EXPECT(work_queue(&j[i].w));
	KTEST_EXPECT(!work_queue(&j[1].w));
	preempt_enable();
	work_flush();
	for (unsigned i = 0; i < ARRAY_SIZE(j); i++)
		KTEST_EXPECT(j[i].at == i + 1);
	KTEST_EXPECT(work_queue(&j[1].w));
	work_flush();
	KTEST_EXPECT(j[1].at == 4);
}

KTEST_CASE(work_again)
{
	unsigned clock = 0;
	struct job j = { .clock = &clock, .again = true };

	work_init(&j.w, do_job);
	KTEST_EXPECT(work_queue(&j.w));
	work_flush();
	work_flush();
	KTEST_EXPECT(clock == 2);
}
