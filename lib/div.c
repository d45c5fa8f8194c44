/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long division of 64 bits by 32 where the CPU divides 32 by 32 bits (or not
 * even that): the upper half by plain division, then two digits of 16 bits,
 * each guessed from the divisor's upper half and corrected at most twice
 * (Knuth, TAOCP 4.3.1, algorithm D).
 */
#include "lib/div.h"

/*
 * One digit: the quotient of *REM : next by D, where D has its top bit set and
 * *REM < D, and next is 16 bits.
 */
static uint32_t digit(uint32_t *rem, uint32_t next, uint32_t d)
{
	uint32_t high = d >> 16, low = d & 0xffff;
	uint32_t q = *rem / high;
	uint64_t r = *rem - q * high;

	while (q > 0xffff || (uint64_t)q * low > (r << 16 | next)) {
		q--;
		r += high;
		if (r > 0xffff)
			break;
	}
	*rem = (*rem << 16 | next) - q * d;
	return q;
}

uint64_t div_u64_long(uint64_t n, uint32_t d, uint32_t *rem)
{
	uint32_t upper = (uint32_t)(n >> 32), lower = (uint32_t)n;
	uint32_t q_upper = upper / d;
	uint32_t r = upper - q_upper * d;
	unsigned shift = (unsigned)__builtin_clz(d);
	uint32_t q_lower;

	/* Scale so that the divisor's top bit is set. */
	d <<= shift;
	if (shift)
		r = r << shift | lower >> (32 - shift);
	lower <<= shift;
	q_lower = digit(&r, lower >> 16, d) << 16;
	q_lower |= digit(&r, lower & 0xffff, d);
	if (rem)
		*rem = r >> shift;
	return (uint64_t)q_upper << 32 | q_lower;
}
