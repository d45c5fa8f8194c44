/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was taken out of a page table waits here until no CPU can use a stale
 * translation of it: pages and table pages are put or freed only after the
 * flush, on one CPU too (HOUSE §12.8).
 *
 *     struct tlb_batch b;
 *     tlb_begin(&b, vs);
 *     ... under the region's lock: tlb_page(&b, va, page), tlb_table(...)
 *     tlb_finish(&b);
 *
 * A batch that is full is flushed where it stands, so every function but
 * tlb_begin may flush.  Nothing here sleeps.
 */
#pragma once

#include "lib/types.h"

#define TLB_BATCH 48

struct page;
struct vmspace;

struct tlb_batch {
	struct vmspace *vs;
	uaddr_t start, end; /* what the next flush must cover */
	unsigned pages, tables;
	struct page *page[TLB_BATCH];
	struct page *table[8];
};

static inline void tlb_begin(struct tlb_batch *b, struct vmspace *vs)
{
	b->vs = vs;
	b->start = UINTPTR_MAX;
	b->end = 0;
	b->pages = b->tables = 0;
}
/* The translation of [va, end) became less. */
static inline void tlb_range(struct tlb_batch *b, uaddr_t va, uaddr_t end)
{
	b->start = MIN(b->start, va);
	b->end = MAX(b->end, end);
}
/* An entry of va is gone that held a reference of page (NULL: of none). */
void tlb_page(struct tlb_batch *b, uaddr_t va, struct page *page);
/* A table page is unhooked. */
void tlb_table(struct tlb_batch *b, struct page *table);
void tlb_finish(struct tlb_batch *b);

/* Of [start, end) in one vmspace, on every CPU that may use it. */
void tlb_flush(struct vmspace *vs, uaddr_t start, uaddr_t end);
/* Nobody runs in it any more, and it ends: no CPU keeps its table either. */
void tlb_forget(struct vmspace *vs);
