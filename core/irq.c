/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines: which controller owns each, who handles it, how often it
 * came.  The list of handlers is walked without a lock: actions are added at
 * its head by publication, and removed only after the line was masked and the
 * other CPUs have left interrupt context (rcu by the caller of irq_release).
 */
#include "core/irq.h"

#include "arch/atomic.h"
#include "arch/cpu.h"
#include "arch/irq.h"
#include "arch/syscall.h"
#include "lib/publish.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/percpu.h"
#include "core/preempt.h"
#include "core/print.h"
#include "core/spinlock.h"

static struct spinlock irq_lock = SPINLOCK(RANK_IRQ);
/* protected by irq_lock for writing: */
static struct irq_action *actions[IRQ_LINES];
static struct irq_chip *chips;

static DEFINE_PERCPU(uint32_t[IRQ_LINES], irq_counts);

static DEFINE_PERCPU(bool, from_user);

static struct irq_chip *chip_of(unsigned line)
{
	for (struct irq_chip *c = chips; c; c = c->next)
		if (line - c->first < c->count)
			return c;
	return NULL;
}

void irq_chip_add(struct irq_chip *chip)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	chip->next = chips;
	chips = chip;
	spin_unlock_irqrestore(&irq_lock, flags);
}

int irq_request(unsigned line, struct irq_action *action)
{
	struct irq_chip *chip;
	unsigned long flags;

	if (line >= IRQ_LINES)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	chip = chip_of(line);
	if (!chip && line < IRQ_LOCAL_BASE) {
		spin_unlock_irqrestore(&irq_lock, flags);
		return -EINVAL;
	}
	action->next = actions[line];
	publish(actions[line], action);
	if (chip && !action->next)
		chip->unmask(line);
	spin_unlock_irqrestore(&irq_lock, flags);
	return 0;
}

void irq_release(unsigned line, struct irq_action *action)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	struct irq_action **p = &actions[line];
	struct irq_chip *chip = chip_of(line);

	while (*p && *p != action)
		p = &(*p)->next;
	if (*p)
		WRITE_ONCE(*p, action->next);
	if (chip && !actions[line])
		chip->mask(line);
	spin_unlock_irqrestore(&irq_lock, flags);
}

static void complain(unsigned line)
{
	static struct ratelimit limit;

	if (print_ratelimit(&limit))
		print("irq: nobody handles line %u\n", line);
}

void trap_irq(struct frame *f, unsigned line)
{
	bool handled = false;

	arch_preempt_add(PREEMPT_IRQ_UNIT);
	this_cpu(irq_counts)[line % IRQ_LINES]++;
	this_cpu(from_user) = arch_frame_is_user(f);
	for (struct irq_action *a = READ_ONCE(actions[line % IRQ_LINES]); a;
	     a = a->next)
		handled |= a->handler(a->ctx) == IRQ_DONE;
	if (unlikely(!handled) && line < IRQ_LOCAL_BASE)
		complain(line);
	arch_irq_eoi(line);
	arch_preempt_add(-PREEMPT_IRQ_UNIT);
	if (arch_preempt_value() == 0)
		sched_preempt_irq();
}

bool irq_from_user(void)
{
	return this_cpu(from_user);
}

uint64_t irq_count_on(unsigned line, unsigned cpu)
{
	return per_cpu(irq_counts, cpu)[line];
}

uint64_t irq_count(unsigned line)
{
	uint64_t sum = 0;

	cpu_for_each (cpu)
		sum += per_cpu(irq_counts, cpu)[line];
	return sum;
}

const char *irq_name(unsigned line)
{
	struct irq_action *a = READ_ONCE(actions[line]);

	return a ? a->name : NULL;
}
