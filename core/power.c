/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list is sorted, only grows, and is walked without a lock: a panic may
 * come while a handler is being added, so a new one is linked last.
 */
#include "core/power.h"

#include "arch/atomic.h"
#include "arch/boot.h"
#include "arch/cpu.h"

static struct power_handler *handlers;

void power_handler_add(struct power_handler *h)
{
	struct power_handler **at = &handlers;

	while (*at && (*at)->priority >= h->priority)
		at = &(*at)->next;
	h->next = *at;
	smp_wmb();
	WRITE_ONCE(*at, h);
}

void power_end(enum power_action action)
{
	struct power_handler *h;

	arch_irq_disable();
	for (h = READ_ONCE(handlers); h; h = READ_ONCE(h->next))
		h->end(action);
	arch_machine_reset();
	arch_cpu_stop();
}
