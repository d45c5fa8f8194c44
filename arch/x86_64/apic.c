/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC (SDM vol. 3, 11): end of interrupt, the one-shot timer, and
 * interrupts between CPUs.  Registers are memory at one address for all CPUs,
 * each seeing its own.
 */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/irq.h"
#include "arch/mmu.h"
#include "arch/smp.h"
#include "arch/x86_64/cpu_priv.h"

#include "core/irq.h"
#include "core/panic.h"
#include "core/print.h"
#include "core/timer.h"
#include "impl/desc.h"
#include "impl/msr.h"

#define APIC_ID           0x20
#define APIC_TPR          0x80
#define APIC_EOI          0xb0
#define APIC_SPURIOUS     0xf0
#define APIC_ESR          0x280
#define APIC_ICR_LOW      0x300
#define APIC_ICR_HIGH     0x310
#define APIC_LVT_TIMER    0x320
#define APIC_LVT_LINT0    0x350
#define APIC_LVT_LINT1    0x360
#define APIC_LVT_ERROR    0x370
#define APIC_TIMER_INIT   0x380
#define APIC_TIMER_COUNT  0x390
#define APIC_TIMER_DIVIDE 0x3e0
#define LVT_MASKED        (1u << 16)
#define APIC_ENABLE       (1u << 8)
#define DIVIDE_BY_1       0xb
/* of the interrupt command register (SDM vol. 3, 11.6.1) */
#define ICR_NMI        (4u << 8)
#define ICR_INIT       (5u << 8)
#define ICR_STARTUP    (6u << 8)
#define ICR_PENDING    (1u << 12)
#define ICR_ASSERT     (1u << 14)
#define ICR_ALL_OTHERS (3u << 18)
#define ICR_PATIENCE   100000 /* looks at the pending bit */

static char *registers; /* the same address on every CPU */
static uint32_t only_name;
static const uint32_t *names = &only_name; /* by logical CPU */
static unsigned name_count = 1;

static uint32_t reg_read(unsigned reg)
{
	return mmio_read32(registers + reg);
}

static void reg_write(unsigned reg, uint32_t v)
{
	mmio_write32(registers + reg, v);
}

void arch_irq_eoi(unsigned line)
{
	if (likely(line !=
		   IRQ_LOCAL_BASE + VECTOR_SPURIOUS - VECTOR_LAPIC_TIMER))
		reg_write(APIC_EOI, 0);
}

uint32_t apic_id(void)
{
	return reg_read(APIC_ID) >> 24;
}

uint32_t arch_irq_target(unsigned cpu)
{
	return names[cpu < name_count ? cpu : 0];
}

void arch_smp_names(const uint32_t *by_cpu, unsigned count)
{
	names = by_cpu;
	name_count = count;
}

void apic_enable(void)
{
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | 1u << 11);
	reg_write(APIC_SPURIOUS, APIC_ENABLE | VECTOR_SPURIOUS);
	reg_write(APIC_TPR, 0);
	reg_write(APIC_LVT_LINT0, LVT_MASKED);
	reg_write(APIC_LVT_LINT1, 4u << 8); /* NMI */
	reg_write(APIC_LVT_ERROR, VECTOR_LAPIC_ERROR);
	reg_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	reg_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_LAPIC_TIMER);
}

void arch_irq_init(void *(*map_device)(paddr_t pa, size_t len))
{
	registers =
		map_device(msr_read(MSR_APIC_BASE) & 0xffffff000, PAGE_SIZE);
	if (!registers)
		panic("cannot map the local APIC");
	apic_enable();
	only_name = apic_id();
}

/* One command at a time, and the two halves belong together: interrupts off.
 * A controller that stays busy is not waited for without end. */
static void command(uint32_t high, uint32_t low)
{
	unsigned long flags = arch_irq_save();
	unsigned n = 0;

	while ((reg_read(APIC_ICR_LOW) & ICR_PENDING) && n++ < ICR_PATIENCE)
		arch_cpu_relax();
	reg_write(APIC_ICR_HIGH, high);
	reg_write(APIC_ICR_LOW, low);
	arch_irq_restore(flags);
}

void arch_ipi_send(unsigned cpu)
{
	command(names[cpu] << 24, ICR_ASSERT | VECTOR_IPI);
}

void apic_send_init(unsigned cpu)
{
	command(names[cpu] << 24, ICR_ASSERT | ICR_INIT);
}

void apic_send_startup(unsigned cpu, unsigned page)
{
	command(names[cpu] << 24, ICR_ASSERT | ICR_STARTUP | page);
}

void arch_smp_stop_others(void)
{
	if (registers && cpu_count > 1)
		command(0, ICR_ALL_OTHERS | ICR_ASSERT | ICR_NMI);
}

void apic_timer_start_calibration(void)
{
	reg_write(APIC_TIMER_INIT, ~0u);
}

uint32_t apic_timer_count(void)
{
	return ~0u - reg_read(APIC_TIMER_COUNT);
}

static uint32_t timer_mult; /* counts per ns << 24 */

static void timer_program(nsec_t delta)
{
	uint64_t count = (uint64_t)delta * timer_mult >> 24;

	reg_write(APIC_TIMER_INIT, count ? (uint32_t)count : 1);
}

static struct clock_event apic_event = {
	.name = "lapic",
	.program = timer_program,
	.min_ns = 1000,
	.max_ns = 1000000000,
};

static enum irq_result on_timer(void *ctx)
{
	timer_interrupt();
	return IRQ_DONE;
}

static struct irq_action timer_action = {
	.handler = on_timer,
	.name = "timer",
};

void apic_timer_enable(void)
{
	reg_write(APIC_TIMER_INIT, 0);
	reg_write(APIC_LVT_TIMER, VECTOR_LAPIC_TIMER);
}

void apic_timer_init(uint64_t hz)
{
	timer_mult = (uint32_t)((hz << 24) / NSEC_PER_SEC);
	/* The 32-bit count must not overflow, nor the product. */
	apic_event.max_ns = MIN((nsec_t)(0xf0000000ull * NSEC_PER_SEC / hz),
				(nsec_t)NSEC_PER_SEC);
	apic_timer_enable();
	if (irq_request(IRQ_LOCAL_TIMER, &timer_action))
		panic("no line for the timer");
	clock_event_set(&apic_event);
}
