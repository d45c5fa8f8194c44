/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy system and the life of page descriptors; zone_priv.h has the model.
 *
 * The descriptor array is one contiguous array over all page numbers, but
 * physical memory stands only behind the parts that describe RAM: the pages
 * that would describe a hole are ordinary free memory and used as such.  A
 * block's descriptors fill whole pages, so a block is the unit.
 *
 * Invariant: inside a block whose descriptors were written, exactly the first
 * pages of free buddy blocks carry PAGE_F_BUDDY with an order up to
 * PAGE_ORDER_MAX; pages lying in a CPU's list carry it with an order that
 * never matches.
 */
#include "arch/mmu.h"

#include "core/panic.h"
#include "core/print.h"
#include "mm/memblock.h"
#include "mm/zone_priv.h"

#define COUNT_MOST 100000 /* blocks, with interrupts off */

#define BLOCK_BYTES      (ZONE_BLOCK_PAGES << PAGE_SHIFT)
#define DESCRIPTOR_BYTES (ZONE_BLOCK_PAGES * sizeof(struct page))

static_assert(DESCRIPTOR_BYTES % PAGE_SIZE == 0, "holes need no descriptors");

/* A free piece between reservations, by page number. */
struct range {
	uint64_t next, end;
};

struct page *page_array;
struct zone zones[ZONE_COUNT] = {
	[ZONE_DMA32] = { .lock = SPINLOCK(RANK_ZONE) },
	[ZONE_NORMAL] = { .lock = SPINLOCK(RANK_ZONE) },
};
uint64_t zone_page_limit;

/* Every piece of RAM may be cut by every reservation and by a zone's end. */
static struct range ranges[2 * MEMBLOCK_MAX + ZONE_COUNT];
static unsigned range_count;
/* One byte a block: its descriptors were written.  Under the zone's lock. */
static uint8_t *block_ready;

static void page_set(struct page *p, uint32_t flags, uint32_t refs)
{
	*p = (struct page){ .flags = flags, .refs = { refs } };
}

static void span_set(uint64_t pfn, uint64_t end, uint32_t flags, uint32_t refs)
{
	struct page *p = page_of_number(pfn), *last = page_of_number(end);

	for (; p < last; p++)
		page_set(p, flags, refs);
}

static void list_push(struct zone *z, struct page *p, unsigned order)
{
	uint32_t pfn = page_number(p), first = z->list[order];

	p->flags = PAGE_F_BUDDY | order;
	p->prev = 0;
	p->next = first;
	if (first)
		page_of_number(first)->prev = pfn;
	z->list[order] = pfn;
	z->nonempty |= 1u << order;
}

static void list_remove(struct zone *z, struct page *p, unsigned order)
{
	if (p->next)
		page_of_number(p->next)->prev = p->prev;
	if (p->prev) {
		page_of_number(p->prev)->next = p->next;
		return;
	}
	z->list[order] = p->next;
	if (!p->next)
		z->nonempty &= ~(1u << order);
}

/* Joins the block with its free buddies and queues the result. */
static void merge_locked(struct zone *z, uint64_t pfn, unsigned order)
{
	z->free += 1ull << order;
	for (; order < PAGE_ORDER_MAX; order++) {
		struct page *buddy = page_of_number(pfn ^ (1ull << order));

		/* One in use may have its flags changed by its owner. */
		if (READ_ONCE(buddy->flags) != (PAGE_F_BUDDY | order))
			break;
		list_remove(z, buddy, order);
		buddy->flags = 0;
		pfn &= ~(1ull << order);
	}
	list_push(z, page_of_number(pfn), order);
}

/* Queues [pfn, end) as naturally aligned blocks. */
static void span_free_locked(struct zone *z, uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		unsigned order = PAGE_ORDER_MAX;

		while ((pfn & ((1ull << order) - 1)) ||
		       pfn + (1ull << order) > end)
			order--;
		merge_locked(z, pfn, order);
		pfn += 1ull << order;
	}
}

/* Writes the descriptors of the block that holds pfn, if nobody did. */
static void block_prepare_locked(uint64_t pfn)
{
	uint64_t block = pfn >> PAGE_ORDER_MAX;

	if (block_ready[block])
		return;
	block_ready[block] = 1;
	span_set(block << PAGE_ORDER_MAX, (block + 1) << PAGE_ORDER_MAX,
		 PAGE_F_RESERVED, 1);
}

