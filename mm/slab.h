/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object caches: fixed-size objects from pages, a per-CPU array of free ones
 * in front, empty pages returned quickly.  An object keeps nothing across
 * free.  Caches live for ever once made; the first allocation makes them.
 *
 *     static struct slab inode_slab = SLAB("inode", struct inode);
 *
 * Objects are aligned as their type wants, at least to 8 bytes.  Allocating
 * and freeing work in any context; with ALLOC_ATOMIC or where sleeping is
 * forbidden nothing sleeps.  Objects may not exceed SLAB_SIZE_MAX.
 */
#pragma once

#include "lib/types.h"

#include "core/spinlock.h"
#include "mm/page.h" /* ALLOC_* */

#define SLAB_SIZE_MAX 16384u

struct slab {
	const char *name;
	uint32_t size, align;

	struct spinlock lock;
	/* protected by lock: */
	uint32_t partial; /* page number of the first page with room */
	uint64_t pages;   /* single pages, whatever the order */
	uint64_t objects; /* out of the pages, the per-CPU arrays' too */

	/* constant after the first allocation: */
	uint32_t cpu_offset; /* of its array in every CPU's table; 0: none */
	uint32_t per_page;   /* objects in one block of pages */
	uint32_t stride, order;
	struct slab *next; /* all caches, for /proc/slabinfo */
};

#define SLAB(n, type)                                                          \
	{                                                                      \
		.name = (n), .size = sizeof(type), .align = __alignof__(type), \
		.lock = SPINLOCK(RANK_SLAB)                                    \
	}

/* Contents are undefined without ALLOC_ZERO.  NULL: no memory. */
void *must_check slab_alloc(struct slab *s, unsigned flags);
void slab_free(struct slab *s, void *obj);
/* Objects allocated and not freed; exact when nothing runs. */
uint64_t slab_in_use(struct slab *s);
/* Walks all caches; NULL starts and ends. */
struct slab *slab_next(struct slab *s);
/* Returns free objects of this CPU's arrays and empty pages; pages freed. */
size_t slab_reclaim(void);

/* Makes a CPU's table of arrays: before anything is allocated or freed there;
 * kmalloc_init() does it for the first.  -ENOMEM: the CPU cannot be used. */
int must_check slab_cpu_init(unsigned cpu);
/* That CPU will not run after all. */
void slab_cpu_drop(unsigned cpu);
