/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/cpu.h for the host: one CPU, one thread, no interrupts. */
#pragma once

struct thread;
extern struct thread *host_current;
extern uint32_t host_preempt;

static inline struct thread *arch_current(void)
{
	return host_current;
}

static inline unsigned arch_cpu_id(void)
{
	return 0;
}

static inline unsigned long arch_percpu_offset(void)
{
	return 0;
}

static inline unsigned long arch_irq_save(void)
{
	return 1;
}

static inline void arch_irq_restore(unsigned long flags) {}

static inline bool arch_irq_enabled(void)
{
	return true;
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
	return false;
}

static inline void arch_cpu_relax(void) {}
