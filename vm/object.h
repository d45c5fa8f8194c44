/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one page cache (HOUSE §12.6): an object maps page numbers to pages.
 * Regular files, tmpfs, memfd, shared anonymous and SysV memory are objects;
 * a shared futex is (object, index).
 *
 * Look-ups run under RCU without a lock and take a page reference with
 * inc-not-zero; changes are made under `lock`.  Every page in an object holds
 * one reference of the object's.  A page that is being filled is present
 * without PAGE_F_UPTODATE; who finds it so waits on `page_wait`.
 */
#pragma once

#include "core/spinlock.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "mm/page.h"
#include "sched/waitq.h"

struct object;

struct object_ops {
	/* Fills the page (locked for that by the caller's being the one who
	 * inserted it); may sleep; 0 or -errno.  NULL: pages start zeroed. */
	int (*read_page)(struct object *o, struct page *p);
	/* Writes it back; may sleep.  NULL: memory is the only home. */
	int (*write_page)(struct object *o, struct page *p);
	/* The last reference went; frees what embeds the object. */
	void (*release)(struct object *o);
};

struct object {
	struct spinlock lock;
	/* protected by lock, read under RCU: */
	struct radix pages;
	uint64_t page_count;

	struct waitq page_wait;
	struct atomic32 refs;
	/* areas that map it shared or private: see vm/area */
	struct atomic32 map_count;
	/* bytes; access past its last page is SIGBUS; changed by the owner */
	uint64_t size;
	/* constant after init: */
	const struct object_ops *ops;
};

void object_init(struct object *o, const struct object_ops *ops);
void object_get(struct object *o);
void object_put(struct object *o);

/* The page at index if it is there and up to date, with a reference; else
 * NULL.  Never sleeps. */
struct page *object_peek(struct object *o, uint64_t index);

/* Finds or makes the page (zeroed, or read by ops); with a reference.  May
 * sleep.  -ENOMEM, -EIO, -EINTR (killed while waiting). */
int must_check object_page(struct object *o, uint64_t index,
			   struct page **out);

/* Puts an existing page (one reference passes to the object) at index, up to
 * date; -EEXIST, -ENOMEM. */
int must_check object_insert(struct object *o, uint64_t index, struct page *p);

/* Drops every page from index `first` on (also from page tables that map
 * them); the owner has lowered `size` before. */
void object_truncate(struct object *o, uint64_t first);
/* Drops [first, end): hole punching. */
void object_drop(struct object *o, uint64_t first, uint64_t end);
