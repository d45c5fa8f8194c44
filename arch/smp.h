/* SPDX-License-Identifier: BSD-2-Clause */
/* Other CPUs: interrupts between processors.  One CPU runs for now. */
#pragma once

#include "lib/types.h"

/* Interrupts the CPU so that it runs ipi_run() (core/entry.h). */
void arch_ipi_send(unsigned cpu);
