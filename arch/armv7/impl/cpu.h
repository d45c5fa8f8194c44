/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stub of arch/cpu.h for ARMv7, one CPU: enough for everything outside
 * arch/ to compile.  The real one reads its cpu_hot through TPIDRPRW.
 */
#pragma once

struct thread;

struct cpu_hot {
	unsigned long offset;
	struct thread *current;
	uint32_t preempt;
	uint32_t cpu;
} aligned(64);

extern struct cpu_hot cpu_hot; /* CPU 0's, and the per-CPU symbol */

static inline struct cpu_hot *arch_cpu_hot(void)
{
	return &cpu_hot;
}

static inline struct thread *arch_current(void)
{
	return cpu_hot.current;
}

static inline unsigned arch_cpu_id(void)
{
	return READ_ONCE(cpu_hot.cpu);
}

static inline unsigned long arch_percpu_offset(void)
{
	return READ_ONCE(cpu_hot.offset);
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("mrs %0, cpsr; cpsid i" : "=r"(flags) : : "memory");
	return flags;
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("cpsie i" : : : "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cpsid i" : : : "memory");
}

static inline bool arch_irq_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("mrs %0, cpsr" : "=r"(flags) : : "memory");
	return !(flags & 0x80);
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (!(flags & 0x80))
		arch_irq_enable();
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* A pending interrupt ends wfi also while masked (Arm ARM, B1.8.14). */
static inline void arch_cpu_idle(void)
{
	__asm__ volatile("dsb; wfi; cpsie i" : : : "memory");
}

static inline noreturn void arch_cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cpsid i; wfi" : : : "memory");
}

static inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ volatile("mrrc p15, 1, %0, %1, c14"
			 : "=r"(lo), "=r"(hi)
			 :
			 : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void arch_preempt_add(uint32_t n)
{
	WRITE_ONCE(cpu_hot.preempt, cpu_hot.preempt + n);
	barrier();
}

static inline void arch_preempt_inc(void)
{
	arch_preempt_add(1);
}

static inline bool arch_preempt_dec(void)
{
	barrier();
	WRITE_ONCE(cpu_hot.preempt, cpu_hot.preempt - 1);
	return cpu_hot.preempt == 0;
}

static inline uint32_t arch_preempt_value(void)
{
	return READ_ONCE(cpu_hot.preempt);
}

static inline void arch_preempt_set(uint32_t v)
{
	WRITE_ONCE(cpu_hot.preempt, v);
	barrier();
}

static inline void arch_need_resched_set(void)
{
	cpu_hot.preempt &= ~PREEMPT_NO_RESCHED;
}

static inline void arch_need_resched_clear(void)
{
	cpu_hot.preempt |= PREEMPT_NO_RESCHED;
}

static inline bool arch_need_resched(void)
{
	return !(arch_preempt_value() & PREEMPT_NO_RESCHED);
}
