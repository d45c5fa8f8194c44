/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues.  A thread is `on_queue` while it is runnable, whether it waits
 * in a list or runs.  All of a thread's scheduling state is protected by the
 * lock of the queue of its `cpu`.
 *
 * The slice is enforced by a tick that runs only while somebody waits, so a
 * lone thread and an idle CPU are never interrupted.
 */
#include "sched/runqueue.h"

#include "arch/mmu.h"

#include "core/entry.h"
#include "core/ipi.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/print.h"
#include "sched/rcu.h"
#include "sched/runqueue_priv.h"

#define SLICE_NS (4 * NSEC_PER_MSEC)

static DEFINE_PERCPU(struct runqueue, runqueues) = {
	.lock = SPINLOCK(RANK_RUNQUEUE),
};

static void enqueue(struct runqueue *rq, struct thread *t, bool front)
{
	struct list *q = &rq->fair;

	if (t->prio < RT_PRIOS) {
		q = &rq->rt[t->prio];
		rq->rt_map[t->prio / 32] |= 1u << t->prio % 32;
	}
	if (front)
		list_add(&t->run_node, q);
	else
		list_add_tail(&t->run_node, q);
	rq->runnable++;
}

static void dequeue(struct runqueue *rq, struct thread *t)
{
	list_del(&t->run_node);
	rq->runnable--;
	if (t->prio < RT_PRIOS && list_empty(&rq->rt[t->prio]))
		rq->rt_map[t->prio / 32] &= ~(1u << t->prio % 32);
}

static struct thread *pick(struct runqueue *rq)
{
	struct list *q = &rq->fair;
	struct thread *t;

	for (unsigned i = 0; i < ARRAY_SIZE(rq->rt_map); i++) {
		if (rq->rt_map[i]) {
			q = &rq->rt[i * 32 + __builtin_ctz(rq->rt_map[i])];
			break;
		}
	}
	if (list_empty(q))
		return rq->idle;
	t = list_first_entry(q, struct thread, run_node);
	dequeue(rq, t);
	return t;
}

static void on_tick(struct timer *timer)
{
	struct runqueue *rq = container_of(timer, struct runqueue, tick);
	nsec_t now = clock_monotonic();

	spin_lock(&rq->lock);
	rq->ticking = rq->runnable > 0;
	if (rq->ticking) {
		if (rq->current == rq->idle || now >= rq->current->slice_end)
			arch_need_resched_set();
		timer_arm(timer, now + SLICE_NS);
	}
	spin_unlock(&rq->lock);
}

/* Outside the queue's lock: timers rank below it. */
static void start_tick(struct runqueue *rq)
{
	if (rq->ticking)
		return;
	rq->ticking = true;
	timer_arm(&rq->tick, clock_monotonic() + SLICE_NS);
}

static void account(struct runqueue *rq, struct thread *prev,
		    struct thread *next)
{
	nsec_t now = clock_monotonic();

	prev->runtime_ns += now - prev->switched_in;
	if (prev == rq->idle)
		rq->idle_ns += now - prev->switched_in;
	next->switched_in = now;
	next->slice_end = now + SLICE_NS;
	next->switches++;
	rq->switches++;
}

void runqueue_finish_switch(void)
{
	struct runqueue *rq = &this_cpu(runqueues);
	struct thread *prev = rq->previous;
	bool dead = prev->state == THREAD_DEAD;

	prev->on_cpu = false;
	rq->previous = NULL;
	spin_unlock_nopreempt(&rq->lock);
	arch_irq_enable();
	if (unlikely(dead))
		thread_put(prev);
}

static void switch_to(struct runqueue *rq, struct thread *prev,
		      struct thread *next)
{
	account(rq, prev, next);
	rq->current = next;
	rq->previous = prev;
	next->on_cpu = true;
	next->cpu = arch_cpu_id();
	rcu_quiescent();
	if (next->pt && next->pt != rq->pt) {
		rq->pt = next->pt;
		arch_pt_switch(next->pt);
	}
	arch_switch(prev, next);
	runqueue_finish_switch();
}

/* Preemption is off; `preempted`: the thread did not ask to leave. */
static void schedule(bool preempted)
{
	struct runqueue *rq;
	struct thread *prev, *next;

	arch_irq_disable();
	rq = &this_cpu(runqueues);
	spin_lock_nopreempt(&rq->lock);
	arch_need_resched_clear();
	prev = rq->current;
	if (prev != rq->idle) {
		if (preempted || prev->state == THREAD_RUNNABLE)
			enqueue(rq, prev, clock_monotonic() < prev->slice_end);
		else
			prev->on_queue = false;
	}
	next = pick(rq);
	if (next != prev) {
		switch_to(rq, prev, next);
	} else {
		prev->slice_end = clock_monotonic() + SLICE_NS;
		spin_unlock_nopreempt(&rq->lock);
		arch_irq_enable();
	}
	rq = &this_cpu(runqueues);
	if (rq->runnable)
		start_tick(rq);
}

