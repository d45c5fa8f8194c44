/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64's side of arch/cpu.h.  GS holds the running CPU's struct cpu_hot in
 * kernel mode, and the offsets below are known to entry.S.  The stack
 * protector's canary must stand at %gs:40, where gcc and clang look for it.
 */
#pragma once

struct thread;
struct tss;

struct cpu_hot {
	unsigned long offset;
	struct thread *current;
	uint32_t preempt;
	uint32_t cpu;
	unsigned long user_sp;   /* scratch of the system-call entry */
	unsigned long kernel_sp; /* top of the running thread's stack */
	unsigned long canary;
	struct tss *tss;
	unsigned long unused0;
} aligned(64);

static_assert(offsetof(struct cpu_hot, canary) == 40, "gcc and clang: %gs:40");

#define CPU_HOT_READ(field, type)                                         \
	({                                                                \
		type hot_;                                                \
		__asm__ volatile("mov %%gs:%c1, %0"                       \
				 : "=r"(hot_)                             \
				 : "i"(offsetof(struct cpu_hot, field))); \
		hot_;                                                     \
	})

static inline struct thread *arch_current(void)
{
	struct thread *t;

	/* Not volatile: the answer is the same wherever the thread runs. */
	__asm__("mov %%gs:%c1, %0"
		: "=r"(t)
		: "i"(offsetof(struct cpu_hot, current)));
	return t;
}

static inline unsigned arch_cpu_id(void)
{
	return CPU_HOT_READ(cpu, uint32_t);
}

static inline unsigned long arch_percpu_offset(void)
{
	return CPU_HOT_READ(offset, unsigned long);
}

extern struct cpu_hot cpu_hot; /* CPU 0's, and the per-CPU symbol */

static inline struct cpu_hot *arch_cpu_hot(void)
{
	return (struct cpu_hot *)((char *)&cpu_hot + arch_percpu_offset());
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags & 0x200)
		arch_irq_enable();
}

static inline bool arch_irq_enabled(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	return flags & 0x200;
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void arch_cpu_idle(void)
{
	/* STI's shadow of one instruction keeps an interrupt from falling
	 * between the two (SDM vol. 2, STI). */
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline noreturn void arch_cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}

static inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void arch_preempt_inc(void)
{
	__asm__ volatile("incl %%gs:%c0"
			 :
			 : "i"(offsetof(struct cpu_hot, preempt))
			 : "memory", "cc");
}

static inline bool arch_preempt_dec(void)
{
	bool zero;

	__asm__ volatile("decl %%gs:%c1"
			 : "=@ccz"(zero)
			 : "i"(offsetof(struct cpu_hot, preempt))
			 : "memory");
	return zero;
}

static inline void arch_preempt_add(uint32_t n)
{
	__asm__ volatile("addl %1, %%gs:%c0"
			 :
			 : "i"(offsetof(struct cpu_hot, preempt)), "ri"(n)
			 : "memory", "cc");
}

static inline uint32_t arch_preempt_value(void)
{
	return CPU_HOT_READ(preempt, uint32_t);
}

static inline void arch_preempt_set(uint32_t v)
{
	__asm__ volatile("movl %1, %%gs:%c0"
			 :
			 : "i"(offsetof(struct cpu_hot, preempt)), "ri"(v)
			 : "memory");
}

static inline void arch_need_resched_set(void)
{
	__asm__ volatile("andl $0x7fffffff, %%gs:%c0"
			 :
			 : "i"(offsetof(struct cpu_hot, preempt))
			 : "memory", "cc");
}

static inline void arch_need_resched_clear(void)
{
	__asm__ volatile("orl $0x80000000, %%gs:%c0"
			 :
			 : "i"(offsetof(struct cpu_hot, preempt))
			 : "memory", "cc");
}

static inline bool arch_need_resched(void)
{
	return !(arch_preempt_value() & PREEMPT_NO_RESCHED);
}
