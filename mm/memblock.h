/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory before the page allocator: which ranges are RAM, which are taken.
 * Filled from boot_info, handed over once by page_init(), then shut: a later
 * change panics, looking stays possible.  One CPU, interrupts off, no locks.
 */
#pragma once

#include "lib/types.h"

#define MEMBLOCK_MAX 160 /* ranges of a kind */
/* The first bytes of memory are never given out: page 0 stands for "none",
 * and other CPUs start in real mode somewhere here. */
#define MEMBLOCK_LOW_RESERVE 0x10000u

struct memblock_range {
	paddr_t base;
	uint64_t size;
};

/*
 * From boot_info: RAM in whole pages, reservations (the low end, the kernel
 * image, the initial RAM disk), and the words
 *     mem=SIZE        hides RAM above SIZE, except the RAM disk's; never so
 *                     much that the kernel cannot start
 *     mem=SIZE@BASE   adds RAM that firmware did not report; refused where
 *                     firmware reported anything, and where there is none
 *     memblock=debug  prints the ranges
 */
void memblock_init(void);
/* Once the direct map is there: RAM that only the command line knows of must
 * keep what is written to it, or is forgotten. */
void memblock_verify(void);

/* Overlapping and touching ranges merge.  -ENOMEM: too many ranges;
 * -EINVAL: wraps around. */
int must_check memblock_add(paddr_t base, uint64_t size);
int must_check memblock_reserve(paddr_t base, uint64_t size);

/* Physical address of a zeroed block below `limit` (0: anywhere); 0 when
 * there is none.  The lowest that fits above 1 MiB, else the lowest.
 * Reserved from then on. */
paddr_t memblock_alloc(uint64_t size, uint64_t align, paddr_t limit);
/* One page, for arch_boot_paging(). */
paddr_t memblock_alloc_table(void);
/* The highest place where size bytes are free; not reserved, not touched.
 * 0: none. */
paddr_t memblock_find_top(uint64_t size, uint64_t align);

/* The i-th RAM / reserved range in order of address; false past the end. */
bool memblock_ram(unsigned i, struct memblock_range *r);
bool memblock_reserved(unsigned i, struct memblock_range *r);
uint64_t memblock_total(void); /* bytes of RAM */
paddr_t memblock_end(void);    /* one past the last byte of RAM */
/* Hides RAM from `end` on: what cannot be managed. */
void memblock_cut(paddr_t end);
/* Whether every byte of the range is RAM. */
bool memblock_is_ram(paddr_t base, uint64_t size);

void memblock_close(void);
