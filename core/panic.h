/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end, for a broken invariant of our own and for nothing else: never for
 * user input, device data or lack of memory (HOUSE §6).
 */
#pragma once

#include "lib/types.h"

struct frame;

/* Prints the message, registers and backtrace once, stops every CPU, and ends
 * the machine (core/power.h). */
noreturn void panic(const char *fmt, ...) printf_like(1, 2);
/* The same for a fault taken in the kernel with registers `f`. */
noreturn void panic_frame(const struct frame *f, const char *fmt, ...)
	printf_like(2, 3);

/* True from the first panic on: locks and consoles stop being polite. */
extern bool panic_in_progress;

#define BUG_ON(cond)                                                           \
	do {                                                                   \
		if (unlikely(cond))                                            \
			panic("%s:%d: broken: %s", __FILE__, __LINE__, #cond); \
	} while (0)

/* Checked in DEBUG builds only. */
#if DEBUG
#	define ASSERT(cond) BUG_ON(!(cond))
#else
#	define ASSERT(cond) ((void)sizeof(!(cond)))
#endif
