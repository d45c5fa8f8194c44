/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues: plain entries in front, exclusive ones behind. */
#include "sched/waitq.h"

#include "abi/errno.h"
#include "core/preempt.h"
#include "core/timer.h"
#include "sched/runqueue.h"

void waitq_init(struct waitq *q)
{
	spin_init(&q->lock, RANK_WAITQ);
	list_init(&q->entries);
}

static void add_locked(struct waitq *q, struct wait_entry *e)
{
	if (e->exclusive)
		list_add_tail(&e->node, &q->entries);
	else
		list_add(&e->node, &q->entries);
}

void waitq_add(struct waitq *q, struct wait_entry *e)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	add_locked(q, e);
	spin_unlock_irqrestore(&q->lock, flags);
}

void waitq_remove(struct waitq *q, struct wait_entry *e)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	list_del(&e->node);
	e->node.next = NULL;
	spin_unlock_irqrestore(&q->lock, flags);
}

void waitq_wake_key(struct waitq *q, unsigned n, uint32_t key)
{
	unsigned long flags;
	struct wait_entry *e, *tmp;

	if (!waitq_active(q))
		return;
	flags = spin_lock_irqsave(&q->lock);
	list_for_each_safe (e, tmp, &q->entries, node) {
		if (!(e->keys & key))
			continue;
		if (e->wake(e, key) && e->exclusive && --n == 0)
			break;
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

static bool wake_thread(struct wait_entry *e, uint32_t key)
{
	return thread_wake(e->thread);
}

void waitq_prepare(struct waitq *q, struct wait_entry *e,
		   enum thread_state state)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);

	if (!e->thread) {
		e->thread = thread_current();
		e->wake = wake_thread;
		add_locked(q, e);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	thread_set_state(state);
}

void waitq_finish(struct waitq *q, struct wait_entry *e)
{
	if (!e->thread)
		return; /* never had to wait */
	thread_set_state(THREAD_RUNNABLE);
	waitq_remove(q, e);
	e->thread = NULL;
}

struct sleeper {
	struct timer timer;
	struct thread *thread;
};

static void on_deadline(struct timer *t)
{
	thread_wake(container_of(t, struct sleeper, timer)->thread);
}

int waitq_sleep(enum thread_state state, nsec_t deadline)
{
	struct thread *self = thread_current();
	struct sleeper s;

	might_sleep();
	if (thread_signal_pending(self, state)) {
		thread_set_state(THREAD_RUNNABLE);
		return -ERESTARTSYS;
	}
	if (deadline == NSEC_FOREVER) {
		runqueue_schedule();
		return 0;
	}
	if (clock_monotonic() >= deadline)
		return -ETIMEDOUT;
	timer_init(&s.timer, on_deadline);
	s.thread = self;
	timer_arm(&s.timer, deadline);
	runqueue_schedule();
	(void)timer_cancel_sync(&s.timer);
	return 0;
}
