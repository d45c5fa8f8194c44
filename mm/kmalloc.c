/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buckets are object caches whose blocks are single pages; a large block is
 * marked PAGE_F_KMALLOC in its first descriptor.  That is all kfree() needs to
 * tell them apart.  Each CPU adds up what it was asked for, in the array that
 * it has at hand anyway.
 */
#include "mm/kmalloc.h"

#include "lib/div.h"
#include "lib/string.h"

#include "core/panic.h"
#include "mm/slab_priv.h"

#define BUCKET(n, bytes, al)                                 \
	{                                                    \
		.name = (n), .size = (bytes), .align = (al), \
		.lock = SPINLOCK(RANK_SLAB)                  \
	}

static struct slab slabs[KMALLOC_BUCKETS] = {
	BUCKET("kmalloc-16", 16, 16),       BUCKET("kmalloc-32", 32, 32),
	BUCKET("kmalloc-64", 64, 64),       BUCKET("kmalloc-96", 96, 32),
	BUCKET("kmalloc-128", 128, 128),    BUCKET("kmalloc-192", 192, 64),
	BUCKET("kmalloc-256", 256, 256),    BUCKET("kmalloc-512", 512, 512),
	BUCKET("kmalloc-1024", 1024, 1024), BUCKET("kmalloc-2048", 2048, 2048),
	BUCKET("kmalloc-4096", 4096, 4096),
};

struct slab *const kmalloc_buckets[KMALLOC_BUCKETS] = {
	&slabs[0], &slabs[1], &slabs[2], &slabs[3], &slabs[4],  &slabs[5],
	&slabs[6], &slabs[7], &slabs[8], &slabs[9], &slabs[10],
};

static uint8_t bucket_index[KMALLOC_BUCKET_MAX / 16 + 1]; /* by size / 16 */
static struct atomic_long large_pages, large_bytes;

void *kmalloc_bucket(struct slab *b, size_t size, unsigned flags)
{
	return slab_take(b, flags, true, size);
}

static unsigned order_of(size_t size)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < size)
		order++;
	return order;
}

static noinline void *alloc_large(size_t size, unsigned flags)
{
	unsigned order;
	struct page *p;

	if (size > PAGE_SIZE << PAGE_ORDER_MAX)
		return NULL;
	order = order_of(size);
	p = page_alloc(order, flags);
	if (!p)
		return NULL;
	p->flags |= PAGE_F_KMALLOC;
	p->owner = size;
	page_use_add(PAGE_USE_KERNEL, 1l << order);
	atomic_long_add(&large_pages, 1ul << order);
	atomic_long_add(&large_bytes, size);
	return arch_phys_to_virt(page_phys(p));
}

void *kmalloc_any(size_t size, unsigned flags)
{
	if (likely(size <= KMALLOC_BUCKET_MAX))
		return kmalloc_bucket(&slabs[bucket_index[(size + 15) / 16]],
				      size, flags);
	return alloc_large(size, flags);
}

void *kmalloc_array(size_t n, size_t size, unsigned flags)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc_any(bytes, flags);
}

static noinline void free_large(struct page *p)
{
	unsigned order = p->flags & PAGE_F_ORDER;

	BUG_ON(!(p->flags & PAGE_F_KMALLOC)); /* not kmalloc's, or freed */
	p->flags = order;
	page_use_add(PAGE_USE_KERNEL, -(1l << order));
	atomic_long_sub(&large_pages, 1ul << order);
	atomic_long_sub(&large_bytes, p->owner);
	page_free(p, order);
}

void kfree(void *p)
{
	struct page *page;

	if (!p)
		return;
	page = page_of_virt(p);
	if (likely(page->flags & PAGE_F_SLAB))
		slab_put((struct slab *)page->owner, p);
	else
		free_large(page);
}

size_t kmalloc_size(const void *p)
{
	const struct page *page = page_of_virt(p);

	if (page->flags & PAGE_F_SLAB)
		return ((struct slab *)page->owner)->size;
	return PAGE_SIZE << (page->flags & PAGE_F_ORDER);
}

void *krealloc(void *old, size_t size, unsigned flags)
{
	size_t have = old ? kmalloc_size(old) : 0;
	void *p;

	/* Shrinking moves only where it frees half of the block. */
	if (old && size <= have && (size > have / 2 || have == 16))
		return old;
	p = kmalloc_any(size, flags);
	if (p && old) {
		memcpy(p, old, MIN(size, have));
		kfree(old);
	}
	return p;
}

char *kstrdup(const char *s, unsigned flags)
{
	size_t size = strlen(s) + 1;
	char *copy = kmalloc_any(size, flags);

	if (copy)
		memcpy(copy, s, size);
	return copy;
}

static void bucket_usage(struct slab *s, uint64_t *requested, uint64_t *taken)
{
	uint64_t bytes = 0, calls = 0;

	if (!s->cpu_offset)
		return;
	cpu_for_each (cpu) {
		const char *table = (char *)per_cpu(slab_table, cpu);
		const struct slab_cpu *c =
			(const struct slab_cpu *)(table + s->cpu_offset);

		bytes += READ_ONCE(c->requested);
		calls += READ_ONCE(c->requests);
	}
	*taken += s->pages * PAGE_SIZE;
	while (calls > UINT32_MAX) {
		calls >>= 1;
		bytes >>= 1;
	}
	/* The average in 16ths of a byte. */
	if (calls)
		*requested += slab_in_use(s) * div_u64(bytes * 16, calls) / 16;
}

void kmalloc_usage(uint64_t *requested, uint64_t *taken)
{
	*taken = (uint64_t)atomic_long_load(&large_pages) << PAGE_SHIFT;
	*requested = atomic_long_load(&large_bytes);
	for (unsigned i = 0; i < KMALLOC_BUCKETS; i++)
		bucket_usage(&slabs[i], requested, taken);
}

void kmalloc_init(void)
{
	for (size_t i = 0; i < sizeof(bucket_index); i++)
		bucket_index[i] = kmalloc_bucket_of(i * 16);
	if (slab_cpu_init(0) != 0)
		panic("memory: too little to start");
	for (unsigned i = 0; i < KMALLOC_BUCKETS; i++)
		slab_make(&slabs[i]);
}
