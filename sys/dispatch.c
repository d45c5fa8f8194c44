/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a number to a function.  Every call is counted on the CPU it runs on;
 * those without code land in one function that answers -ENOSYS.
 */
#include "arch/syscall.h"
#include "lib/strbuf.h"

#include "core/entry.h"
#include "core/percpu.h"

#define SYSCALLS_DEFINE_TABLE
#include "sys/syscalls.h"

static DEFINE_PERCPU(uint32_t[SYSCALL_COUNT], syscall_counts);
static DEFINE_PERCPU(uint32_t, syscall_unknown);

void trap_syscall(struct frame *f)
{
	unsigned long nr = arch_frame_nr(f);

	/* A count may land on a neighbouring CPU's: preemption is on. */
	if (likely(nr < SYSCALL_COUNT)) {
		this_cpu(syscall_counts)[nr]++;
		arch_frame_set_result(f, syscall_fn[nr](f));
	} else {
		this_cpu(syscall_unknown)++;
		arch_frame_set_result(f, -ENOSYS);
	}
}

static uint64_t calls_of(unsigned nr)
{
	uint64_t n = 0;

	cpu_for_each (cpu)
		n += per_cpu(syscall_counts, cpu)[nr];
	return n;
}

void dispatch_show(struct strbuf *sb)
{
	for (unsigned nr = 0; nr < SYSCALL_COUNT; nr++) {
		const struct syscall_entry *e = &syscall_table[nr];

		if (!e->name)
			continue;
		strbuf_printf(sb, "%u %s %llu %s\n", nr, e->name,
			      (unsigned long long)calls_of(nr),
			      e->fn ? "implemented" : "missing");
	}
	strbuf_printf(sb, "- unknown %u missing\n", syscall_unknown);
}
