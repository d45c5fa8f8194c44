/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What PC firmware's tables say about processors and interrupts, in the one
 * form that both kinds of table are turned into.
 */
#pragma once

#include "lib/types.h"

/* Called for what is there; a NULL function is not interested. */
struct firmware_visit {
	/* A processor that can be used.  May come twice. */
	void (*cpu)(void *ctx, uint32_t apic_id);
	/* An I/O APIC: its registers, the first line it serves. */
	void (*ioapic)(void *ctx, paddr_t base, uint32_t first_line);
	/* ISA interrupt `irq` comes on `line`. */
	void (*isa)(void *ctx, unsigned irq, uint32_t line, bool level,
		    bool active_low);
	void *ctx;
};

/* The bytes of a table sum up to zero. */
static inline bool firmware_sum_ok(const void *table, size_t len)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	while (len--)
		sum += *p++;
	return sum == 0;
}
