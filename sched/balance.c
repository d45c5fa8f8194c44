/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU a thread runs on.
 *
 * A thread that wakes goes to the CPU it ran on when that one idles, else to
 * any idle one it may use, else stays.  A CPU that falls idle takes a waiting
 * thread from the longest queue.  While all are busy, a CPU whose queue is
 * longer by two than the shortest gives one away now and then.
 */
#include "arch/atomic.h"

#include "abi/errno.h"
#include "core/ipi.h"
#include "sched/runqueue.h"
#include "sched/runqueue_priv.h"

#define BALANCE_TICKS 4

/* Who has nothing to do; a hint, read without a lock. */
static struct atomic_long idle_words[CPUMASK_WORDS];

bool balance_allowed(const struct thread *t, unsigned cpu)
{
	if (unlikely(t->pinned))
		return t->pinned == cpu + 1;
	return cpumask_test(&t->allowed, cpu);
}

void balance_idle_set(bool idle)
{
	unsigned cpu = arch_cpu_id();
	struct atomic_long *w = &idle_words[cpu / CPUMASK_WORD_BITS];
	unsigned long bit = 1ul << cpu % CPUMASK_WORD_BITS;

	if (cpu_count == 1 || !!(atomic_long_load(w) & bit) == idle)
		return;
	if (idle)
		atomic_long_or(w, bit);
	else
		atomic_long_and(w, ~bit);
}

static bool is_idle(unsigned cpu)
{
	const struct runqueue *rq = &per_cpu(runqueues, cpu);

	return READ_ONCE(rq->current) == READ_ONCE(rq->idle) &&
	       READ_ONCE(rq->runnable) == 0;
}

/* An idle CPU for it; -1. */
static int idle_cpu_for(const struct thread *t)
{
	for (unsigned i = 0; i * CPUMASK_WORD_BITS < cpu_count; i++) {
		unsigned long w = atomic_long_load(&idle_words[i]);

		for (; w; w &= w - 1) {
			unsigned cpu = i * CPUMASK_WORD_BITS +
				       (unsigned)__builtin_ctzl(w);

			if (cpu < cpu_count && balance_allowed(t, cpu) &&
			    is_idle(cpu))
				return (int)cpu;
		}
	}
	return -1;
}

/* How long a thread would have to wait there, in threads. */
static unsigned load(unsigned cpu)
{
	const struct runqueue *rq = &per_cpu(runqueues, cpu);

	return READ_ONCE(rq->runnable) +
	       (READ_ONCE(rq->current) != READ_ONCE(rq->idle));
}

static unsigned shortest_for(const struct thread *t)
{
	unsigned best = t->cpu, best_load = ~0u;

	cpu_for_each (cpu) {
		unsigned n = load(cpu);

		if (balance_allowed(t, cpu) && n < best_load) {
			best = cpu;
			best_load = n;
		}
	}
	return best;
}

unsigned balance_select(const struct thread *t)
{
	int idle;

	if (cpu_count == 1)
		return 0;
	if (unlikely(!balance_allowed(t, t->cpu)))
		return shortest_for(t);
	if (is_idle(t->cpu))
		return t->cpu;
	idle = idle_cpu_for(t);
	return idle < 0 ? t->cpu : (unsigned)idle;
}

unsigned balance_select_new(const struct thread *t)
{
	return cpu_count == 1 ? 0 : shortest_for(t);
}

static void lock_both(struct runqueue *a, struct runqueue *b)
{
	spin_lock_nopreempt(a < b ? &a->lock : &b->lock);
	spin_lock_nopreempt(a < b ? &b->lock : &a->lock);
}

/* The first waiting thread of rq that may run on `cpu`; NULL.  Real-time ones
 * first. */
static struct thread *candidate_locked(const struct runqueue *rq, unsigned cpu)
{
	struct thread *t;

	for (unsigned prio = 0; prio < RT_PRIOS; prio++) {
		if (!(rq->rt_map[prio / 32] >> prio % 32 & 1))
			continue;
		list_for_each (t, &rq->rt[prio], run_node)
			if (balance_allowed(t, cpu))
				return t;
	}
	rb_for_each (t, &rq->fair, fair_node) {
		if (balance_allowed(t, cpu))
			return t;
	}
	return NULL;
}

/* Both locks are held. */
static bool move_one_locked(struct runqueue *from, struct runqueue *to,
			    unsigned cpu)
{
	struct thread *t = candidate_locked(from, cpu);

	if (!t)
		return false;
	runqueue_dequeue_locked(from, t);
	fair_leave_locked(from, t);
	WRITE_ONCE(t->cpu, cpu);
	fair_join_locked(to, t);
	runqueue_enqueue_locked(to, t, false);
	return true;
}

static bool move_one(struct runqueue *from, struct runqueue *to, unsigned cpu)
{
	unsigned long flags = arch_irq_save();
	bool moved;

	preempt_disable();
	lock_both(from, to);
	moved = move_one_locked(from, to, cpu);
	spin_unlock_nopreempt(&from->lock);
	spin_unlock_nopreempt(&to->lock);
	if (moved)
		ipi_reschedule(cpu);
	arch_irq_restore(flags);
	preempt_enable();
	return moved;
}

bool balance_pull(void)
{
	unsigned me = arch_cpu_id(), longest = me, most = 0;

	cpu_for_each (cpu) {
		unsigned n = READ_ONCE(per_cpu(runqueues, cpu).runnable);

		if (n > most && cpu != me) {
			longest = cpu;
			most = n;
		}
	}
	return most && move_one(&per_cpu(runqueues, longest),
				&per_cpu(runqueues, me), me);
}

void balance_tick(struct runqueue *rq)
{
	unsigned me = arch_cpu_id(), best = me, least = ~0u;

	if (cpu_count == 1 || !rq->runnable || ++rq->ticks % BALANCE_TICKS)
		return;
	cpu_for_each (cpu) {
		if (load(cpu) < least) {
			best = cpu;
			least = load(cpu);
		}
	}
	if (best != me && least + 1 < load(me))
		(void)move_one(rq, &per_cpu(runqueues, best), best);
}

/*
 * Who may run where.
 */

/* It may have to leave the CPU it waits for or runs on. */
static void reconsider(struct thread *t)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	bool stays = !t->on_queue || balance_allowed(t, t->cpu), queued;

	queued = !stays && rq->current != t;
	if (queued) {
		runqueue_dequeue_locked(rq, t);
		t->on_queue = false;
		t->moving = true;
		fair_leave_locked(rq, t);
		WRITE_ONCE(t->cpu, shortest_for(t));
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	if (queued)
		runqueue_place(t);
	else if (!stays && t == thread_current())
		runqueue_schedule();
	else if (!stays)
		ipi_reschedule(READ_ONCE(t->cpu));
}

int thread_set_allowed(struct thread *t, const struct cpumask *mask)
{
	unsigned long flags;
	struct runqueue *rq;

	if (!cpumask_any(mask))
		return -EINVAL;
	rq = runqueue_lock_of(t, &flags);
	t->allowed = *mask;
	spin_unlock_irqrestore(&rq->lock, flags);
	reconsider(t);
	return 0;
}

void thread_get_allowed(struct thread *t, struct cpumask *mask)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);

	*mask = t->allowed;
	spin_unlock_irqrestore(&rq->lock, flags);
}

void thread_pin(unsigned cpu_or_none)
{
	struct thread *t = thread_current();
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);

	t->pinned = (uint16_t)cpu_or_none;
	spin_unlock_irqrestore(&rq->lock, flags);
	reconsider(t);
}
