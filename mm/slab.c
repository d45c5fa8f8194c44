/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object caches behind their fast paths (slab_priv.h).
 *
 * A cache owns naturally aligned blocks of pages; a block's first descriptor
 * holds all there is to know: `owner` the cache, `index` the free list and the
 * number of objects out.  Free objects are linked through their first two
 * bytes, by their offset in the block in units of 8 bytes.  Blocks with room
 * are in the cache's list; full ones are nowhere and come back when an object
 * of theirs is freed.  A block that becomes empty is returned at once, unless
 * it is the only one with room; then as soon as another has.
 *
 * The cache's lock is taken with interrupts off.  No page is allocated under
 * it.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "mm/cpu_priv.h"
#include "mm/fail.h"
#include "mm/slab_priv.h"

#define TABLE_ORDER  3
#define TABLE_PLACES ((PAGE_SIZE << TABLE_ORDER) / sizeof(struct slab_cpu))
#define NO_OBJECT    0xffffu /* ends a free list */
#define ORDER_MAX    3       /* larger blocks only for objects that need them */
#define GOOD_ENOUGH  8       /* a block may waste 1/8 */
/* A CPU keeps about so many bytes of free objects of a cache. */
#define CPU_BYTES 8192u

DEFINE_PERCPU(struct slab_cpu *, slab_table);

static struct spinlock list_lock = SPINLOCK(RANK_SLAB);
/* protected by list_lock: */
static struct slab *first, *last;
static uint32_t places = 1; /* given out; 0 is the dummy */

/* page.index of a block's first page. */
static unsigned block_head(const struct page *p)
{
	return p->index & 0xffff;
}

static unsigned block_used(const struct page *p)
{
	return p->index >> 16;
}

static void block_set(struct page *p, unsigned head, unsigned used)
{
	p->index = (uintptr_t)used << 16 | head;
}

static void *block_base(const struct page *p)
{
	return arch_phys_to_virt(page_phys(p));
}

static void partial_add_locked(struct slab *s, struct page *p)
{
	p->prev = 0;
	p->next = s->partial;
	if (p->next)
		page_of_number(p->next)->prev = page_number(p);
	s->partial = page_number(p);
}

static void partial_del_locked(struct slab *s, struct page *p)
{
	if (p->next)
		page_of_number(p->next)->prev = p->prev;
	if (p->prev)
		page_of_number(p->prev)->next = p->next;
	else
		s->partial = p->next;
}

static void *object_pop_locked(struct slab *s)
{
	struct page *p;
	uint16_t *obj;

	if (!s->partial)
		return NULL;
	p = page_of_number(s->partial);
	obj = (uint16_t *)((char *)block_base(p) + block_head(p) * 8);
	block_set(p, *obj, block_used(p) + 1);
	if (block_head(p) == NO_OBJECT)
		partial_del_locked(s, p);
	s->objects++;
	return obj;
}

static struct page *block_take_locked(struct slab *s, struct page *p)
{
	partial_del_locked(s, p);
	s->pages -= 1u << s->order;
	return p;
}

/* Returns an empty block that is to be freed, else NULL. */
static struct page *object_push_locked(struct slab *s, void *obj)
{
	struct page *p = slab_page(s, obj), *other;
	unsigned head = block_head(p), used = block_used(p) - 1;

	*(uint16_t *)obj = head;
	block_set(p, ((char *)obj - (char *)block_base(p)) / 8, used);
	s->objects--;
	if (head == NO_OBJECT)
		partial_add_locked(s, p);
	if (used == 0)
		return p->next || p->prev ? block_take_locked(s, p) : NULL;
	if (head != NO_OBJECT || !p->next)
		return NULL;
	other = page_of_number(p->next);
	return block_used(other) ? NULL : block_take_locked(s, other);
}

static void block_free(struct slab *s, struct page *p)
{
	page_use_add(PAGE_USE_SLAB, -(1l << s->order));
	p->flags = s->order;
	page_free(p, s->order);
}

