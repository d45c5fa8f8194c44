/* SPDX-License-Identifier: BSD-2-Clause */
/* What DEBUG builds know about sleeping locks: each thread's, by rank. */
#include "core/panic.h"
#include "sched/mutex.h"
#include "sched/mutex_priv.h"

/* Ranks rise; equal ones (two directories) are their owner's business. */
void mutex_debug_check(uint16_t rank)
{
	struct thread *t = thread_current();

	for (uint32_t i = 0; i < t->held_count; i++)
		if (rank && t->held_ranks[i] > rank)
			panic("sleeping lock of rank %u wanted under rank %u",
			      rank, t->held_ranks[i]);
}

void mutex_debug_held(uint16_t rank)
{
	struct thread *t = thread_current();

	BUG_ON(t->held_count == ARRAY_SIZE(t->held_ranks));
	t->held_ranks[t->held_count++] = rank;
}

void mutex_debug_released(uint16_t rank)
{
	struct thread *t = thread_current();
	uint32_t i = t->held_count;

	while (i > 0 && t->held_ranks[i - 1] != rank)
		i--;
	BUG_ON(i == 0);
	for (; i < t->held_count; i++)
		t->held_ranks[i - 1] = t->held_ranks[i];
	t->held_count--;
}
