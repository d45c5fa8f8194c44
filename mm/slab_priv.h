/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast paths of object caches, for slab.c and for kmalloc.c, which adds
 * its figures to them.
 *
 * Every CPU has a table of small arrays, one a cache, and a cache knows its
 * place in the table.  Place 0 belongs to a dummy that is always both empty
 * and full: it stands for a cache not yet made and for caches beyond the
 * table, so that the fast path needs no test for either.  No CPU runs without
 * a table.
 *
 * An array belongs to the threads of its CPU: preemption off protects it, and
 * interrupts use the cache's lock instead.  (See page.c for why.)
 */
#pragma once

#include "core/percpu.h"
#include "mm/slab.h"

#define SLAB_CPU_OBJECTS 29

struct slab_cpu {
	uint32_t count, limit; /* limit: at most so many; 0 in the dummy */
	uint64_t requested, requests; /* bytes and calls; kmalloc's only */
	void *obj[SLAB_CPU_OBJECTS];
};

DECLARE_PERCPU(struct slab_cpu *, slab_table);

/* The page with the objects' list; also for an address inside an object. */
static inline struct page *slab_page(const struct slab *s, const void *obj)
{
	uintptr_t v = (uintptr_t)obj;

	return page_of_virt((void *)ALIGN_DOWN(v, PAGE_SIZE << s->order));
}

void *slab_alloc_slow(struct slab *s, unsigned flags);
void slab_free_slow(struct slab *s, void *obj);
/* DEBUG: looks whether obj may be freed, or was written while free. */
void slab_check_free(struct slab *s, void *obj);
void slab_check_alloc(struct slab *s, void *obj);
void slab_check_new(struct slab *s, void *block);
/* Fixes stride, order and place; what the first allocation does. */
void slab_make(struct slab *s);
void slab_zero(const struct slab *s, void *obj);

/* The running CPU's array, preemption off; NULL in an interrupt. */
static always_inline struct slab_cpu *slab_cpu_get(const struct slab *s)
{
	preempt_disable();
	if (unlikely(preempt_in_irq()))
		return NULL;
	return (struct slab_cpu *)((char *)this_cpu(slab_table) +
				   s->cpu_offset);
}

static always_inline void *slab_take(struct slab *s, size_t requested,
				     unsigned flags)
{
	struct slab_cpu *c = slab_cpu_get(s);
	void *obj;

	if (unlikely(!c) || unlikely(c->count == 0)) {
		preempt_enable();
		return slab_alloc_slow(s, flags);
	}
	obj = c->obj[--c->count];
	if (requested) {
		c->requested += requested;
		c->requests++;
	}
	preempt_enable();
	if (DEBUG)
		slab_check_alloc(s, obj);
	if (flags & ALLOC_ZERO)
		slab_zero(s, obj);
	return obj;
}

static always_inline void slab_put(struct slab *s, void *obj)
{
	struct slab_cpu *c;

	if (DEBUG)
		slab_check_free(s, obj);
	c = slab_cpu_get(s);
	if (unlikely(!c) || unlikely(c->count >= c->limit)) {
		preempt_enable();
		slab_free_slow(s, obj);
		return;
	}
	c->obj[c->count++] = obj;
	preempt_enable();
}
