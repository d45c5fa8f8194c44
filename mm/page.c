/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front of the page allocator: per-CPU lists, references, what to do when
 * memory is short.  The back is zone.c.
 *
 * A CPU's list is an array of pages used as a stack.  It belongs to threads on
 * that CPU: preemption off is all the protection it needs, because interrupt
 * handlers never look at it but go to the zone's lock.  That test costs two
 * instructions, turning interrupts off and back on would cost four and, on
 * real CPUs, many more cycles.  Where a whole batch moves, interrupts are off
 * for the zone's lock anyway.
 */
#include "mm/page.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "mm/cpu_priv.h"
#include "mm/fail.h"
#include "mm/memblock.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "mm/zone_priv.h"

#define CPU_PAGES 62 /* with the count a list is 504 bytes */
#define CPU_BATCH 16
/* Reclaiming for one request gives up after so many rounds. */
#define RECLAIM_ROUNDS 8
/* A block this large is worth a try, but nobody is killed for it. */
#define ORDER_COSTLY 4

struct page_cpu {
	unsigned count;
	struct page *page[CPU_PAGES];
};

static DEFINE_PERCPU(struct page_cpu, page_cpu);
static uint64_t page_total;
struct page *page_zero;
struct atomic_long page_use[PAGE_USE_COUNT];

static int zone_highest(unsigned flags)
{
	return flags & ALLOC_DMA32 ? ZONE_DMA32 : ZONE_COUNT - 1;
}

static uint64_t zone_keep(int z, bool dip)
{
	return dip ? 0 : zones[z].reserve;
}

/* Fills this CPU's list and takes one page of it. */
static struct page *refill(bool dip)
{
	unsigned long irq = cpu_lock();
	struct page_cpu *c = &this_cpu(page_cpu);
	struct page *p = NULL;

	for (int z = ZONE_COUNT - 1; z >= 0 && c->count == 0; z--)
		c->count = zone_take_singles(&zones[z], c->page, CPU_BATCH,
					     zone_keep(z, dip));
	if (c->count)
		p = c->page[--c->count];
	cpu_unlock(irq);
	return p;
}

static struct page *take(unsigned order, unsigned flags, bool dip)
{
	struct page *p = NULL;

	if (order == 0 && !(flags & ALLOC_DMA32) && !preempt_in_irq())
		p = refill(dip);
	for (int z = zone_highest(flags); z >= 0 && !p; z--)
		p = zone_take(&zones[z], order, zone_keep(z, dip));
	return p;
}

void page_cpu_drain(void)
{
	unsigned long irq = cpu_lock();
	struct page_cpu *c = &this_cpu(page_cpu);

	zone_give_singles(c->page, c->count);
	c->count = 0;
	cpu_unlock(irq);
}

/* False: there is nothing more to be had.  What was freed may not have been
 * enough, or the wrong pages for a block, so it does not count for ever. */
static bool make_room(unsigned order, int round)
{
	size_t freed = slab_reclaim() + vmap_reclaim();

	page_cpu_drain();
	freed += mm_reclaim(MAX(1u << order, CPU_BATCH + 0u), true);
	if (freed && round < RECLAIM_ROUNDS / 2)
		return true;
	return order < ORDER_COSTLY && oom_kill();
}

static struct page *take_or_reclaim(unsigned order, unsigned flags)
{
	struct page *p;

	if (order > PAGE_ORDER_MAX)
		return NULL;
	p = take(order, flags, false);
	if (likely(p))
		return p;
	if (flags & ALLOC_TRY)
		return NULL;
	if (!(flags & ALLOC_ATOMIC) && !preempt_atomic()) {
		for (int i = 0; i < RECLAIM_ROUNDS && make_room(order, i);
		     i++) {
			p = take(order, flags, false);
			if (p)
				return p;
		}
		return NULL;
	}
	return take(order, flags, true);
}

static noinline struct page *clear(struct page *p, unsigned order)
{
	memset(arch_phys_to_virt(page_phys(p)), 0, PAGE_SIZE << order);
	return p;
}

static always_inline struct page *mark_used(struct page *p, unsigned order)
{
	ASSERT(p->flags & PAGE_F_BUDDY);
	ASSERT(atomic32_load(&p->refs) == 0); /* else put too often */
	p->flags = order;
	atomic32_store(&p->refs, 1);
	return p;
}

static noinline struct page *alloc_slow(unsigned order, unsigned flags)
{
	struct page *p = take_or_reclaim(order, flags);

	if (!p)
		return NULL;
	mark_used(p, order);
	return flags & ALLOC_ZERO ? clear(p, order) : p;
}

static noinline struct page *alloc_slow_enable(unsigned flags)
{
	preempt_enable();
	return alloc_slow(0, flags);
}

static noinline struct page *resched_clear(struct page *p, unsigned flags)
{
	sched_preempt();
	return flags & ALLOC_ZERO ? clear(p, 0) : p;
}

/* Everything unusual is a call in last place, so that the usual way saves no
 * register. */
struct page *page_alloc(unsigned order, unsigned flags)
{
	struct page_cpu *c;
	struct page *p;
	unsigned n;

