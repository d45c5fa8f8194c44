/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues.  A thread is `on_queue` while it is runnable, whether it waits
 * in a queue or runs.  All of a thread's scheduling state is protected by the
 * lock of the queue of its `cpu`.  The lock is held over a switch: it is let
 * go by the thread that comes, so whoever gets the lock finds a thread that
 * left either still there or completely gone.
 *
 * A thread changes queues only while it is on none: taken out of the old one
 * under its lock, put into the new one under that one's.  In between it is
 * `moving`, so that a wake-up changes its state and leaves the rest alone: one
 * that was preempted on its way to sleep moves with its state set.  The CPU is
 * looked at again under the new lock, as what is allowed may have changed.
 *
 * Read first: fair.c (who runs next among equals), balance.c (where).
 */
#include "sched/runqueue.h"

#include "arch/mmu.h"

#include "core/entry.h"
#include "core/ipi.h"
#include "core/panic.h"
#include "core/print.h"
#include "sched/rcu.h"
#include "sched/runqueue_priv.h"

/* As Linux's defaults: real-time threads may have so much of every second
 * while others wait. */
#define RT_PERIOD_NS  NSEC_PER_SEC
#define RT_RUNTIME_NS (950 * NSEC_PER_MSEC)

DEFINE_PERCPU(struct runqueue, runqueues) = {
	.lock = SPINLOCK(RANK_RUNQUEUE),
};

/*
 * The waiting ones.
 */

static void rt_enqueue_locked(struct runqueue *rq, struct thread *t, bool front)
{
	rq->rt_map[t->prio / 32] |= 1u << t->prio % 32;
	if (front)
		list_add(&t->run_node, &rq->rt[t->prio]);
	else
		list_add_tail(&t->run_node, &rq->rt[t->prio]);
}

void runqueue_enqueue_locked(struct runqueue *rq, struct thread *t, bool front)
{
	if (unlikely(thread_is_rt(t)))
		rt_enqueue_locked(rq, t, front);
	else
		fair_enqueue_locked(rq, t);
	rq->runnable++;
}

void runqueue_dequeue_locked(struct runqueue *rq, struct thread *t)
{
	rq->runnable--;
	if (likely(!thread_is_rt(t))) {
		rb_erase(&rq->fair, &t->fair_node);
		return;
	}
	list_del(&t->run_node);
	if (list_empty(&rq->rt[t->prio]))
		rq->rt_map[t->prio / 32] &= ~(1u << t->prio % 32);
}

static struct thread *rt_first_locked(const struct runqueue *rq)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rq->rt_map); i++) {
		unsigned prio = i * 32;

		if (!rq->rt_map[i])
			continue;
		prio += (unsigned)__builtin_ctz(rq->rt_map[i]);
		return list_first_entry(&rq->rt[prio], struct thread, run_node);
	}
	return NULL;
}

static struct thread *pick_locked(struct runqueue *rq)
{
	struct thread *t = rt_first_locked(rq);

	if (likely(!t) || unlikely(rq->rt_throttled)) {
		struct thread *fair = fair_first_locked(rq);

		t = fair ? fair : t;
	}
	if (!t)
		return rq->idle;
	runqueue_dequeue_locked(rq, t);
	return t;
}

bool runqueue_should_preempt_locked(const struct runqueue *rq,
				    const struct thread *t)
{
	const struct thread *c = rq->current;

	if (c == rq->idle)
		return true;
	if (likely(!thread_is_rt(t) && !thread_is_rt(c)))
		return fair_preempts(t, c);
	return t->prio < c->prio && !rq->rt_throttled;
}

/*
 * Time.
 */

static void charge_locked(struct runqueue *rq, struct thread *t, nsec_t now)
{
	nsec_t ran = now - t->switched_in;

	t->switched_in = now;
	t->runtime_ns += ran;
	if (t == rq->idle) {
		rq->idle_ns += ran;
	} else if (likely(!thread_is_rt(t))) {
		fair_charge_locked(rq, t, ran);
	} else {
		t->slice_left -= t->policy == THREAD_RR ? ran : 0;
		rq->rt_used += ran;
	}
}

static void rt_limit_locked(struct runqueue *rq, nsec_t now)
{
	if (now - rq->rt_period >= RT_PERIOD_NS) {
		rq->rt_period = now;
		rq->rt_used = 0;
		rq->rt_throttled = false;
	} else if (rq->rt_used > RT_RUNTIME_NS && !rb_empty(&rq->fair)) {
		rq->rt_throttled = true;
	}
}

/* Whether the running thread has had its turn. */
static bool tick_is_over_locked(struct runqueue *rq, struct thread *t)
{
	const struct thread *fair;

	if (!rq->runnable)
		return false;
	if (likely(!thread_is_rt(t))) {
		/* Those that wait may all be of the real-time classes. */
		fair = fair_first_locked(rq);
		return (fair && t->vdeadline - fair->vdeadline > 0) ||
		       (!rq->rt_throttled && rt_first_locked(rq));
	}
	return rq->rt_throttled ||
	       (t->policy == THREAD_RR && t->slice_left <= 0);
}

