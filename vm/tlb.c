/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flushes and what waits for them.  One CPU runs, and it flushes its own
 * translations whichever vmspace is meant: a kernel thread keeps the table of
 * the thread before it in the CPU's register, so "not mine" cannot be told
 * from here.  With more CPUs tlb_flush() also asks the others.
 */
#include "vm/tlb.h"

#include "arch/mmu.h"

#include "mm/page.h"
#include "vm/object.h"
#include "vm/pt_priv.h"

#define FLUSH_PAGES_MAX 32 /* beyond that everything goes at once */

void tlb_flush(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	if (end - start > FLUSH_PAGES_MAX * PAGE_SIZE) {
		arch_tlb_flush_user();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		arch_tlb_flush_page(start);
}

void tlb_finish(struct tlb_batch *b)
{
	if (b->tables)
		arch_tlb_flush_user(); /* cached upper levels too */
	else if (b->start < b->end)
		tlb_flush(b->vs, b->start, b->end);
	for (unsigned i = 0; i < b->pages; i++)
		page_put(b->page[i]);
	for (unsigned i = 0; i < b->tables; i++)
		pt_table_free(b->vs, b->table[i]);
	tlb_begin(b, b->vs);
}

void tlb_page(struct tlb_batch *b, uaddr_t va, struct page *page)
{
	tlb_range(b, va, va + PAGE_SIZE);
	if (!page)
		return;
	b->page[b->pages++] = page;
	if (unlikely(b->pages == TLB_BATCH))
		tlb_finish(b);
}

void tlb_table(struct tlb_batch *b, struct page *table)
{
	b->table[b->tables++] = table;
	if (b->tables == ARRAY_SIZE(b->table))
		tlb_finish(b);
}
