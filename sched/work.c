/* SPDX-License-Identifier: BSD-2-Clause */
/* Deferred work: one queue and one kernel thread. */
#include "sched/work.h"

#include "core/panic.h"
#include "core/spinlock.h"
#include "sched/thread.h"
#include "sched/waitq.h"

static struct spinlock work_lock = SPINLOCK(RANK_WAITQ - 1);
/* protected by work_lock: */
static struct list queue = LIST_INIT(queue);
static uint64_t queued, done;

static struct waitq work_wait = WAITQ(work_wait);
static struct waitq done_wait = WAITQ(done_wait);

void work_init(struct work *w, void (*fn)(struct work *w))
{
	*w = (struct work){ .fn = fn };
}

bool work_queue(struct work *w)
{
	unsigned long flags;

	if (atomic32_xchg(&w->queued, 1))
		return false;
	flags = spin_lock_irqsave(&work_lock);
	list_add_tail(&w->node, &queue);
	queued++;
	spin_unlock_irqrestore(&work_lock, flags);
	waitq_wake_all(&work_wait);
	return true;
}

static struct work *take(void)
{
	unsigned long flags = spin_lock_irqsave(&work_lock);
	struct work *w = NULL;

	if (!list_empty(&queue)) {
		w = list_first_entry(&queue, struct work, node);
		list_del(&w->node);
		/* From here on it may be queued again. */
		atomic32_store_release(&w->queued, 0);
	}
	spin_unlock_irqrestore(&work_lock, flags);
	return w;
}

static void work_main(void *arg)
{
	struct work *w;

	for (;;) {
		waitq_wait(&work_wait, (w = take()) != NULL);
		w->fn(w);
		WRITE_ONCE(done, done + 1);
		waitq_wake_all(&done_wait);
	}
}

void work_flush(void)
{
	uint64_t target = READ_ONCE(queued);

	waitq_wait(&done_wait, READ_ONCE(done) >= target);
}

void work_start(void)
{
	struct thread *t;

	if (thread_create(&t, NULL, "work", work_main, NULL))
		panic("no memory for the work thread");
	thread_start(t);
}
