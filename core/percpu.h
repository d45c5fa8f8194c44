/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU variables.  CPU 0 uses the linked copy; the others get a copy of
 * the whole section as it was linked.
 *
 *     DEFINE_PERCPU(unsigned, ticks);      in a .c file
 *     this_cpu(ticks)++;                   preemption or interrupts off
 *     per_cpu(ticks, cpu)                  another CPU's
 */
#pragma once

#include "arch/cpu.h"
#include "lib/types.h"

#define DEFINE_PERCPU(type, name) \
	__attribute__((section(".percpu"))) __typeof__(type) name
#define DECLARE_PERCPU(type, name) extern __typeof__(type) name

extern unsigned long *percpu_offset; /* by CPU number */

#define percpu_at(ptr, off) ((__typeof__(ptr))((uintptr_t)(ptr) + (off)))
#define this_cpu(name)      (*percpu_at(&(name), arch_percpu_offset()))
#define per_cpu(name, cpu)  (*percpu_at(&(name), percpu_offset[cpu]))

/* The first thing at boot: keeps the section as it was linked. */
void percpu_keep_template(void);
/* The section's size and alignment; a copy for another CPU at `copy`, and what
 * to add to an address in the section for one in that copy. */
#define PERCPU_ALIGN 64
size_t percpu_size(void);
unsigned long percpu_copy(void *copy);
/* From here on the offsets are read from `table`, which has room for every
 * CPU there will be; the old entries are carried over. */
void percpu_use_table(unsigned long *table);

#define cpu_for_each(cpu) for (unsigned cpu = 0; cpu < cpu_count; cpu++)
