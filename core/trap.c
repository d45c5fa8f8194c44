/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps that nobody else wants yet: a debugger will take these over. */
#include "core/entry.h"
#include "core/panic.h"
#include "core/print.h"

void trap_nmi(struct frame *f)
{
	static struct ratelimit limit;

	if (print_ratelimit(&limit))
		print("a non-maskable interrupt of unknown origin\n");
}

bool trap_debug(struct frame *f)
{
	return false;
}