static void on_tick(struct timer *timer)
{
	struct runqueue *rq = container_of(timer, struct runqueue, tick);
	nsec_t now = clock_monotonic();
	struct thread *t;

	spin_lock(&rq->lock);
	t = rq->current;
	rq->ticking = t != rq->idle || rq->runnable;
	if (rq->ticking) {
		cputime_tick_locked(rq);
		charge_locked(rq, t, now);
		rt_limit_locked(rq, now);
		if (t == rq->idle || tick_is_over_locked(rq, t))
			arch_need_resched_set();
		timer_arm(timer, now + TICK_NS);
	}
	spin_unlock(&rq->lock);
	loadavg_tick(now);
	balance_tick(rq);
}

/* Outside the queue's lock. */
static void start_tick(struct runqueue *rq)
{
	rq->ticking = true;
	timer_arm(&rq->tick, clock_monotonic() + TICK_NS);
}

/*
 * Switching.
 */

void runqueue_finish_switch(void)
{
	struct runqueue *rq = &this_cpu(runqueues);
	struct thread *prev = rq->previous;
	bool dead = prev->state == THREAD_DEAD, migrate = rq->migrate;

	prev->on_cpu = false;
	rq->previous = NULL;
	if (unlikely(migrate)) {
		rq->migrate = false;
		prev->moving = true;
		WRITE_ONCE(prev->cpu, balance_select(prev));
	}
	spin_unlock_nopreempt(&rq->lock);
	arch_irq_enable();
	if (unlikely(!rq->ticking) && rq->current != rq->idle)
		start_tick(rq);
	if (unlikely(dead))
		thread_put(prev);
	else if (unlikely(migrate))
		runqueue_place(prev);
}

/*
 * Said before the register is loaded: who changes a table and then looks here
 * either sees us or is seen.  And the one before is said to be in use until it
 * is out of the register, since whoever finds it unused frees it (vm/tlb.c).
 * Interrupts are off.
 */
static void load_pt(struct runqueue *rq, const struct arch_pt *pt)
{
	WRITE_ONCE(rq->pt_before, rq->pt);
	smp_wmb();
	WRITE_ONCE(rq->pt, pt);
	if (pt)
		arch_pt_switch(pt);
	else
		arch_pt_switch_kernel();
	WRITE_ONCE(rq->pt_before, NULL);
}

static void switch_to(struct runqueue *rq, struct thread *prev,
		      struct thread *next)
{
	rq->switches++;
	if (prev == rq->idle || next == rq->idle)
		balance_idle_set(next == rq->idle);
	rq->current = next;
	rq->previous = prev;
	next->switches++;
	next->on_cpu = true;
	next->switched_in = prev->switched_in;
	if (next->pt && next->pt != rq->pt)
		load_pt(rq, next->pt);
	arch_switch(prev, next);
	runqueue_finish_switch();
}

