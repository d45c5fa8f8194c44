/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DEBUG builds know about spinlocks: which ones this CPU holds, in the
 * order of taking.  A spinlock is released on the CPU that took it, so the list
 * is per CPU; an interrupt's locks form a list of their own on top, since what
 * it interrupted cannot be waited for.
 */
#include "core/panic.h"
#include "core/percpu.h"
#include "core/spinlock.h"

#define HELD_MAX 24

struct held {
	const struct spinlock *lock;
	uint32_t context; /* interrupt nesting when it was taken */
};

struct held_list {
	unsigned count;
	struct held held[HELD_MAX];
};

static DEFINE_PERCPU(struct held_list, held_lists);

static uint32_t context(void)
{
	return arch_preempt_value() & PREEMPT_IRQ_MASK;
}

void spin_debug_acquire(struct spinlock *l)
{
	unsigned long flags;
	struct held_list *list;

	if (panic_in_progress)
		return;
	flags = arch_irq_save();
	list = &this_cpu(held_lists);
	for (unsigned i = 0; i < list->count; i++) {
		const struct held *h = &list->held[i];

		if (h->lock == l)
			panic("spinlock of rank %u taken twice, first at %#lx",
			      l->rank, (unsigned long)l->pc);
		if (h->context == context() && l->rank && h->lock->rank &&
		    (h->lock->rank > l->rank ||
		     (h->lock->rank == l->rank && h->lock > l)))
			panic("spinlock of rank %u wanted under rank %u of "
			      "%#lx",
			      l->rank, h->lock->rank,
			      (unsigned long)h->lock->pc);
	}
	arch_irq_restore(flags);
}

void spin_debug_acquired(struct spinlock *l)
{
	unsigned long flags = arch_irq_save();
	struct held_list *list = &this_cpu(held_lists);

	if (list->count == HELD_MAX)
		panic("more than %u spinlocks held", HELD_MAX);
	list->held[list->count++] = (struct held){ l, context() };
	arch_irq_restore(flags);
}

void spin_debug_release(struct spinlock *l)
{
	unsigned long flags = arch_irq_save();
	struct held_list *list = &this_cpu(held_lists);
	unsigned i = list->count;

	while (i > 0 && list->held[i - 1].lock != l)
		i--;
	if (i == 0 && !panic_in_progress)
		panic("spinlock of rank %u released by a stranger", l->rank);
	for (; i > 0 && i < list->count; i++)
		list->held[i - 1] = list->held[i];
	if (list->count)
		list->count--;
	arch_irq_restore(flags);
}
