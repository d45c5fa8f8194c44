/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object caches: fixed-size objects from pages, a per-CPU array of free ones
 * in front, empty pages returned quickly.  An object keeps nothing across
 * free.  Caches live for ever once made.
 *
 *     static struct slab inode_slab = SLAB("inode", struct inode);
 */
#pragma once

#include "core/spinlock.h"
#include "lib/types.h"
#include "mm/page.h" /* ALLOC_* */

struct slab_cpu;

struct slab {
	const char *name;
	uint32_t size, align;

	struct spinlock lock;
	/* protected by lock: */
	uint32_t partial; /* page number of the first page with room */
	uint64_t pages, objects;

	/* constant after the first allocation: */
	struct slab_cpu *cpus;
	uint32_t per_page, stride, order;
	struct slab *next; /* all caches, for /proc/slabinfo */
};

#define SLAB(n, type)                                                     \
	{                                                                 \
		.name = (n), .size = sizeof(type),                        \
		.align = __alignof__(type), .lock = SPINLOCK(RANK_SLAB)   \
	}

void *slab_alloc(struct slab *s, unsigned flags); /* NULL: no memory */
void slab_free(struct slab *s, void *obj);
/* Objects allocated and not freed; exact when nothing runs. */
uint64_t slab_in_use(struct slab *s);
/* Walks all caches; NULL starts and ends. */
struct slab *slab_next(struct slab *s);
/* Returns free objects of per-CPU arrays and empty pages; pages freed. */
size_t slab_reclaim(void);
