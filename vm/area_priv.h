/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas inside vm/: the tree, changing, splitting and joining.  All but
 * area_peek() want map_lock held for writing unless they say otherwise.
 */
#pragma once

#include "vm/vmspace.h"

/* Differences that do not keep neighbours apart. */
#define AREA_F_COSMETIC (AREA_STACK | AREA_HEAP)

static inline uint64_t area_pages(const struct area *a)
{
	return (a->end - a->start) >> PAGE_SHIFT;
}
static inline uint64_t area_index(const struct area *a, uaddr_t addr)
{
	return a->pgoff + ((addr - a->start) >> PAGE_SHIFT);
}
static inline bool area_accessible(const struct area *a)
{
	return a->flags & (AREA_R | AREA_W | AREA_X);
}

/* Of the search tree.  map_lock held for reading is enough: the area that
 * ends above addr, lowest first; NULL. */
struct area *area_find(struct vmspace *vs, uaddr_t addr);
/* The one that holds addr; NULL. */
struct area *area_at(struct vmspace *vs, uaddr_t addr);
struct area *area_prev(struct area *a);
struct area *area_next(struct area *a);
/* The last one that starts below addr. */
struct area *area_before(struct vmspace *vs, uaddr_t addr);

/* Without a lock, under RCU: the area that seems to hold addr, or NULL, which
 * means nothing.  Its sequence must be looked at before and after use. */
struct area *area_peek(const struct vmspace *vs, uaddr_t addr);

/* A copy of `like` (its range, object, backing: references are taken) in no
 * tree; NULL: no memory. */
struct area *area_new(struct vmspace *vs, const struct area *like);
/* Of one that is in no tree (any more). */
void area_free(struct area *a);
void area_insert(struct area *a);
void area_remove(struct area *a);

void area_set_range(struct area *a, uaddr_t start, uaddr_t end);
void area_set_flags(struct area *a, uint32_t flags);

/* Whether b, which starts where a ends, is more of the same. */
bool area_joins(const struct area *a, const struct area *b);
/* Cuts at `at`, inside a; the upper half by *upper, if not NULL. */
int must_check area_split(struct area *a, uaddr_t at, struct area **upper);
/* Joins it with its neighbours where they are alike; the result. */
struct area *area_merge(struct area *a);
/* Adds a range like `like`, in a gap: grows a neighbour if one is alike.
 * Takes references only where it makes a new area. */
int must_check area_add(struct vmspace *vs, const struct area *like);

/* Its line of /proc/PID/maps. */
void area_show(struct strbuf *sb, const struct area *a);

/* Clears what maps pages [first, end) of the object, in every vmspace; without
 * `private_too` private copies stay.  No lock wanted. */
void area_unmap_object(struct object *o, uint64_t first, uint64_t end,
		       bool private_too);
