/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a controller outside the CPU addresses it: what an interrupt line
 * becomes at the CPU, and which CPU takes it.  The CPU's own part of an
 * interrupt (its local controller's end of interrupt) is done by the trap
 * code around trap_irq(), for every vector.
 */
#pragma once

#include "lib/types.h"

/* The vector that line stands for; the same on every CPU.  0: this line
 * cannot be delivered. */
unsigned arch_irq_vector(unsigned line);

/* What an interrupt controller calls logical CPU `cpu` (on PCs the local
 * APIC's id). */
uint32_t arch_irq_target_cpu_apic_id(unsigned cpu);