void runqueue_schedule(void)
{
	do {
		preempt_disable();
		schedule(false);
		preempt_enable_no_resched();
	} while (arch_need_resched());
}

void runqueue_yield(void)
{
	thread_current()->slice_end = 0;
	runqueue_schedule();
}

void sched_preempt(void)
{
	if (!arch_irq_enabled())
		return; /* whoever turns them on comes back here by a trap */
	do {
		arch_preempt_inc();
		schedule(true);
		preempt_enable_no_resched();
	} while (arch_preempt_value() == 0);
}

void sched_preempt_irq(void)
{
	do {
		arch_preempt_inc();
		schedule(true);
		arch_irq_disable();
		preempt_enable_no_resched();
	} while (arch_preempt_value() == 0);
}

static struct runqueue *lock_queue(struct thread *t, unsigned long *flags)
{
	for (;;) {
		uint32_t cpu = READ_ONCE(t->cpu);
		struct runqueue *rq = &per_cpu(runqueues, cpu);

		*flags = spin_lock_irqsave(&rq->lock);
		if (likely(cpu == t->cpu))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

bool runqueue_wake(struct thread *t, unsigned long states)
{
	unsigned long flags;
	struct runqueue *rq = lock_queue(t, &flags);
	bool preempt = false;

	if (!(BIT(t->state) & states)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return false;
	}
	t->state = THREAD_RUNNABLE;
	if (!t->on_queue) {
		t->on_queue = true;
		enqueue(rq, t, false);
		preempt =
			rq->current == rq->idle || t->prio < rq->current->prio;
	}
	if (preempt && t->cpu == arch_cpu_id())
		arch_need_resched_set();
	spin_unlock_nopreempt(&rq->lock);
	if (t->cpu != arch_cpu_id())
		ipi_reschedule(t->cpu);
	else if (!preempt && rq->runnable)
		start_tick(rq);
	arch_irq_restore(flags);
	preempt_enable();
	return true;
}

void runqueue_exit(void)
{
	preempt_disable();
	thread_current()->state = THREAD_DEAD;
	schedule(false);
	panic("a dead thread runs");
}

void thread_set_pt(const struct arch_pt *pt)
{
	struct runqueue *rq;

	preempt_disable();
	rq = &this_cpu(runqueues);
	thread_current()->pt = pt;
	rq->pt = pt;
	if (pt)
		arch_pt_switch(pt);
	else
		arch_pt_switch_kernel();
	preempt_enable();
}

nsec_t thread_runtime(struct thread *t)
{
	unsigned long flags;
	struct runqueue *rq = lock_queue(t, &flags);
	nsec_t ns = t->runtime_ns;

	if (t->on_cpu)
		ns += clock_monotonic() - t->switched_in;
	spin_unlock_irqrestore(&rq->lock, flags);
	return ns;
}

void runqueue_init_cpu(struct thread *idle)
{
	struct runqueue *rq = &this_cpu(runqueues);

	list_init(&rq->fair);
	for (unsigned i = 0; i < RT_PRIOS; i++)
		list_init(&rq->rt[i]);
	timer_init(&rq->tick, on_tick);
	idle->state = THREAD_RUNNABLE;
	idle->prio = PRIO_IDLE;
	idle->on_queue = idle->on_cpu = true;
	idle->cpu = arch_cpu_id();
	rq->current = rq->idle = idle;
	arch_cpu_hot()->current = idle;
}

void runqueue_idle_loop(void)
{
	for (;;) {
		rcu_quiescent();
		rcu_idle();
		arch_irq_disable();
		if (arch_need_resched()) {
			arch_irq_enable();
			runqueue_schedule();
		} else {
			arch_cpu_idle();
		}
	}
}

void runqueue_cpu_times(unsigned cpu, struct cpu_times *t)
{
	struct runqueue *rq = &per_cpu(runqueues, cpu);
	nsec_t now = clock_monotonic();
	unsigned long flags = spin_lock_irqsave(&rq->lock);

	t->idle = rq->idle_ns;
	if (rq->current == rq->idle)
		t->idle += now - rq->idle->switched_in;
	spin_unlock_irqrestore(&rq->lock, flags);
	t->system = 0;
	t->user = now - t->idle;
}

uint64_t runqueue_switches(void)
{
	uint64_t n = 0;

	cpu_for_each (cpu)
		n += per_cpu(runqueues, cpu).switches;
	return n;
}

unsigned runqueue_running(void)
{
	unsigned n = 0;

	cpu_for_each (cpu) {
		struct runqueue *rq = &per_cpu(runqueues, cpu);

		n += rq->runnable + (rq->current != rq->idle);
	}
	return n;
}
