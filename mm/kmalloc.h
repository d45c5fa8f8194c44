/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General kernel memory, after McKusick and Karels: power-of-two buckets from
 * 16 bytes to half a page (and sizes between, see kmalloc.c), the size found
 * from the page descriptor, no header per block; larger requests are whole
 * page blocks.  Blocks of a power of two are naturally aligned; all others to
 * 8 bytes at least.  Any context with ALLOC_ATOMIC; else may sleep.
 */
#pragma once

#include "lib/types.h"
#include "mm/page.h" /* ALLOC_* */

void *kmalloc(size_t size, unsigned flags) __attribute__((malloc));
static inline void *kzalloc(size_t size, unsigned flags)
{
	return kmalloc(size, flags | ALLOC_ZERO);
}
/* n * size, NULL on overflow. */
void *kmalloc_array(size_t n, size_t size, unsigned flags);
/* Keeps the contents; old stays valid on failure. */
void *krealloc(void *old, size_t size, unsigned flags) must_check;
void kfree(void *p); /* NULL is allowed */
size_t kmalloc_size(const void *p); /* what the block really holds */
char *kstrdup(const char *s, unsigned flags);

void kmalloc_init(void);

/* Bytes asked for / bytes of pages taken: the utilisation figure. */
void kmalloc_usage(uint64_t *requested, uint64_t *taken);
