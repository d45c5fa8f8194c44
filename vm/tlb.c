/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flushes and what waits for them.
 *
 * Which CPUs may hold translations of a table is known from the scheduler: a
 * CPU says which table is in its register before it loads it, and keeps the
 * last one while it runs kernel threads.  The entries were changed before we
 * look, so a CPU that is not found either loads the table later, with the
 * changes, or has let go of it.  A CPU that only keeps the table lets go of it
 * when it is asked, and so is asked once.
 */
#include "vm/tlb.h"

#include "arch/mmu.h"

#include "core/ipi.h"
#include "core/preempt.h"
#include "mm/page.h"
#include "sched/runqueue.h"
#include "vm/object.h"
#include "vm/pt_priv.h"

#define FLUSH_PAGES_MAX 32 /* beyond that everything goes at once */

struct flush {
	const struct arch_pt *pt;
	uaddr_t start, end;
};

static bool uses(unsigned cpu, void *arg)
{
	const struct flush *f = arg;

	return runqueue_uses_pt(cpu, f->pt);
}

static void flush_here(const struct flush *f)
{
	if (f->end - f->start > FLUSH_PAGES_MAX * PAGE_SIZE) {
		arch_tlb_flush_user();
		return;
	}
	for (uaddr_t va = f->start; va < f->end; va += PAGE_SIZE)
		arch_tlb_flush_page(va);
}

static void on_other(void *arg)
{
	struct flush *f = arg;

	if (uses(arch_cpu_id(), f) && !runqueue_drop_idle_pt())
		flush_here(f);
}

void tlb_flush(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct flush f = { &vs->pt, start, end };

	preempt_disable();
	if (uses(arch_cpu_id(), &f))
		flush_here(&f);
	ipi_call_others(uses, on_other, &f);
	preempt_enable();
}

static void let_go(void *arg)
{
	if (uses(arch_cpu_id(), arg))
		(void)runqueue_drop_idle_pt();
}

void tlb_forget(struct vmspace *vs)
{
	struct flush f = { .pt = &vs->pt };
	unsigned long flags;

	preempt_disable();
	flags = arch_irq_save();
	let_go(&f);
	arch_irq_restore(flags);
	ipi_call_others(uses, let_go, &f);
	preempt_enable();
}

static void order(void *arg)
{
	smp_mb();
}

void vmspace_barrier(struct vmspace *vs)
{
	struct flush f = { .pt = &vs->pt };

	preempt_disable();
	ipi_call_others(uses, order, &f);
	preempt_enable();
}

void tlb_finish(struct tlb_batch *b)
{
	if (b->tables)
		tlb_flush(b->vs, 0, USER_END); /* cached upper levels too */
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
