/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel backtraces: printed, or gathered as addresses.
 *
 * A walk goes over interrupt and exception frames (each found by its mark in
 * the unwind table, read through arch/debug.h) until user space, the outermost
 * function, or memory that cannot be the stack.  Stack words are read only
 * where arch_debug_read allows, so a smashed stack ends the walk and does not
 * fault.  No lock, no allocation; any context.  Printed form:
 *	Backtrace:
 *	[0xc00236f0] timer_handler + 21
 *	-----> Next frame returning from interrupt context is kernel space <-----
 * with the offset in hex.
 */
#pragma once

#include "lib/types.h"

struct frame;

/* Print the walk that begins at these registers.  PC is exact: where the CPU
 * stands or stood. */
void backtrace_print(vaddr_t pc, vaddr_t sp, vaddr_t fp);

/* Print from the caller of this function on. */
void backtrace_here(void);

/* From the place that FRAME was saved at. */
void backtrace_frame(const struct frame *frame);

/*
 * Store up to MAX return addresses, innermost (PC itself) first, going over
 * interrupt frames silently.  Returns how many.
 */
unsigned backtrace_save(vaddr_t pc, vaddr_t sp, vaddr_t fp, vaddr_t *out,
			unsigned max);