/* Takes the next piece of untouched memory.  False: there is none. */
static bool grow_locked(struct zone *z)
{
	struct range *r = &ranges[z->range];
	uint64_t start, end;

	if (z->range == z->range_end)
		return false;
	start = r->next;
	end = MIN(r->end,
		  ALIGN_DOWN(start, ZONE_BLOCK_PAGES) + ZONE_BLOCK_PAGES);
	if (end - start == ZONE_BLOCK_PAGES)
		block_ready[start >> PAGE_ORDER_MAX] = 1;
	else
		block_prepare_locked(start);
	span_set(start, end, 0, 0);
	r->next = end;
	if (r->next == r->end)
		z->range++;
	z->untouched -= end - start;
	span_free_locked(z, start, end);
	return true;
}

/* Unlinks a free block of at least this order; *found gets its order. */
static struct page *pop_locked(struct zone *z, unsigned order, unsigned *found)
{
	uint32_t fit;
	struct page *p;

	while (!(fit = z->nonempty & ~((1u << order) - 1)))
		if (!grow_locked(z))
			return NULL;
	*found = __builtin_ctz(fit);
	p = page_of_number(z->list[*found]);
	list_remove(z, p, *found);
	/* From here on it must not look like a free buddy to anybody. */
	p->flags = PAGE_FLAGS_ON_CPU;
	z->free -= 1ull << *found;
	return p;
}

/* Gives the upper halves back until the block has the order wanted. */
static void split_locked(struct zone *z, struct page *p, unsigned from,
			 unsigned to)
{
	z->free += (1ull << from) - (1ull << to);
	while (from > to) {
		from--;
		list_push(z, p + (1ull << from), from);
	}
}

/* Without the lock a hint, which saves taking it in vain. */
static bool keeps(const struct zone *z, uint64_t n, uint64_t keep)
{
	return READ_ONCE(z->free) + READ_ONCE(z->untouched) >= n + keep;
}

struct page *zone_take(struct zone *z, unsigned order, uint64_t keep)
{
	struct page *p = NULL;
	unsigned long irq;
	unsigned found;

	if (!keeps(z, 1ull << order, keep))
		return NULL;
	irq = spin_lock_irqsave(&z->lock);
	if (keeps(z, 1ull << order, keep))
		p = pop_locked(z, order, &found);
	if (p)
		split_locked(z, p, found, order);
	spin_unlock_irqrestore(&z->lock, irq);
	return p;
}

/* Takes small blocks whole before it splits larger ones. */
unsigned zone_take_singles(struct zone *z, struct page **out, unsigned n,
			   uint64_t keep)
{
	unsigned got = 0;

	if (!keeps(z, n, keep))
		return 0;
	spin_lock(&z->lock);
	while (got < n && keeps(z, n - got, keep)) {
		unsigned found, want = 31 - __builtin_clz(n - got);
		struct page *p = pop_locked(z, 0, &found);

		if (!p)
			break;
		if (found > want) {
			split_locked(z, p, found, want);
			found = want;
		}
		/* Backwards: the lowest address is to be used first. */
		for (unsigned i = 1u << found; i-- > 0;) {
			p[i].flags = PAGE_FLAGS_ON_CPU;
			out[got++] = &p[i];
		}
	}
	spin_unlock(&z->lock);
	return got;
}

void zone_give(struct page *p, unsigned order)
{
	struct zone *z = &zones[zone_of(p)];
	unsigned long irq = spin_lock_irqsave(&z->lock);

	merge_locked(z, page_number(p), order);
	spin_unlock_irqrestore(&z->lock, irq);
}

void zone_give_singles(struct page **pages, unsigned n)
{
	for (unsigned i = 0; i < n;) {
		struct zone *z = &zones[zone_of(pages[i])];

		spin_lock(&z->lock);
		do
			merge_locked(z, page_number(pages[i]), 0);
		while (++i < n && &zones[zone_of(pages[i])] == z);
		spin_unlock(&z->lock);
	}
}

void zone_adopt(uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		struct zone *z = &zones[zone_of(page_of_number(pfn))];
		uint64_t stop = MIN(end, ALIGN_DOWN(pfn, ZONE_BLOCK_PAGES) +
						 ZONE_BLOCK_PAGES);
		unsigned long irq = spin_lock_irqsave(&z->lock);

		block_prepare_locked(pfn);
		span_set(pfn, stop, 0, 1);
		spin_unlock_irqrestore(&z->lock, irq);
		pfn = stop;
	}
}

