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

/* The slow ways; preemption is off when they begin, not when they end. */
void *slab_alloc_enable(struct slab *s, unsigned flags);
void slab_free_enable(struct slab *s, void *obj);
/* After an object was taken: reschedules if need be, checks, clears. */
void *slab_alloc_resched(struct slab *s, void *obj, unsigned flags);
void *slab_zero(const struct slab *s, void *obj); /* returns obj */
/* DEBUG: looks whether obj may be freed, or was written while free. */
void slab_debug_free(struct slab *s, void *obj);
void slab_debug_alloc(struct slab *s, void *obj);
void slab_debug_new(struct slab *s, void *block);
/* Fixes stride, order and place; what the first allocation does. */
void slab_make(struct slab *s);

/* Preemption is off, and this is no interrupt. */
static always_inline struct slab_cpu *slab_own(const struct slab *s)
{
	return (struct slab_cpu *)((char *)this_cpu(slab_table) +
				   READ_ONCE(s->cpu_offset));
}

/* Everything unusual is a call in last place, so that the usual way saves no
 * register. */
static always_inline void *slab_take(struct slab *s, unsigned flags, bool count,
				     size_t requested)
{
	struct slab_cpu *c;
	uint32_t n;
	void *obj;

	preempt_disable();
	if (unlikely(preempt_in_irq()))
		return slab_alloc_enable(s, flags);
	c = slab_own(s);
	n = c->count;
	if (unlikely(n == 0))
		return slab_alloc_enable(s, flags);
	c->count = n - 1;
	obj = c->obj[n - 1];
	if (count) {
		c->requested += requested;
		c->requests++;
	}
	if (unlikely(preempt_enable_test()) || DEBUG)
		return slab_alloc_resched(s, obj, flags);
	if (flags & ALLOC_ZERO)
		return slab_zero(s, obj);
	return obj;
}

static always_inline void slab_put(struct slab *s, void *obj)
{
	struct slab_cpu *c;
	uint32_t n;

	if (DEBUG)
		slab_debug_free(s, obj);
	preempt_disable();
	if (unlikely(preempt_in_irq()))
		return slab_free_enable(s, obj);
	c = slab_own(s);
	n = c->count;
	if (unlikely(n >= c->limit))
		return slab_free_enable(s, obj);
	c->obj[n] = obj;
	c->count = n + 1;
	if (unlikely(preempt_enable_test()))
		sched_preempt();
}
