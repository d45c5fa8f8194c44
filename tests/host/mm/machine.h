/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for mm/ inside a host process: physical memory in any shape, one
 * CPU, a table of kernel mappings that checks its use, and the two functions
 * that mm/ calls upwards.  mm/ cannot be started twice, so each test runs in a
 * process of its own.
 */
#pragma once

#include "arch/boot.h"
#include "lib/types.h"

#define HOST_RAM_SPAN (20ull << 30) /* highest physical address + 1 */

/* Adds a region to boot_info. */
void machine_region(paddr_t base, uint64_t size, enum boot_region_type type);
/* The kernel lies at [1 MiB, 2 MiB); memblock, pages, kmalloc, vmap start. */
void machine_start(void);

/* Runs fn in a child; true when it ended well.  `expect` (NULL: none): it
 * must panic with a text that contains this. */
bool machine_run(void (*fn)(void), const char *expect);

/* Counts of calls upwards, and what they answer. */
extern unsigned machine_reclaims, machine_ooms;
extern bool (*machine_oom)(void);
extern size_t (*machine_reclaim)(size_t want);

/* Starts count - 1 more CPUs, as threads, and runs fn on all.  Returns when
 * all are done; what their lists held was given back, except single pages. */
#define MACHINE_CPUS 4
void machine_cpus(unsigned count, void (*fn)(unsigned cpu));

/* The running CPU is in an interrupt between these. */
void machine_irq_enter(void);
void machine_irq_exit(void);
