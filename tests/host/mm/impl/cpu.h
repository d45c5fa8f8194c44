/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/cpu.h for the host: a CPU is a thread, its state a few variables, so
 * that a test can play interrupt handler. */
#pragma once

extern __thread unsigned host_cpu;
extern __thread unsigned long host_offset;
extern __thread uint32_t host_preempt;
extern __thread bool host_irq_on;

static inline unsigned arch_cpu_id(void)
{
	return host_cpu;
}

static inline unsigned long arch_percpu_offset(void)
{
	return host_offset;
}

static inline unsigned long arch_irq_save(void)
{
	bool was = host_irq_on;

	host_irq_on = false;
	return was;
}

static inline void arch_irq_restore(unsigned long flags)
{
	host_irq_on = flags;
}

static inline bool arch_irq_enabled(void)
{
	return host_irq_on;
}

static inline void arch_preempt_inc(void)
{
	host_preempt++;
}

/* Never zero: the top bit says that nobody wants the CPU. */
static inline bool arch_preempt_dec(void)
{
	return --host_preempt == 0;
}

static inline uint32_t arch_preempt_value(void)
{
	return host_preempt;
}

static inline bool arch_need_resched(void)
{
	return !(host_preempt & PREEMPT_NO_RESCHED);
}

static inline void arch_cpu_relax(void) {}
