/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts as controllers' drivers and core/irq.c need the CPU's part. */
#pragma once

#include "lib/types.h"

/* The vector that stands for an interrupt line, as controllers are told. */
unsigned arch_irq_vector(unsigned line);
/* The local controller's name for a CPU. */
uint32_t arch_irq_target(unsigned cpu);
/* The running interrupt is over: others may come.  Called with interrupts
 * off, after its handlers. */
void arch_irq_eoi(unsigned line);
