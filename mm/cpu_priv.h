/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stretch in which this CPU does nothing else: for moving batches between a
 * CPU's own list and a locked one.  Preemption is off too, so that the locks
 * taken inside do not reschedule while interrupts are off.
 */
#pragma once

#include "core/preempt.h"

static inline unsigned long cpu_lock(void)
{
	preempt_disable();
	return arch_irq_save();
}

static inline void cpu_unlock(unsigned long irq)
{
	arch_irq_restore(irq);
	preempt_enable();
}
