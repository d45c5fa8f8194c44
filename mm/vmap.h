/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel virtual addresses outside the direct map: stacks with guard pages,
 * device registers, large buffers.  Visible in every address space without a
 * fault.  Before and after every area lies an unmapped page.
 *
 * What makes an area may sleep; what frees one does not.  NULL: no memory, no
 * addresses, or a range of length 0.
 */
#pragma once

#include "lib/types.h"

void vmap_init(void);

/* len bytes of fresh pages, `align` a power of two >= PAGE_SIZE.  ALLOC_ZERO
 * clears them. */
void *must_check vmap_alloc(size_t len, size_t align, unsigned flags);
void vmap_free(void *v); /* NULL is allowed */

/* Maps len bytes of device registers at pa, uncached. */
void *must_check vmap_device(paddr_t pa, size_t len);
/* Maps len bytes of ordinary memory at pa that has no struct page. */
void *must_check vmap_phys(paddr_t pa, size_t len, bool writable);
/* Ends either; v as it was returned.  NULL is allowed. */
void vmap_unmap(void *v);

/* A kernel stack: ARCH_STACK_SIZE, aligned to it, a guard page below, the
 * canary word in place; the last few freed ones are kept for reuse.  Contents
 * are undefined. */
void *must_check vmap_stack_alloc(void);
void vmap_stack_free(void *stack);

/* Frees the stacks that the running CPU keeps; pages freed. */
size_t vmap_reclaim(void);

/* Whether an address lies in an area's mapped part, for fault reports;
 * *base and *len get the area.  Any context: does not wait for the lock. */
bool vmap_find(vaddr_t va, vaddr_t *base, size_t *len);
