/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running CPU: its number, its per-CPU block, interrupts, preemption.
 *
 * impl/cpu.h defines, all as inlines:
 *
 *   struct cpu_hot            the first cache line of a CPU's own data, with
 *                             `offset`, `current`, `preempt`, `cpu`
 *   arch_cpu_hot()            pointer to the running CPU's cpu_hot
 *   arch_current()            the running thread (one instruction)
 *   arch_cpu_id()             logical CPU number; stable only while
 *                             preemption or interrupts are off
 *   arch_percpu_offset()      what to add to a per-CPU variable's address
 *   arch_irq_save() -> flags, arch_irq_restore(flags), arch_irq_disable(),
 *   arch_irq_enable(), arch_irq_enabled()
 *   arch_cpu_relax()          a hint inside every spin loop (`pause`, `yield`)
 *   arch_cpu_idle()           interrupts are off on entry; enables them and
 *                             waits for one without losing one in between;
 *                             returns with interrupts on
 *   arch_cpu_stop()           interrupts off, halt for ever
 *   arch_cycles()             the cycle counter, 64 bits
 *
 * Preemption: `preempt` counts the reasons not to be preempted in its low
 * bits; the top bit is set while *no* reschedule is wanted, so the count
 * reaching zero means "preemptible and somebody should run instead" and one
 * decrement tells.
 *
 *   arch_preempt_inc(), arch_preempt_dec() -> true when it reached zero
 *   arch_preempt_value()      the raw word
 *   arch_preempt_set(v)       used by the context switch only
 *   arch_need_resched_set(), arch_need_resched_clear(): of the running CPU
 *   arch_need_resched()
 */
#pragma once

#include "lib/types.h"

#define PREEMPT_NO_RESCHED 0x80000000u
#define PREEMPT_COUNT_MASK 0x0000ffffu
#define PREEMPT_IRQ_UNIT   0x00010000u /* nested interrupt handlers */
#define PREEMPT_IRQ_MASK   0x00ff0000u

#ifndef CPU_MAX
#	define CPU_MAX \
		256 /* bound of CPU masks; tables are allocated by count */
#endif

#include "impl/cpu.h"

/* Number of CPUs that run; 1 until others are started. */
extern unsigned cpu_count;

/* Sets of CPUs, by logical number.  Not atomic; who shares one locks it. */
#define CPUMASK_WORD_BITS (8 * sizeof(unsigned long))
#define CPUMASK_WORDS     (CPU_MAX / CPUMASK_WORD_BITS)

struct cpumask {
	unsigned long word[CPUMASK_WORDS];
};

static inline void cpumask_set(struct cpumask *m, unsigned cpu)
{
	m->word[cpu / CPUMASK_WORD_BITS] |= 1ul << cpu % CPUMASK_WORD_BITS;
}

static inline bool cpumask_test(const struct cpumask *m, unsigned cpu)
{
	return m->word[cpu / CPUMASK_WORD_BITS] >> cpu % CPUMASK_WORD_BITS & 1;
}

static inline void cpumask_fill(struct cpumask *m)
{
	for (unsigned i = 0; i < CPUMASK_WORDS; i++)
		m->word[i] = ~0ul;
}

/* Whether a CPU that runs is in it. */
static inline bool cpumask_any(const struct cpumask *m)
{
	for (unsigned cpu = 0; cpu < cpu_count; cpu++)
		if (cpumask_test(m, cpu))
			return true;
	return false;
}
