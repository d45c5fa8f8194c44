/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small numbers in few bytes: seven bits a byte, low ones first, the top bit
 * set on all but the last (LEB128), as tools/mktables.py writes them.
 */
#pragma once

#include "lib/types.h"

/* The number at *P, which moves behind it but never beyond END; bits that are
 * missing or above 32 count as 0. */
static inline uint32_t varint_read(const uint8_t **p, const uint8_t *end)
{
	uint32_t v = 0;

	for (unsigned shift = 0; *p < end; shift += 7) {
		uint8_t byte = *(*p)++;

		if (shift < 32)
			v |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return v;
}
