/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts between CPUs: one CPU runs, and it sees its own requests on the
 * way out of whatever it is doing. */
#include "core/ipi.h"

#include "arch/cpu.h"
#include "arch/smp.h"

#include "core/entry.h"

void ipi_reschedule(unsigned cpu)
{
	if (cpu == arch_cpu_id())
		arch_need_resched_set();
	else
		arch_ipi_send(cpu);
}

void ipi_run(void)
{
	arch_need_resched_set();
}
