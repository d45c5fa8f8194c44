/* SPDX-License-Identifier: BSD-2-Clause */
/* What remap, advise and protect share with map.c.  map_lock is held for
 * writing but for map_populate. */
#pragma once

#include "vm/vmspace.h"

/* Whether RLIMIT_AS, RLIMIT_DATA and common sense allow so many pages more. */
bool must_check map_may_add(const struct vmspace *vs, uint32_t flags,
			    uint64_t pages);
/* ... that so many private pages become writable. */
bool must_check map_may_write(const struct vmspace *vs, uint32_t flags,
			      uint64_t pages);
/* A gap for len bytes, at the hint if that is free.  -ENOMEM. */
int must_check map_place(struct vmspace *vs, uaddr_t hint, size_t len,
			 uaddr_t *out);
/* -ENOMEM, -EINVAL, -EPERM as mmap(2) with MAP_FIXED. */
int must_check map_check_fixed(uaddr_t addr, size_t len);
/* Everything in [start, end).  -ENOMEM: nothing was done. */
int must_check map_unmap_locked(struct vmspace *vs, uaddr_t start, uaddr_t end);
/* [start, end) has become a gap, its entries are clear: frees the tables. */
void map_freed_locked(struct vmspace *vs, uaddr_t start, uaddr_t end);
/* Faults the pages in, as far as it goes.  map_lock is not held. */
void map_populate(struct vmspace *vs, uaddr_t start, uaddr_t end, bool write);
