/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policies, priorities and nice values of threads.  A change takes the thread
 * out of its queue's order and puts it back in.
 */
#include "core/ipi.h"
#include "sched/runqueue.h"
#include "sched/runqueue_priv.h"

static uint8_t own_prio(const struct thread *t)
{
	if (t->policy == THREAD_FIFO || t->policy == THREAD_RR)
		return (uint8_t)(RT_PRIOS - 1 - t->rt_priority);
	return (uint8_t)(PRIO_DEFAULT + t->nice);
}

static uint8_t effective_prio(const struct thread *t)
{
	uint8_t own = own_prio(t);

	return t->boost < own ? t->boost : own;
}

struct change {
	enum thread_policy policy;
	unsigned rt_priority, boost;
	int nice;
};

static void set_locked(struct runqueue *rq, struct thread *t,
		       const struct change *c)
{
	bool waits = t->on_queue && rq->current != t;

	if (waits)
		runqueue_dequeue_locked(rq, t);
	t->policy = c->policy;
	t->rt_priority = (uint8_t)c->rt_priority;
	t->nice = (int8_t)c->nice;
	t->boost = (uint8_t)c->boost;
	t->prio = effective_prio(t);
	if (thread_is_rt(t) && t->slice_left <= 0)
		t->slice_left = RR_SLICE_NS;
	if (t->on_queue)
		fair_join_locked(rq, t); /* it may be new to the class */
	if (waits)
		runqueue_enqueue_locked(rq, t, false);
}

static void apply(struct thread *t, struct runqueue *rq, unsigned long flags,
		  const struct change *c)
{
	uint8_t before = t->prio;
	bool look;

	set_locked(rq, t, c);
	/* One that waits may be due now; one that runs may not be any more. */
	look = t->on_queue && rq->runnable &&
	       (rq->current == t ? t->prio > before
				 : runqueue_should_preempt_locked(rq, t));
	spin_unlock_nopreempt(&rq->lock);
	if (look)
		ipi_reschedule(t->cpu);
	arch_irq_restore(flags);
	preempt_enable();
}

static struct change as_it_is(const struct thread *t)
{
	return (struct change){ t->policy, t->rt_priority, t->boost, t->nice };
}

void thread_set_policy(struct thread *t, enum thread_policy policy,
		       unsigned rt_priority)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	struct change c = as_it_is(t);

	c.policy = policy;
	c.rt_priority = rt_priority;
	apply(t, rq, flags, &c);
}

void thread_set_nice(struct thread *t, int nice)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	struct change c = as_it_is(t);

	c.nice = nice;
	apply(t, rq, flags, &c);
}

void thread_set_boost(struct thread *t, unsigned prio)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	struct change c = as_it_is(t);

	c.boost = prio;
	apply(t, rq, flags, &c);
}

void thread_inherit(struct thread *child, const struct thread *parent,
		    bool reset)
{
	child->policy = parent->policy;
	child->nice = parent->nice;
	child->rt_priority = parent->rt_priority;
	if (reset && child->rt_priority) {
		child->policy = THREAD_OTHER;
		child->rt_priority = 0;
		child->nice = 0;
	} else if (reset && child->nice < 0) {
		child->nice = 0;
	}
	child->prio = own_prio(child);
	child->allowed = parent->allowed;
}