	if (fail_now())
		return NULL;
	if (unlikely(order | (flags & ALLOC_DMA32)))
		return alloc_slow(order, flags);
	preempt_disable();
	if (unlikely(preempt_in_irq()))
		return alloc_slow_enable(flags);
	c = &this_cpu(page_cpu);
	n = c->count;
	if (unlikely(n == 0))
		return alloc_slow_enable(flags);
	c->count = n - 1;
	p = mark_used(c->page[n - 1], 0);
	if (unlikely(preempt_enable_test()))
		return resched_clear(p, flags);
	return flags & ALLOC_ZERO ? clear(p, 0) : p;
}

static noinline void free_block(struct page *p, unsigned order)
{
	p->flags = 0;
	zone_give(p, order);
}

/* Preemption is off; not when it ends. */
static noinline void free_slow_enable(struct page *p)
{
	unsigned long irq = arch_irq_save();
	struct page_cpu *c = &this_cpu(page_cpu);

	if (preempt_in_irq()) {
		free_block(p, 0);
	} else {
		/* The oldest go: the newest are in the CPU's cache. */
		zone_give_singles(c->page, CPU_BATCH);
		c->count -= CPU_BATCH;
		memmove(c->page, c->page + CPU_BATCH,
			c->count * sizeof(c->page[0]));
		p->flags = PAGE_FLAGS_ON_CPU;
		c->page[c->count++] = p;
	}
	cpu_unlock(irq);
}

static void check_free(const struct page *p, unsigned order)
{
	BUG_ON(!zone_descriptor_valid(p));
	BUG_ON(p->flags & PAGE_F_BUDDY); /* free already */
	BUG_ON(p->flags & PAGE_F_RESERVED);
	BUG_ON((p->flags & PAGE_F_ORDER) != order);
	BUG_ON(page_number(p) & ((1ull << order) - 1));
	BUG_ON(atomic32_load(&p->refs) != 0);
}

/* refs is zero, so nobody finds it. */
static always_inline void give_back(struct page *p, unsigned order)
{
	struct page_cpu *c;
	unsigned n;

	if (DEBUG)
		check_free(p, order);
	if (unlikely(order != 0))
		return free_block(p, order);
	preempt_disable();
	if (unlikely(preempt_in_irq()))
		return free_slow_enable(p);
	c = &this_cpu(page_cpu);
	n = c->count;
	if (unlikely(n == CPU_PAGES))
		return free_slow_enable(p);
	p->flags = PAGE_FLAGS_ON_CPU;
	c->page[n] = p;
	c->count = n + 1;
	if (unlikely(preempt_enable_test()))
		sched_preempt();
}

void page_free(struct page *p, unsigned order)
{
	ASSERT(atomic32_load(&p->refs) != 0);
	if (likely(atomic32_dec_and_test(&p->refs)))
		give_back(p, order);
}

void page_put_last(struct page *p)
{
	if (unlikely(p->flags & PAGE_F_RESERVED)) {
		/* Somebody put what he did not get; it stays what it was. */
		ASSERT(false);
		atomic32_store(&p->refs, 1);
		return;
	}
	give_back(p, p->flags & PAGE_F_ORDER);
}

void *page_alloc_virt(unsigned order, unsigned flags)
{
	struct page *p = page_alloc(order, flags);

	return p ? arch_phys_to_virt(page_phys(p)) : NULL;
}

void page_free_virt(void *v, unsigned order)
{
	page_free(page_of_virt(v), order);
}

int page_adopt_reserved(paddr_t base, uint64_t size)
{
	paddr_t start = ALIGN_UP(base, (paddr_t)PAGE_SIZE);
	paddr_t end = ALIGN_DOWN(base + size, (paddr_t)PAGE_SIZE);
	struct memblock_range r;

	if (base + size < base || !memblock_is_ram(base, size))
		return -EINVAL;
	for (unsigned i = 0; memblock_reserved(i, &r); i++)
		if (r.base <= base && base + size <= r.base + r.size) {
			zone_adopt(start >> PAGE_SHIFT, end >> PAGE_SHIFT);
			return 0;
		}
	return -EINVAL;
}

void page_stats(struct page_stats *s)
{
	*s = (struct page_stats){
		.total = page_total,
		.tables = atomic_long_load(&page_use[PAGE_USE_TABLES]),
		.slab = atomic_long_load(&page_use[PAGE_USE_SLAB]),
		.kernel = atomic_long_load(&page_use[PAGE_USE_KERNEL]),
	};
	for (int z = 0; z < ZONE_COUNT; z++)
		s->free += zone_free_pages(&zones[z]);
	cpu_for_each (cpu)
		s->free += READ_ONCE(per_cpu(page_cpu, cpu).count);
}

bool page_available(uint64_t n)
{
	uint64_t have = 0, keep = 0;

	for (int z = 0; z < ZONE_COUNT; z++) {
		have += READ_ONCE(zones[z].free) +
			READ_ONCE(zones[z].untouched);
		keep += zones[z].reserve;
	}
	return have >= keep && have - keep >= n;
}

void page_init(void)
{
	zone_init();
	page_total = memblock_total() >> PAGE_SHIFT;
	memblock_close();
	page_zero = page_alloc(0, ALLOC_ZERO | ALLOC_ATOMIC);
	if (!page_zero)
		panic("memory: none");
	page_zero->flags = PAGE_F_RESERVED;
}

void page_blocks(uint64_t out[PAGE_ORDER_MAX + 1])
{
	memset(out, 0, (PAGE_ORDER_MAX + 1) * sizeof(out[0]));
	for (int z = 0; z < ZONE_COUNT; z++)
		zone_count_blocks(&zones[z], out);
}
