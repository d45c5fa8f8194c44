/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64-bit division by 32 bits, and the clock's multiply-and-shift.
 *
 * A 32-bit CPU has no 64-bit division and the kernel links no compiler
 * library, so `/` and `%` on 64-bit values are written with these.  On a
 * 64-bit CPU they are one instruction.  The divisor must not be 0.
 */
#pragma once

#include "lib/types.h"

/* The general method, for CPUs without the instruction; *REM may be NULL. */
uint64_t div_u64_long(uint64_t n, uint32_t d, uint32_t *rem);

static inline uint64_t div_u64_rem(uint64_t n, uint32_t d, uint32_t *rem)
{
	if (sizeof(long) < sizeof(n))
		return div_u64_long(n, d, rem);
	*rem = (uint32_t)(n % d);
	return n / d;
}

static inline uint64_t div_u64(uint64_t n, uint32_t d)
{
	uint32_t rem;

	return div_u64_rem(n, d, &rem);
}

static inline uint32_t mod_u64(uint64_t n, uint32_t d)
{
	uint32_t rem;

	div_u64_rem(n, d, &rem);
	return rem;
}

/* Rounds towards zero, as C does. */
static inline int64_t div_s64(int64_t n, uint32_t d)
{
	return n < 0 ? -(int64_t)div_u64(-(uint64_t)n, d)
		     : (int64_t)div_u64((uint64_t)n, d);
}

/* (V * MUL) >> SHIFT without losing the bits above 64; SHIFT <= 32. */
static inline uint64_t mul_shift(uint64_t v, uint32_t mul, unsigned shift)
{
	uint64_t low = (v & 0xffffffff) * mul;
	uint64_t high = (v >> 32) * mul;

	return (high << (32 - shift)) + (low >> shift);
}

/* For a divisor that may not fit 32 bits (slow where long has 32). */
static inline uint64_t div_u64_wide(uint64_t n, uint64_t d)
{
	uint64_t q = 0;

	if (sizeof(long) == sizeof(n))
		return n / d;
	for (int bit = __builtin_clzll(d); bit >= 0; bit--) {
		if (n < d << bit)
			continue;
		n -= d << bit;
		q |= 1ull << bit;
	}
	return q;
}