/* What becomes of the thread that leaves; next may be the same. */
static void put_back_locked(struct runqueue *rq, struct thread *prev,
			    bool preempted)
{
	if (prev == rq->idle)
		return;
	if (!preempted && prev->state != THREAD_RUNNABLE) {
		prev->on_queue = false;
		return;
	}
	if (unlikely(!balance_allowed(prev, prev->cpu))) {
		prev->on_queue = false;
		rq->migrate = true;
		fair_leave_locked(rq, prev);
		return;
	}
	if (unlikely(thread_is_rt(prev)) && prev->slice_left <= 0) {
		prev->slice_left = RR_SLICE_NS;
		preempted = false; /* behind its equals */
	}
	runqueue_enqueue_locked(rq, prev, preempted);
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
	rcu_quiescent();
	prev = rq->current;
	charge_locked(rq, prev, clock_monotonic());
	put_back_locked(rq, prev, preempted);
	next = pick_locked(rq);
	if (next != prev) {
		switch_to(rq, prev, next);
	} else {
		spin_unlock_nopreempt(&rq->lock);
		arch_irq_enable();
	}
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
	struct thread *t = thread_current();
	unsigned long flags;
	struct runqueue *rq;
	bool alone;

	rq = runqueue_lock_of(t, &flags);
	alone = rq->runnable == 0;
	if (likely(!thread_is_rt(t)))
		fair_yield_locked(rq, t);
	else
		t->slice_left = 0;
	spin_unlock_irqrestore(&rq->lock, flags);
	if (!alone)
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

void runqueue_exit(void)
{
	struct thread *t = thread_current();
	unsigned long flags;
	struct runqueue *rq;

	preempt_disable();
	/* Under the lock: a late waker that saw another state must not write
	 * over this one. */
	rq = runqueue_lock_of(t, &flags);
	WRITE_ONCE(t->state, THREAD_DEAD);
	spin_unlock_irqrestore(&rq->lock, flags);
	schedule(false);
	panic("a dead thread runs");
}

/*
 * Waking.
 */

struct runqueue *runqueue_lock_of(struct thread *t, unsigned long *flags)
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

/* Takes it, on no queue, over to that CPU: from its old queue's lock to its new
 * one's. */
static struct runqueue *carry_locked(struct runqueue *rq, struct thread *t,
				     unsigned cpu)
{
	if (!t->vlocal)
		fair_leave_locked(rq, t);
	t->moving = true;
	WRITE_ONCE(t->cpu, cpu);
	spin_unlock_nopreempt(&rq->lock);
	rq = &per_cpu(runqueues, cpu);
	spin_lock_nopreempt(&rq->lock);
	return rq;
}

/* Makes it wait for its CPU; the queue's lock is held and let go, interrupts
 * stay off.  The caller enables preemption. */
static void join_and_unlock(struct runqueue *rq, struct thread *t)
{
	unsigned cpu = t->cpu;
	bool preempt;

	while (unlikely(!balance_allowed(t, cpu))) {
		cpu = balance_select(t);
		if (cpu == t->cpu)
			break; /* allowed nowhere: better here than nowhere */
		rq = carry_locked(rq, t, cpu);
	}
	fair_join_locked(rq, t);
	t->moving = false;
	t->on_queue = true;
	preempt = runqueue_should_preempt_locked(rq, t);
	runqueue_enqueue_locked(rq, t, false);
	spin_unlock_nopreempt(&rq->lock);
	if (preempt)
		ipi_reschedule(cpu);
}

void runqueue_place(struct thread *t)
{
	struct runqueue *rq = &per_cpu(runqueues, t->cpu);
	unsigned long flags = spin_lock_irqsave(&rq->lock);

	join_and_unlock(rq, t);
	arch_irq_restore(flags);
	preempt_enable();
}

bool runqueue_wake(struct thread *t, unsigned long states)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	bool fresh = t->state == THREAD_NEW;
	unsigned cpu;

	if (!(BIT(t->state) & states)) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return false;
	}
	WRITE_ONCE(t->state, THREAD_RUNNABLE);
	if (t->on_queue || t->moving) {
		/* It has not left yet and will not, or is put on a queue. */
		spin_unlock_irqrestore(&rq->lock, flags);
		return true;
	}
	cpu = fresh ? balance_select_new(t) : balance_select(t);
	if (unlikely(cpu != t->cpu))
		rq = carry_locked(rq, t, cpu);
	join_and_unlock(rq, t);
	arch_irq_restore(flags);
	preempt_enable();
	return true;
}

void runqueue_kick(struct thread *t)
{
	if (cpu_count == 1 || t == thread_current())
		return;
	preempt_disable();
	/* If it moves on meanwhile it passes the way to user mode by itself. */
	if (READ_ONCE(t->on_cpu) && READ_ONCE(t->cpu) != arch_cpu_id())
		ipi_reschedule(READ_ONCE(t->cpu));
	preempt_enable();
}

/*
 * Address spaces in use.
 */

void thread_set_pt(const struct arch_pt *pt)
{
	unsigned long flags = arch_irq_save();

	thread_current()->pt = pt;
	load_pt(&this_cpu(runqueues), pt);
	arch_irq_restore(flags);
}

bool runqueue_uses_pt(unsigned cpu, const struct arch_pt *pt)
{
	const struct runqueue *rq = &per_cpu(runqueues, cpu);

	if (READ_ONCE(rq->pt) == pt)
		return true;
	smp_rmb(); /* against load_pt() */
	return READ_ONCE(rq->pt_before) == pt;
}

bool runqueue_drop_idle_pt(void)
{
	struct runqueue *rq = &this_cpu(runqueues);

	if (thread_current()->pt)
		return false;
	arch_pt_switch_kernel();
	WRITE_ONCE(rq->pt, NULL);
	return true;
}

/*
 * Start, and idleness.
 */

void runqueue_init_cpu(struct thread *idle)
{
	struct runqueue *rq = &this_cpu(runqueues);

	for (unsigned i = 0; i < RT_PRIOS; i++)
		list_init(&rq->rt[i]);
	timer_init(&rq->tick, on_tick);
	idle->state = THREAD_RUNNABLE;
	idle->prio = PRIO_IDLE;
	idle->on_queue = idle->on_cpu = true;
	idle->cpu = arch_cpu_id();
	idle->switched_in = clock_monotonic();
	balance_idle_set(true);
	rq->current = rq->idle = idle;
	arch_cpu_hot()->current = idle;
}

void runqueue_idle_loop(void)
{
	for (;;) {
		rcu_quiescent();
		rcu_idle();
		if (cpu_count > 1)
			(void)balance_pull();
		arch_irq_disable();
		if (arch_need_resched()) {
			arch_irq_enable();
			runqueue_schedule();
		} else {
			arch_cpu_idle();
		}
	}
}
