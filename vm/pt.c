/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vmspace's page table by ranges.
 *
 * Regions without a leaf table are skipped.  That is safe because the areas
 * changed first and wait_for_faults() lets every fault that saw the areas as
 * they were finish: after that nobody makes tables in the range.
 *
 * A table page is freed only when the map lock is held for writing and no area
 * touches what it spans; so whoever walks inside an area (truncation does so
 * with only the object's list of areas held) never sees one go.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/preempt.h"
#include "mm/fail.h"
#include "vm/pt_priv.h"
#include "vm/reclaim.h"
#include "vm/tlb.h"

#define MOVE_CHUNK  32
#define TABLES_KEPT 16 /* by each CPU */

/*
 * Table pages.
 */

static void check_empty(struct page *table)
{
	const unsigned long *t = page_map_local(table);

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*t); i++)
		BUG_ON(t[i] != 0);
	page_unmap_local((void *)t);
}

/* A table that is given back is empty, that is all zero: a few are kept like
 * this, so that they need not be cleared again.  A CPU's are its threads': with
 * preemption off. */
struct table_cache {
	unsigned count;
	struct page *page[TABLES_KEPT];
};

static DEFINE_PERCPU(struct table_cache, table_cache);

static struct page *kept_table(void)
{
	struct table_cache *c;
	struct page *p = NULL;

	preempt_disable();
	c = &this_cpu(table_cache);
	if (c->count)
		p = c->page[--c->count];
	preempt_enable();
	return p;
}

static bool keep_table(struct page *p)
{
	struct table_cache *c;
	bool kept;

	preempt_disable();
	c = &this_cpu(table_cache);
	kept = c->count < TABLES_KEPT;
	if (kept)
		c->page[c->count++] = p;
	preempt_enable();
	return kept;
}

static struct page *count_table(struct vmspace *vs, struct page *p)
{
	if (!p)
		return NULL;
	p->flags |= PAGE_F_TABLE;
	page_use_add(PAGE_USE_TABLES, 1);
	atomic_long_inc(&vs->table_pages);
	return p;
}

static void uncount_table(struct vmspace *vs)
{
	page_use_add(PAGE_USE_TABLES, -1);
	atomic_long_dec(&vs->table_pages);
}

struct page *pt_table_alloc(struct vmspace *vs, unsigned flags)
{
	struct page *p = fail_now() ? NULL : kept_table();

	return count_table(vs, p ? p : page_alloc(0, flags | ALLOC_ZERO));
}

void pt_table_free(struct vmspace *vs, struct page *table)
{
	uncount_table(vs);
	if (DEBUG)
		check_empty(table);
	if (!keep_table(table))
		page_free(table, 0);
}

struct page *pt_root_alloc(struct vmspace *vs)
{
	return count_table(vs, page_alloc(0, 0));
}

void pt_root_free(struct vmspace *vs, struct page *root)
{
	uncount_table(vs);
	page_free(root, 0);
}

size_t pt_cache_drain(void)
{
	struct page *p;
	size_t n = 0;

	for (; (p = kept_table()) != NULL; n++)
		page_free(p, 0);
	return n;
}

bool pt_spare_add(struct vmspace *vs, struct pt_spare *spare, unsigned flags)
{
	struct page *p;

	if (spare->n == ARCH_PT_LEVELS)
		return false;
	p = pt_table_alloc(vs, flags);
	if (p)
		spare->page[spare->n++] = page_phys(p);
	return p;
}

void pt_spare_drop(struct vmspace *vs, struct pt_spare *spare)
{
	while (spare->n > 0)
		pt_table_free(vs, page_of_phys(spare->page[--spare->n]));
}

/*
 * Walking by regions.
 */

static uaddr_t region_end(uaddr_t va, uaddr_t end)
{
	uaddr_t next = ALIGN_DOWN(va, ARCH_PT_REGION) + ARCH_PT_REGION;

	return next - 1 < end - 1 ? next : end;
}

static void wait_for_faults(struct vmspace *vs)
{
	/* A fault without the map lock runs with preemption off. */
	if (cpu_count == 1)
		return;
	for (unsigned i = 0; i < VMSPACE_PT_LOCKS; i++) {
		spin_lock(&vs->pt_lock[i]);
		spin_unlock(&vs->pt_lock[i]);
	}
}

#define for_each_region(vs, va, stop, start, end)                        \
	for (uaddr_t va = arch_pt_next_region(&(vs)->pt, start, end),    \
		     stop = region_end(va, end);                         \
	     va < (end); va = arch_pt_next_region(&(vs)->pt, stop, end), \
		     stop = region_end(va, end))

/*
 * Clearing.
 */

struct zap {
	struct tlb_batch batch;
	unsigned long anon, file;
};

static void zap_one(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct zap *z = ctx;
	struct page *p = NULL;

	if (!(e.prot & PT_NOREF)) {
		p = page_of_phys(e.pa);
		if (p->flags & PAGE_F_ANON)
			z->anon++;
		else
			z->file++;
	}
	tlb_page(&z->batch, va, p);
}

static void zap_begin(struct zap *z, struct vmspace *vs)
{
	tlb_begin(&z->batch, vs);
	z->anon = z->file = 0;
	wait_for_faults(vs);
}

static void zap_finish(struct zap *z, struct vmspace *vs)
{
	tlb_finish(&z->batch);
	if (z->anon)
		atomic_long_sub(&vs->anon_pages, z->anon);
	if (z->file)
		atomic_long_sub(&vs->file_pages, z->file);
}

