/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of CPUs, by logical number.  Not atomic; who shares one locks it. */
#pragma once

#include "arch/cpu.h"

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
