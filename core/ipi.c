/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts between CPUs, and the calls that travel with them. */
#include "core/ipi.h"

#include "arch/atomic.h"
#include "arch/cpu.h"
#include "arch/smp.h"

#include "core/irq.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/preempt.h"

enum { WANT_RESCHEDULE = 1, WANT_CALL = 2 };

/* An entry of a row: the row's owner fills it, the asked CPU takes it out of
 * its list and lets go of it by counting `left` down. */
struct ipi_call {
	unsigned long next; /* struct ipi_call * */
	void (*fn)(void *arg);
	void *arg;
	struct atomic32 *left;
};

struct ipi_cpu {
	struct atomic32 wanted;
	struct atomic_long calls; /* struct ipi_call *, latest first */
	struct ipi_call *row;     /* constant after the CPU started */
};

static DEFINE_PERCPU(struct ipi_cpu, ipi_cpus);

static void want(unsigned cpu, uint32_t what)
{
	struct ipi_cpu *ic = &per_cpu(ipi_cpus, cpu);

	if (atomic32_fetch_or(&ic->wanted, what) == 0)
		arch_ipi_send(cpu);
}

void ipi_reschedule(unsigned cpu)
{
	if (cpu == arch_cpu_id())
		arch_need_resched_set();
	else
		want(cpu, WANT_RESCHEDULE);
}

/* Interrupts are off. */
static void answer_calls(struct ipi_cpu *ic)
{
	struct ipi_call *c;

	if (!atomic_long_load(&ic->calls))
		return;
	c = (struct ipi_call *)atomic_long_xchg(&ic->calls, 0);
	while (c) {
		struct ipi_call *next = (struct ipi_call *)c->next;
		struct atomic32 *left = c->left;

		c->fn(c->arg);
		/* The entry and the counter are the caller's again after. */
		(void)atomic32_sub_return(left, 1);
		c = next;
	}
}

static enum irq_result on_ipi(void *ctx)
{
	struct ipi_cpu *ic = &this_cpu(ipi_cpus);
	uint32_t wanted = atomic32_xchg(&ic->wanted, 0);

	if (wanted & WANT_RESCHEDULE)
		arch_need_resched_set();
	if (wanted & WANT_CALL)
		answer_calls(ic);
	return IRQ_DONE;
}

static void post(unsigned cpu, struct ipi_call *c)
{
	struct ipi_cpu *ic = &per_cpu(ipi_cpus, cpu);
	unsigned long old = atomic_long_load(&ic->calls);

	do {
		c->next = old;
	} while (!atomic_long_cmpxchg(&ic->calls, &old, (unsigned long)c));
	want(cpu, WANT_CALL);
}

void ipi_call_others(bool (*wants)(unsigned cpu, void *arg),
		     void (*fn)(void *arg), void *arg)
{
	struct atomic32 left = { 0 };
	struct ipi_cpu *self;
	unsigned me;

	if (cpu_count == 1)
		return;
	ASSERT(arch_preempt_value() & ~PREEMPT_NO_RESCHED);
	ASSERT(!preempt_in_irq());
	me = arch_cpu_id();
	self = &this_cpu(ipi_cpus);
	smp_mb();
	cpu_for_each (cpu) {
		if (cpu == me || (wants && !wants(cpu, arg)))
			continue;
		atomic32_inc(&left);
		self->row[cpu].fn = fn;
		self->row[cpu].arg = arg;
		self->row[cpu].left = &left;
		post(cpu, &self->row[cpu]);
	}
	while (atomic32_load_acquire(&left)) {
		if (!arch_irq_enabled())
			answer_calls(self);
		arch_cpu_relax();
	}
	smp_mb();
}

size_t ipi_row_size(unsigned cpus)
{
	return cpus * sizeof(struct ipi_call);
}

void ipi_row_set(unsigned cpu, void *row)
{
	per_cpu(ipi_cpus, cpu).row = row;
}

void ipi_init(void)
{
	static struct irq_action action = {
		.handler = on_ipi,
		.name = "between processors",
	};

	if (irq_request(IRQ_LOCAL_IPI, &action))
		panic("no line for interrupts between processors");
}