/* Adds an empty block. */
static bool must_check grow(struct slab *s, unsigned flags)
{
	struct page *p = page_alloc(s->order, flags & ~ALLOC_ZERO);
	unsigned step = s->stride / 8, at = 0;
	unsigned long irq;
	char *base;

	if (!p)
		return false;
	base = block_base(p);
	for (unsigned i = 1; i < s->per_page; i++, at += step)
		*(uint16_t *)(base + at * 8) = at + step;
	*(uint16_t *)(base + at * 8) = NO_OBJECT;
	if (DEBUG)
		slab_debug_new(s, base);
	p->flags |= PAGE_F_SLAB;
	p->owner = (uintptr_t)s;
	block_set(p, 0, 0);
	page_use_add(PAGE_USE_SLAB, 1l << s->order);
	irq = spin_lock_irqsave(&s->lock);
	s->pages += 1u << s->order;
	partial_add_locked(s, p);
	spin_unlock_irqrestore(&s->lock, irq);
	return true;
}

static uint32_t array_limit(const struct slab *s)
{
	return MIN(MAX(CPU_BYTES / s->stride, 4u), SLAB_CPU_OBJECTS + 0u);
}

/* One object, and half an array full for the calls to come. */
static void *take_locked(struct slab *s)
{
	void *obj = object_pop_locked(s);
	struct slab_cpu *c;

	if (!obj || !s->cpu_offset || preempt_in_irq())
		return obj;
	c = slab_own(s);
	c->limit = array_limit(s);
	while (c->count < c->limit / 2 && s->partial)
		c->obj[c->count++] = object_pop_locked(s);
	return obj;
}

static void *alloc_slow(struct slab *s, unsigned flags)
{
	void *obj;

	if (fail_now())
		return NULL;
	if (unlikely(!READ_ONCE(s->stride)))
		slab_make(s);
	for (;;) {
		unsigned long irq = spin_lock_irqsave(&s->lock);

		obj = take_locked(s);
		spin_unlock_irqrestore(&s->lock, irq);
		if (obj)
			break;
		if (!grow(s, flags))
			return NULL;
	}
	return obj;
}

/* The last step of every allocation. */
static void *finish(struct slab *s, void *obj, unsigned flags)
{
	if (DEBUG)
		slab_debug_alloc(s, obj);
	return flags & ALLOC_ZERO ? slab_zero(s, obj) : obj;
}

void *slab_alloc_enable(struct slab *s, unsigned flags)
{
	void *obj;

	preempt_enable();
	obj = alloc_slow(s, flags);
	return obj ? finish(s, obj, flags) : NULL;
}

void *slab_alloc_resched(struct slab *s, void *obj, unsigned flags)
{
	if (arch_need_resched() && !preempt_atomic())
		sched_preempt();
	return finish(s, obj, flags);
}

/* Puts n objects back into their blocks; pages freed. */
static size_t give_back(struct slab *s, void **obj, unsigned n)
{
	uint32_t empty = 0;
	size_t freed = 0;
	unsigned long irq = spin_lock_irqsave(&s->lock);

	for (unsigned i = 0; i < n; i++) {
		struct page *p = object_push_locked(s, obj[i]);

		if (!p)
			continue;
		p->next = empty;
		empty = page_number(p);
	}
	spin_unlock_irqrestore(&s->lock, irq);
	while (empty) {
		struct page *p = page_of_number(empty);

		empty = p->next;
		freed += 1u << s->order;
		block_free(s, p);
	}
	return freed;
}

void slab_free_enable(struct slab *s, void *obj)
{
	unsigned long irq = arch_irq_save();
	struct slab_cpu *c = slab_own(s);

	if (!preempt_in_irq() && s->cpu_offset)
		c->limit = array_limit(s);
	if (preempt_in_irq() || !s->cpu_offset) {
		give_back(s, &obj, 1);
	} else {
		unsigned half = c->count / 2;

		/* The oldest go. */
		give_back(s, c->obj, half);
		c->count -= half;
		memmove(c->obj, c->obj + half, c->count * sizeof(c->obj[0]));
		c->obj[c->count++] = obj;
	}
	cpu_unlock(irq);
}

void *slab_alloc(struct slab *s, unsigned flags)
{
	return slab_take(s, flags, false, 0);
}

