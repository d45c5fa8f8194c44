/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel virtual addresses outside the direct map: stacks with guard pages,
 * device registers, large buffers.  Visible in every address space without a
 * fault.  Every area is followed by an unmapped guard page.  May sleep.
 */
#pragma once

#include "lib/types.h"

void vmap_init(void);

/* len bytes of fresh pages, `align` a power of two >= PAGE_SIZE. NULL: none. */
void *vmap_alloc(size_t len, size_t align, unsigned flags);
void vmap_free(void *v);

/* Maps len bytes of device registers at pa, uncached. */
void *vmap_device(paddr_t pa, size_t len);
/* Maps len bytes of ordinary memory at pa that has no struct page. */
void *vmap_phys(paddr_t pa, size_t len, bool writable);
void vmap_unmap(void *v);

/* A kernel stack: ARCH_STACK_SIZE, aligned to it, a guard page below, the
 * canary word in place; the last few freed ones are kept for reuse. */
void *vmap_stack_alloc(void);
void vmap_stack_free(void *stack);
