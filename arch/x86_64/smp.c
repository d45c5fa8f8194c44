/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs: an INIT and a start-up interrupt to each in turn
 * (SDM vol. 3, 8.4), which sends it to the trampoline, from there to
 * secondary_start32 in pvh.S and to start_secondary() below.
 *
 * What the new CPU needs lies in the three variables; it takes them by
 * exchanging secondary_hot for NULL, and whoever gives up waiting does the
 * same, so that exactly one of the two has it.
 */
#include "arch/smp.h"

#include "arch/atomic.h"
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/x86_64/boot/trampoline.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/firmware.h"
#include "lib/string.h"

#include "core/entry.h"
#include "core/percpu.h"
#include "sched/thread.h"

extern char trampoline_start[], trampoline_end[];

/* Read by pvh.S. */
struct atomic_long secondary_hot;
uint64_t secondary_root, secondary_stack;

static const struct arch_smp_birth *birth;

struct census {
	uint32_t *names;
	unsigned room, count;
};

static void count_cpu(void *ctx, uint32_t name)
{
	struct census *c = ctx;

	for (unsigned i = 0; i < MIN(c->count, c->room); i++)
		if (c->names[i] == name)
			return;
	if (c->count < c->room)
		c->names[c->count] = name;
	c->count++;
}

unsigned arch_smp_find(const struct arch_mapper *m, uint32_t *names,
		       unsigned room)
{
	struct census c = { .names = names, .room = room };
	struct firmware_visit v = { .cpu = count_cpu, .ctx = &c };

	count_cpu(&c, apic_id());
	firmware_visit_all(m, &v);
	return c.count;
}

void arch_smp_start(const struct arch_smp_birth *b)
{
	struct cpu_hot *hot = percpu_at(&cpu_hot, b->percpu);
	void *page = arch_phys_to_virt(TRAMPOLINE_PHYS);

	memcpy(page, trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	hot->offset = b->percpu;
	hot->cpu = b->cpu;
	hot->current = b->idle;
	birth = b;
	secondary_root = mmu_kernel_root();
	secondary_stack = b->stack_top;
	atomic_long_store_release(&secondary_hot, (unsigned long)hot);
	apic_send_init(b->cpu);
	apic_send_startup(b->cpu, TRAMPOLINE_PHYS >> PAGE_SHIFT);
}

void arch_smp_start_again(const struct arch_smp_birth *b)
{
	apic_send_startup(b->cpu, TRAMPOLINE_PHYS >> PAGE_SHIFT);
}

bool arch_smp_give_up(void)
{
	return atomic_long_xchg(&secondary_hot, 0) != 0;
}

/* The new CPU's first C: exception handlers, features, then everybody's. */
noreturn void start_secondary(void)
{
	trap_load();
	cpu_enable();
	cpu_load_own(birth->memory);
	kernel_secondary();
}

void arch_smp_secondary_init(void)
{
	apic_enable();
	apic_timer_enable();
}