void slab_free(struct slab *s, void *obj)
{
	slab_put(s, obj);
}

void *slab_zero(const struct slab *s, void *obj)
{
	return memset(obj, 0, s->size);
}

/* The smallest block that does not waste too much of itself. */
static unsigned best_order(uint32_t stride)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < stride)
		order++;
	for (; order < ORDER_MAX; order++) {
		size_t block = PAGE_SIZE << order;

		if (block % stride <= block / GOOD_ENOUGH)
			break;
	}
	return order;
}

void slab_make(struct slab *s)
{
	unsigned long irq = spin_lock_irqsave(&list_lock);
	uint32_t align = MAX(s->align, 8u);

	if (!s->stride) {
		BUG_ON(s->size == 0 || s->size > SLAB_SIZE_MAX);
		BUG_ON((align & (align - 1)) || align > PAGE_SIZE);
		s->order = best_order(ALIGN_UP(s->size, align));
		s->per_page =
			(PAGE_SIZE << s->order) / ALIGN_UP(s->size, align);
		if (places < TABLE_PLACES)
			WRITE_ONCE(s->cpu_offset,
				   places++ * sizeof(struct slab_cpu));
		smp_wmb();
		WRITE_ONCE(*(last ? &last->next : &first), s);
		last = s;
		WRITE_ONCE(s->stride, ALIGN_UP(s->size, align));
	}
	spin_unlock_irqrestore(&list_lock, irq);
}

struct slab *slab_next(struct slab *s)
{
	return READ_ONCE(*(s ? &s->next : &first));
}

/* Of all CPUs' arrays for this cache. */
static uint64_t objects_idle(const struct slab *s)
{
	uint64_t n = 0;

	if (!s->cpu_offset)
		return 0;
	cpu_for_each (cpu) {
		struct slab_cpu *table = per_cpu(slab_table, cpu);

		if (table)
			n += READ_ONCE(
				table[s->cpu_offset / sizeof(*table)].count);
	}
	return n;
}

uint64_t slab_in_use(struct slab *s)
{
	unsigned long irq = spin_lock_irqsave(&s->lock);
	uint64_t n = s->objects - objects_idle(s);

	spin_unlock_irqrestore(&s->lock, irq);
	return n;
}

static struct page *empty_block_locked(struct slab *s)
{
	uint32_t pfn = s->partial;

	while (pfn && block_used(page_of_number(pfn)))
		pfn = page_of_number(pfn)->next;
	return pfn ? block_take_locked(s, page_of_number(pfn)) : NULL;
}

static size_t free_empty_blocks(struct slab *s)
{
	size_t freed = 0;
	struct page *p;

	do {
		unsigned long irq = spin_lock_irqsave(&s->lock);

		p = empty_block_locked(s);
		spin_unlock_irqrestore(&s->lock, irq);
		if (p) {
			block_free(s, p);
			freed += 1u << s->order;
		}
	} while (p);
	return freed;
}

static size_t reclaim_one(struct slab *s)
{
	unsigned long irq = cpu_lock();
	struct slab_cpu *c = slab_own(s);
	size_t freed = give_back(s, c->obj, c->count);

	c->count = 0;
	cpu_unlock(irq);
	return freed + free_empty_blocks(s);
}

size_t slab_reclaim(void)
{
	size_t freed = 0;

	for (struct slab *s = slab_next(NULL); s; s = slab_next(s))
		freed += reclaim_one(s);
	return freed;
}

int slab_cpu_init(unsigned cpu)
{
	struct slab_cpu *table = page_alloc_virt(TABLE_ORDER, ALLOC_ZERO);

	if (!table)
		return -ENOMEM;
	per_cpu(slab_table, cpu) = table;
	page_use_add(PAGE_USE_SLAB, 1l << TABLE_ORDER);
	return 0;
}

void slab_cpu_drop(unsigned cpu)
{
	if (!per_cpu(slab_table, cpu))
		return;
	page_free_virt(per_cpu(slab_table, cpu), TABLE_ORDER);
	page_use_add(PAGE_USE_SLAB, -(1l << TABLE_ORDER));
	per_cpu(slab_table, cpu) = NULL;
}