void pt_zap(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct zap z;

	ASSERT(end <= USER_END);
	zap_begin(&z, vs);
	for_each_region(vs, va, stop, start, end)
	{
		struct spinlock *lock = pt_lock_of(vs, va);

		spin_lock(lock);
		arch_pt_unmap(&vs->pt, va, stop, zap_one, &z);
		spin_unlock(lock);
	}
	zap_finish(&z, vs);
}

/* Pages that are or were the object's are mapped here as its own, not as
 * private copies: those are anonymous. */
static void zap_file_pages(struct vmspace *vs, struct zap *z, uaddr_t va,
			   uaddr_t stop)
{
	for (; va < stop; va += PAGE_SIZE) {
		struct pt_entry e;

		if (!arch_pt_lookup(&vs->pt, va, &e) || (e.prot & PT_NOREF) ||
		    (page_of_phys(e.pa)->flags & PAGE_F_ANON))
			continue;
		arch_pt_unmap(&vs->pt, va, va + PAGE_SIZE, zap_one, z);
	}
}

void pt_zap_object(struct vmspace *vs, uaddr_t start, uaddr_t end,
		   bool private_too)
{
	struct zap z;

	ASSERT(end <= USER_END);
	zap_begin(&z, vs);
	for_each_region(vs, va, stop, start, end)
	{
		struct spinlock *lock = pt_lock_of(vs, va);

		spin_lock(lock);
		if (private_too)
			arch_pt_unmap(&vs->pt, va, stop, zap_one, &z);
		else
			zap_file_pages(vs, &z, va, stop);
		spin_unlock(lock);
	}
	zap_finish(&z, vs);
}

static void prune_table(void *ctx, paddr_t table)
{
	tlb_table(ctx, page_of_phys(table));
}

void pt_prune(struct vmspace *vs, uaddr_t start, uaddr_t end, uaddr_t floor,
	      uaddr_t ceiling)
{
	struct pt_hole hole = { start, end, floor, ceiling };
	struct tlb_batch b;

	/* Does the hole span a whole leaf table near the range? */
	if (MAX(ALIGN_DOWN(start, ARCH_PT_REGION),
		ALIGN_UP(floor, ARCH_PT_REGION)) +
			    ARCH_PT_REGION >
		    ceiling &&
	    ceiling != USER_END)
		return;
	tlb_begin(&b, vs);
	arch_pt_prune(&vs->pt, &hole, prune_table, &b);
	tlb_finish(&b);
}

/*
 * Protecting.
 */

void pt_protect(struct vmspace *vs, uaddr_t start, uaddr_t end, unsigned rights)
{
	uaddr_t low = UINTPTR_MAX, high = 0;

	wait_for_faults(vs);
	for_each_region(vs, va, stop, start, end)
	{
		struct spinlock *lock = pt_lock_of(vs, va);

		spin_lock(lock);
		if (arch_pt_protect(&vs->pt, va, stop, rights)) {
			low = MIN(low, va);
			high = stop;
		}
		spin_unlock(lock);
	}
	if (low < high)
		tlb_flush(vs, low, high);
}

/*
 * Moving.
 */

struct move {
	struct vmspace *vs;
	uaddr_t delta;
	unsigned n;
	struct pt_item item[MOVE_CHUNK];
};

static void take_one(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct move *m = ctx;
	struct page *p = page_of_phys(e.pa);

	m->item[m->n++] = (struct pt_item){ va + m->delta, e };
	if (!(e.prot & PT_NOREF) && (p->flags & PAGE_F_ANON) &&
	    p->owner == (uintptr_t)m->vs)
		p->index = va + m->delta;
}

/* [from, from + len) lies in one region, and so does where it goes. */
static void move_chunk(struct move *m, uaddr_t from, size_t len,
		       struct pt_spare *spare)
{
	struct vmspace *vs = m->vs;
	struct spinlock *lock = pt_lock_of(vs, from);
	unsigned done;

	m->n = 0;
	spin_lock(lock);
	arch_pt_unmap(&vs->pt, from, from + len, take_one, m);
	spin_unlock(lock);
	lock = pt_lock_of(vs, from + m->delta);
	spin_lock(lock);
	done = arch_pt_map_items(&vs->pt, m->item, m->n, spare);
	spin_unlock(lock);
	BUG_ON(done != m->n);
}

int pt_move(struct vmspace *vs, uaddr_t from, uaddr_t to, size_t len,
	    size_t *done)
{
	struct move m = { .vs = vs, .delta = to - from };
	struct pt_spare spare = { .n = 0 };
	uaddr_t at = from, end = from + len;
	int err = 0;

	wait_for_faults(vs);
	while ((at = arch_pt_next_region(&vs->pt, at, end)) < end) {
		uaddr_t stop =
			MIN(region_end(at, end), at + MOVE_CHUNK * PAGE_SIZE);

		stop = region_end(at + m.delta, stop + m.delta) - m.delta;
		while (spare.n < ARCH_PT_LEVELS && !err)
			err = pt_spare_add(vs, &spare, 0) ? 0 : -ENOMEM;
		if (err)
			break;
		move_chunk(&m, at, stop - at, &spare);
		at = stop;
	}
	pt_spare_drop(vs, &spare);
	tlb_flush(vs, from, at);
	*done = at - from;
	return err;
}
