/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel is preemptible except inside these pairs, under a spinlock and
 * in interrupts.  Pairs nest.  preempt_enable() may switch threads.
 */
#pragma once

#include "arch/cpu.h"

void sched_preempt(void); /* of core/entry.h */

static inline void preempt_disable(void)
{
	arch_preempt_inc();
	barrier();
}

static inline void preempt_enable(void)
{
	barrier();
	if (unlikely(arch_preempt_dec()))
		sched_preempt();
}

/* For short paths that end in one jump: true when the caller has to call
 * sched_preempt() as the last thing it does. */
static inline bool must_check preempt_enable_test(void)
{
	barrier();
	return arch_preempt_dec();
}

/* For the scheduler: count down without looking. */
static inline void preempt_enable_no_resched(void)
{
	barrier();
	(void)arch_preempt_dec();
}

static inline bool preempt_in_irq(void)
{
	return arch_preempt_value() & PREEMPT_IRQ_MASK;
}

/* True where sleeping is forbidden. */
static inline bool preempt_atomic(void)
{
	return (arch_preempt_value() & ~PREEMPT_NO_RESCHED) ||
	       !arch_irq_enabled();
}

/* DEBUG: complains when the caller may not sleep here. */
#if DEBUG
void might_sleep_at(const char *file, int line);
#	define might_sleep() might_sleep_at(__FILE__, __LINE__)
#else
#	define might_sleep() ((void)0)
#endif
