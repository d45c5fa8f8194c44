/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps that nobody else wants yet: a debugger will take these over. */
#include "arch/cpu.h"

#include "core/entry.h"
#include "core/panic.h"
#include "core/print.h"

void trap_nmi(struct frame *f)
{
	static struct ratelimit limit;

	if (READ_ONCE(panic_in_progress))
		arch_cpu_stop(); /* another CPU panicked and says so */
	if (print_ratelimit(&limit))
		print("a non-maskable interrupt of unknown origin\n");
}

bool trap_debug(struct frame *f)
{
	return false;
}
