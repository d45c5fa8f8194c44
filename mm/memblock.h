/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory before the page allocator: which ranges are RAM, which are taken.
 * Filled from boot_info, handed over once by page_init(), then shut: a later
 * call panics.  One CPU, interrupts off, no locks.
 */
#pragma once

#include "lib/types.h"

struct memblock_range {
	paddr_t base;
	uint64_t size;
};

/* From boot_info: RAM, reservations (first page, kernel image, initrd), and
 * the words mem=SIZE (hides RAM above) and mem=SIZE@BASE (adds RAM). */
void memblock_init(void);

/* Overlapping and touching ranges merge.  -ENOMEM: too many ranges. */
int must_check memblock_add(paddr_t base, uint64_t size);
int must_check memblock_reserve(paddr_t base, uint64_t size);

/* Physical address of a zeroed block below `limit` (0: anywhere); 0 when
 * there is none.  Reserved from then on. */
paddr_t memblock_alloc(uint64_t size, uint64_t align, paddr_t limit);
/* One page, for arch_boot_paging(). */
paddr_t memblock_alloc_table(void);

/* The i-th RAM / reserved range in order of address; false past the end. */
bool memblock_ram(unsigned i, struct memblock_range *r);
bool memblock_reserved(unsigned i, struct memblock_range *r);
uint64_t memblock_total(void); /* bytes of RAM */
paddr_t memblock_end(void); /* one past the last byte of RAM */

void memblock_close(void);
