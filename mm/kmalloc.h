/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General kernel memory, after McKusick and Karels: buckets for powers of two
 * from 16 bytes to 4096, and for 96 and 192 between them; the size of a block
 * is found from its page's descriptor, there is no header; larger requests
 * are whole page blocks.  Blocks of a power of two are naturally aligned, the
 * others to 32 bytes.  A constant size finds its bucket when it is compiled,
 * any other by one look into a table.
 *
 * Any context with ALLOC_ATOMIC; else it may sleep.
 */
#pragma once

#include "lib/types.h"

#include "mm/page.h" /* ALLOC_* */

#define KMALLOC_BUCKET_MAX 4096u
#define KMALLOC_BUCKETS    11

/* For constants; kmalloc.c fills its table by the same rule. */
static always_inline unsigned kmalloc_bucket_of(size_t size)
{
	return size <= 16     ? 0
	       : size <= 32   ? 1
	       : size <= 64   ? 2
	       : size <= 96   ? 3
	       : size <= 128  ? 4
	       : size <= 192  ? 5
	       : size <= 256  ? 6
	       : size <= 512  ? 7
	       : size <= 1024 ? 8
	       : size <= 2048 ? 9
			      : 10;
}

struct slab;

extern struct slab *const kmalloc_buckets[KMALLOC_BUCKETS];

void *must_check kmalloc_bucket(struct slab *b, size_t size, unsigned flags)
	__attribute__((malloc, alloc_size(2)));
void *must_check kmalloc_any(size_t size, unsigned flags)
	__attribute__((malloc, alloc_size(1)));

/* NULL: no memory.  A size of 0 gives a block of the smallest bucket. */
static always_inline void *must_check kmalloc(size_t size, unsigned flags)
{
	if (__builtin_constant_p(size) && size <= KMALLOC_BUCKET_MAX)
		return kmalloc_bucket(kmalloc_buckets[kmalloc_bucket_of(size)],
				      size, flags);
	return kmalloc_any(size, flags);
}

static always_inline void *must_check kzalloc(size_t size, unsigned flags)
{
	return kmalloc(size, flags | ALLOC_ZERO);
}

/* n * size, NULL on overflow. */
void *must_check kmalloc_array(size_t n, size_t size, unsigned flags);
/* Keeps the contents; old stays valid on failure.  What is new is not zeroed,
 * whatever the flags.  old may be NULL. */
void *must_check krealloc(void *old, size_t size, unsigned flags);
void kfree(void *p);                /* NULL is allowed */
size_t kmalloc_size(const void *p); /* what the block really holds */
char *must_check kstrdup(const char *s, unsigned flags);

void kmalloc_init(void);

/* The utilisation figure: bytes asked for in the blocks that are out, and
 * bytes of the pages taken for them.  The first is an estimate: a bucket's
 * blocks count as its average request so far. */
void kmalloc_usage(uint64_t *requested, uint64_t *taken);
