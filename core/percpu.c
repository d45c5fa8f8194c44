/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of the per-CPU section.  CPU 0 works in the section itself, so what a
 * further CPU starts from is put aside before anything there changes.
 */
#include "core/percpu.h"

#include "lib/string.h"

/* From the linker script; the template is as large as the section. */
extern char percpu_start[], percpu_end[], percpu_template[];

static unsigned long boot_offset[1];

unsigned cpu_count = 1;
unsigned long *percpu_offset = boot_offset;

void percpu_keep_template(void)
{
	memcpy(percpu_template, percpu_start, percpu_size());
}

size_t percpu_size(void)
{
	return (size_t)(percpu_end - percpu_start);
}

unsigned long percpu_copy(void *copy)
{
	memcpy(copy, percpu_template, percpu_size());
	return (unsigned long)copy - (unsigned long)percpu_start;
}

void percpu_use_table(unsigned long *table)
{
	memcpy(table, percpu_offset, cpu_count * sizeof(*table));
	WRITE_ONCE(percpu_offset, table);
}
