/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook by which debug builds find a memcpy of overlapping areas.
 *
 * lib/ cannot call panic, so the compiler's trap is used: the report of that
 * exception shows the caller.  Copying an object onto itself is let through,
 * since compilers do so for structure assignments.
 */
#pragma once

#include "lib/types.h"

#ifndef DEBUG
#	define DEBUG 0
#endif

static inline void string_check_overlap(const void *dst, const void *src,
					size_t n)
{
	uintptr_t up = (uintptr_t)dst - (uintptr_t)src;

	if (DEBUG && up && (up < n || -up < n))
		__builtin_trap();
}
