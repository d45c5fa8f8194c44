/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deferred freeing.  Callbacks gather in a list per CPU; a kernel thread takes
 * them all, waits until every other CPU has switched threads since (its own
 * has: the thread runs), and calls them.  It is woken when enough have
 * gathered, when a timer says they have waited long enough, and at once for
 * whoever waits for a grace period.
 */
#include "sched/rcu.h"

#include "core/ipi.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "sched/thread.h"
#include "sched/waitq.h"

#define BATCH    256
#define DELAY_NS (20 * NSEC_PER_MSEC)

struct rcu_cpu {
	struct spinlock lock;
	/* protected by lock: */
	struct rcu_head *first, **last;
	unsigned count;

	uint32_t quiescent; /* counts up; the CPU's own */
};

static DEFINE_PERCPU(struct rcu_cpu, rcu_cpus) = {
	.lock = SPINLOCK(RANK_RCU),
};

static struct waitq rcu_wait = WAITQ(rcu_wait);
static struct timer rcu_timer;
static bool rcu_urgent, rcu_started;
static uint32_t rcu_passes; /* over all CPUs' lists, by the thread */

void rcu_quiescent(void)
{
	struct rcu_cpu *rc = &this_cpu(rcu_cpus);

	WRITE_ONCE(rc->quiescent, rc->quiescent + 1);
	/* What the next reader reads is not read before we are seen. */
	smp_mb();
}

static void kick(struct timer *t)
{
	WRITE_ONCE(rcu_urgent, true);
	waitq_wake_all(&rcu_wait);
}

void rcu_call(struct rcu_head *h, void (*fn)(struct rcu_head *h))
{
	struct rcu_cpu *rc;
	unsigned long flags = arch_irq_save();
	unsigned count;

	h->fn = fn;
	h->next = NULL;
	rc = &this_cpu(rcu_cpus);
	spin_lock_nopreempt(&rc->lock);
	if (!rc->first)
		rc->last = &rc->first;
	*rc->last = h;
	rc->last = &h->next;
	count = ++rc->count;
	spin_unlock_nopreempt(&rc->lock);
	if (unlikely(count == BATCH))
		kick(&rcu_timer);
	else if (count == 1 && rcu_started)
		timer_arm(&rcu_timer, clock_monotonic() + DELAY_NS);
	arch_irq_restore(flags);
}

void rcu_idle(void)
{
	/* Nothing better to do: let the thread have what waits. */
	if (this_cpu(rcu_cpus).count && rcu_started)
		kick(&rcu_timer);
}

static struct rcu_head *take(unsigned cpu)
{
	struct rcu_cpu *rc = &per_cpu(rcu_cpus, cpu);
	unsigned long flags = spin_lock_irqsave(&rc->lock);
	struct rcu_head *h = rc->first;

	rc->first = NULL;
	rc->count = 0;
	spin_unlock_irqrestore(&rc->lock, flags);
	return h;
}

static void wait_for_others(void)
{
	cpu_for_each (cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpus, cpu);
		uint32_t seen = READ_ONCE(rc->quiescent);

		if (cpu == arch_cpu_id())
			continue;
		ipi_reschedule(cpu);
		while (READ_ONCE(rc->quiescent) == seen) {
			nsec_t soon = clock_monotonic() + NSEC_PER_MSEC;

			if (thread_sleep_until(soon, THREAD_BLOCKED))
				break; /* cannot be: nothing ends it */
		}
	}
}

/* Returns whether there was anything to do. */
static bool grace_period(void)
{
	struct rcu_head *lists[2] = { NULL, NULL };
	bool any = false;

	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		lists[0] = take(cpu);
		if (!lists[0])
			continue;
		any = true;
		wait_for_others();
		while (lists[0]) {
			lists[1] = lists[0]->next;
			lists[0]->fn(lists[0]);
			lists[0] = lists[1];
		}
	}
	smp_wmb(); /* what was called has happened */
	WRITE_ONCE(rcu_passes, rcu_passes + 1);
	return any;
}

static void rcu_main(void *arg)
{
	for (;;) {
		waitq_wait(&rcu_wait, READ_ONCE(rcu_urgent));
		WRITE_ONCE(rcu_urgent, false);
		while (grace_period())
			;
	}
}

struct rcu_waiter {
	struct rcu_head head;
	struct waitq wait;
	bool done;
};

static void wake_waiter(struct rcu_head *h)
{
	struct rcu_waiter *w = container_of(h, struct rcu_waiter, head);
	unsigned long flags = spin_lock_irqsave(&w->wait.lock);
	struct wait_entry *e;

	/* Under the lock, so that the waiter cannot leave its stack frame
	 * before we let go of it. */
	w->done = true;
	list_for_each (e, &w->wait.entries, node)
		e->wake(e, ~0u);
	spin_unlock_irqrestore(&w->wait.lock, flags);
}

void rcu_synchronize(void)
{
	struct rcu_waiter w = { .done = false };

	waitq_init(&w.wait);
	rcu_call(&w.head, wake_waiter);
	kick(&rcu_timer);
	waitq_wait(&w.wait, READ_ONCE(w.done));
	/* wake_waiter may still hold the lock. */
	spin_lock(&w.wait.lock);
	spin_unlock(&w.wait.lock);
}

void rcu_barrier(void)
{
	uint32_t start = READ_ONCE(rcu_passes);

	/* The pass under way may be past the list that a call is on; the next
	 * is not.  The end of a waiter is the middle of a pass. */
	do {
		rcu_synchronize();
	} while (READ_ONCE(rcu_passes) - start < 2);
	smp_rmb();
}

void rcu_init(void)
{
	struct thread *t;

	timer_init(&rcu_timer, kick);
	if (thread_create(&t, NULL, "rcu", rcu_main, NULL))
		panic("no memory for the rcu thread");
	rcu_started = true;
	thread_start(t);
}
