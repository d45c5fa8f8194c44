/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zones: spans of physical memory that differ in who can reach them, each
 * with a binary buddy system.
 *
 * Free RAM is in one of two states.  "Untouched" ranges are known by their
 * bounds only; nothing in them, nor their descriptors, has been written.
 * When a zone's buddy lists run dry, the lowest untouched piece is taken up
 * to the next multiple of the largest block, that block's descriptors are
 * written, and it joins the lists.  So start-up costs the same with any
 * amount of memory.
 *
 * A page number in a link is 32 bits; RAM above 16 TiB is not used.
 */
#pragma once

#include "lib/types.h"

#include "core/spinlock.h"
#include "mm/page.h"

/* In order of value: a request may be served by its own zone or by a lower
 * one, which is more precious.  A zone of pages that are not always mapped
 * would be the last. */
enum zone_id {
	ZONE_DMA32, /* below 4 GiB */
	ZONE_NORMAL,
	ZONE_COUNT,
};

#define ZONE_BLOCK_PAGES  (1ull << PAGE_ORDER_MAX)
#define ZONE_DMA32_END    (1ull << (32 - PAGE_SHIFT))   /* page number */
#define PAGE_FLAGS_ON_CPU (PAGE_F_BUDDY | PAGE_F_ORDER) /* free, in no list */

struct zone {
	struct spinlock lock;
	/* protected by lock: */
	uint32_t nonempty;                 /* bit n: list[n] is not */
	uint32_t list[PAGE_ORDER_MAX + 1]; /* page number of the first */
	uint64_t free;                     /* pages on the lists */
	uint64_t untouched;                /* pages in the ranges */
	unsigned range, range_end;         /* its part of the table of ranges */

	/* constant after init: */
	uint64_t reserve; /* pages kept for those who cannot wait */
};

extern struct zone zones[ZONE_COUNT];
extern uint64_t zone_page_limit; /* one past the last page number */

static inline enum zone_id zone_of(const struct page *p)
{
	return page_number(p) < ZONE_DMA32_END ? ZONE_DMA32 : ZONE_NORMAL;
}

/* Makes page_array and the zones out of memblock. */
void zone_init(void);

/* A block, or NULL when that would leave fewer than `keep` pages.  Its first
 * descriptor says PAGE_FLAGS_ON_CPU until the caller writes it. */
struct page *zone_take(struct zone *z, unsigned order, uint64_t keep);
/* Up to n single pages into `out`; returns how many.  Interrupts are off. */
unsigned zone_take_singles(struct zone *z, struct page **out, unsigned n,
			   uint64_t keep);
void zone_give(struct page *p, unsigned order);
/* Single pages; interrupts are off. */
void zone_give_singles(struct page **pages, unsigned n);

/* Adds its free blocks of each order; no more than some many. */
void zone_count_blocks(struct zone *z, uint64_t out[PAGE_ORDER_MAX + 1]);

/* Makes the descriptors of a reserved range valid. */
void zone_adopt(uint64_t pfn, uint64_t end);
/* For checks: whether p is a descriptor that was ever written. */
bool zone_descriptor_valid(const struct page *p);

/* Free and untouched pages. */
uint64_t zone_free_pages(struct zone *z);
