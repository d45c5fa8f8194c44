/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page frames: descriptors, the buddy allocator, per-CPU lists.
 *
 * Every page of RAM has a struct page of 32 bytes.  Descriptors are written
 * lazily, a block of 2^PAGE_ORDER_MAX pages at a time when the allocator first
 * reaches that block, so boot does not grow with RAM.  Single pages come from
 * a list of the running CPU; blocks from buddy lists under one lock a zone.
 *
 * A page's meaning belongs to whoever allocated it: `owner` and `index` are
 * theirs.  References are counted; the page goes back when the last one is
 * put.
 */
#pragma once

#include "arch/atomic.h"
#include "arch/mmu.h"
#include "lib/types.h"

#define PAGE_ORDER_MAX 10

/* struct page.flags: low 8 bits the order of a block's first page. */
enum {
	PAGE_F_ORDER = 0xff,
	PAGE_F_BUDDY = 1 << 8,    /* free, on a buddy list */
	PAGE_F_SLAB = 1 << 9,     /* owner: the slab cache */
	PAGE_F_KMALLOC = 1 << 10, /* a kmalloc bucket page or large block */
	PAGE_F_ANON = 1 << 11, /* owner: vmspace (exclusive), index: address */
	PAGE_F_OBJECT = 1 << 12, /* owner: vm object, index: page number */
	PAGE_F_UPTODATE = 1 << 13,
	PAGE_F_DIRTY = 1 << 14,
	PAGE_F_TABLE = 1 << 15,    /* a page table */
	PAGE_F_RESERVED = 1 << 16, /* never given to the allocator */
	PAGE_F_LOCK_BIT = 31,      /* bit number of the page's one-bit lock */
};

struct page {
	uint32_t flags;
	struct atomic32 refs;
	uintptr_t owner;
	uintptr_t index;
	uint32_t next, prev; /* page numbers; 0: none (page 0 is never free) */
};

static_assert(sizeof(struct page) == (sizeof(void *) == 8 ? 32 : 24),
	      "HOUSE 12.4");

/* Allocation flags, shared with kmalloc and slab. */
enum {
	ALLOC_ZERO = 1 << 0,
	ALLOC_ATOMIC = 1 << 1, /* must not sleep: no reclaim */
	ALLOC_MOVABLE = 1 << 2,
	ALLOC_DMA32 = 1 << 3, /* below 4 GiB */
	ALLOC_TRY = 1 << 4,   /* neither sleeps nor uses the last pages */
};

extern struct page *page_array; /* indexed by page number */

static inline struct page *page_of_number(uint64_t pfn)
{
	return &page_array[pfn];
}
static inline uint64_t page_number(const struct page *p)
{
	return (uint64_t)(p - page_array);
}
static inline struct page *page_of_phys(paddr_t pa)
{
	return page_of_number(pa >> PAGE_SHIFT);
}
static inline paddr_t page_phys(const struct page *p)
{
	return (paddr_t)page_number(p) << PAGE_SHIFT;
}
/* Of an address in the direct map. */
static inline struct page *page_of_virt(const void *v)
{
	return page_of_phys(arch_virt_to_phys(v));
}

/* Takes over from memblock. */
void page_init(void);

/* Gives the running CPU's list back, so that its pages can form blocks. */
void page_cpu_drain(void);

/* 2^order contiguous pages with one reference on the first, or NULL.  The
 * block is naturally aligned.  Sleeps for reclaim unless ALLOC_ATOMIC or where
 * sleeping is forbidden anyway; who cannot wait may use the last pages. */
struct page *must_check page_alloc(unsigned order, unsigned flags);
/* Drops the one reference of whoever allocated it.  A look-up that read an old
 * pointer may hold another for a moment (vm/object.h); the page then goes with
 * that one. */
void page_free(struct page *p, unsigned order);

/* One page as a virtual address (always mapped), for page tables and such. */
void *page_alloc_virt(unsigned order, unsigned flags);
void page_free_virt(void *v, unsigned order);

static inline void page_get(struct page *p)
{
	atomic32_inc(&p->refs);
}
void page_put_last(struct page *p); /* the count has reached zero */
static inline void page_put(struct page *p)
{
	if (atomic32_dec_and_test(&p->refs))
		page_put_last(p);
}

/* Turns pages that were reserved at boot (the initial RAM disk) into
 * allocated ones with one reference each; their descriptors become valid.
 * Whole pages inside the range only: the rest stays reserved.  -EINVAL: not
 * RAM, or not reserved.  Once for each page. */
int must_check page_adopt_reserved(paddr_t base, uint64_t size);

/* The contents, reachable only between the two; may not sleep in between,
 * and nests like a stack. */
static inline void *page_map_local(struct page *p)
{
	return arch_phys_to_virt(page_phys(p));
}
static inline void page_unmap_local(void *v)
{
	(void)v;
}

/* The one page of zeroes; never written, never freed by page_put. */
extern struct page *page_zero;

/* What allocated pages are used for, as far as somebody wants to know. */
enum page_use {
	PAGE_USE_TABLES, /* page tables, user's and vmap's */
	PAGE_USE_SLAB,
	PAGE_USE_KERNEL, /* kmalloc's large blocks and what vmap maps */
	PAGE_USE_COUNT,
};
extern struct atomic_long page_use[PAGE_USE_COUNT];

/* Kept by those who allocate for such a use.  n may be negative. */
static inline void page_use_add(enum page_use use, long n)
{
	atomic_long_add(&page_use[use], (unsigned long)n);
}

struct page_stats {
	uint64_t total; /* pages of RAM, the kernel's image included */
	uint64_t free;  /* free now, per-CPU lists and untouched blocks too */
	uint64_t tables, slab, kernel; /* of the rest, by use */
};
/* Exact when nobody allocates meanwhile. */
void page_stats(struct page_stats *s);

/* Free blocks of each order, but for the per-CPU lists. */
void page_blocks(uint64_t out[PAGE_ORDER_MAX + 1]);

/* Whether an allocation of n pages would leave the reserve alone; used to
 * refuse user requests before the machine is out of memory. */
bool page_available(uint64_t n);