bool zone_descriptor_valid(const struct page *p)
{
	return p >= page_array && p < page_array + zone_page_limit &&
	       block_ready[page_number(p) >> PAGE_ORDER_MAX];
}

uint64_t zone_free_pages(struct zone *z)
{
	unsigned long irq = spin_lock_irqsave(&z->lock);
	uint64_t n = z->free + z->untouched;

	spin_unlock_irqrestore(&z->lock, irq);
	return n;
}

void zone_count_blocks(struct zone *z, uint64_t out[PAGE_ORDER_MAX + 1])
{
	unsigned long irq = spin_lock_irqsave(&z->lock);
	unsigned looked = 0;

	for (unsigned o = 0; o <= PAGE_ORDER_MAX; o++) {
		uint32_t first = z->list[o], pfn = first;

		while (pfn && looked++ < COUNT_MOST) {
			out[o]++;
			pfn = page_of_number(pfn)->next;
			if (pfn == first)
				break;
		}
	}
	out[PAGE_ORDER_MAX] += z->untouched >> PAGE_ORDER_MAX;
	spin_unlock_irqrestore(&z->lock, irq);
}

/* Reserves the parts of the array at `base` that describe RAM. */
static bool must_check reserve_descriptors(paddr_t base)
{
	struct memblock_range r;

	for (unsigned i = 0; memblock_ram(i, &r); i++) {
		uint64_t first = r.base / BLOCK_BYTES;
		uint64_t last = (r.base + r.size - 1) / BLOCK_BYTES;

		if (memblock_reserve(base + first * DESCRIPTOR_BYTES,
				     (last - first + 1) * DESCRIPTOR_BYTES))
			return false;
	}
	return true;
}

/* RAM so far up that there is no room to describe all below it is given up,
 * one range after the other from the top. */
static void drop_last_range(void)
{
	struct memblock_range r;

	for (unsigned i = 0; memblock_ram(i, &r); i++)
		;
	print("memory: no room to describe what lies at %#llx, unused",
	      (unsigned long long)r.base);
	memblock_cut(r.base);
}

static void place_descriptors(void)
{
	paddr_t array, ready;

	memblock_cut((paddr_t)UINT32_MAX << PAGE_SHIFT);
	for (;; drop_last_range()) {
		uint64_t blocks =
			(memblock_end() + BLOCK_BYTES - 1) / BLOCK_BYTES;

		if (blocks == 0)
			panic("memory: too little to describe itself");
		ready = memblock_alloc(blocks, sizeof(long), 0);
		array = memblock_find_top(blocks * DESCRIPTOR_BYTES, PAGE_SIZE);
		if (ready && array)
			break;
	}
	block_ready = arch_phys_to_virt(ready);
	page_array = arch_phys_to_virt(array);
	zone_page_limit = memblock_end() >> PAGE_SHIFT;
	if (!reserve_descriptors(array))
		panic("memory: too many ranges");
}

static void range_add(uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		enum zone_id id =
			pfn < ZONE_DMA32_END ? ZONE_DMA32 : ZONE_NORMAL;
		uint64_t stop =
			id == ZONE_DMA32 ? MIN(end, ZONE_DMA32_END) : end;

		if (range_count == ARRAY_SIZE(ranges))
			return;
		if (zones[id].range_end == 0)
			zones[id].range = range_count;
		ranges[range_count++] = (struct range){ pfn, stop };
		zones[id].range_end = range_count;
		zones[id].untouched += stop - pfn;
		pfn = stop;
	}
}

/* What lies between the reservations of one range of RAM. */
static void ranges_of(const struct memblock_range *ram)
{
	uint64_t pfn = ram->base >> PAGE_SHIFT;
	uint64_t end = (ram->base + ram->size) >> PAGE_SHIFT;
	struct memblock_range r;

	for (unsigned i = 0; memblock_reserved(i, &r); i++) {
		uint64_t from = r.base >> PAGE_SHIFT;
		uint64_t to = (r.base + r.size + PAGE_SIZE - 1) >> PAGE_SHIFT;

		if (to <= pfn)
			continue;
		if (from >= end)
			break;
		range_add(pfn, MIN(from, end));
		pfn = to;
	}
	range_add(pfn, end);
}

void zone_init(void)
{
	struct memblock_range r;

	place_descriptors();
	for (unsigned i = 0; memblock_ram(i, &r); i++)
		ranges_of(&r);
	for (int i = 0; i < ZONE_COUNT; i++)
		zones[i].reserve = MIN(zones[i].untouched / 128, 1024u);
}
