/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one page cache (HOUSE §12.6): an object maps page numbers to pages.
 * Regular files, tmpfs, memfd, shared anonymous and SysV memory are objects;
 * a shared futex is (object, index).
 *
 * Look-ups run under RCU without a lock and take a page reference with
 * inc-not-zero; changes are made under `lock`.  Every page in an object holds
 * one reference of the object's, and its owner and index are the object and
 * the place in it; a page that was dropped has no owner.  A page that is being
 * filled is present without PAGE_F_UPTODATE; who finds it so waits on
 * `page_wait`.
 *
 * References: one for the creator; each area that maps it and each open use
 * takes its own.  With the last one the pages go, then ops->release runs.
 */
#pragma once

#include "lib/list.h"
#include "lib/radix.h"
#include "lib/types.h"

#include "core/spinlock.h"
#include "mm/page.h"
#include "sched/waitq.h"

struct object;

struct object_ops {
	/* A clean page may be dropped when memory is short, for read_page
	 * brings the same bytes again. */
	bool rereads;
	/* Fills the page (locked for that by the caller's being the one who
	 * inserted it); may sleep; 0 or -errno.  NULL: pages start zeroed. */
	int (*read_page)(struct object *o, struct page *p);
	/* Writes it back; may sleep.  NULL: memory is the only home. */
	int (*write_page)(struct object *o, struct page *p);
	/* The last reference went, the pages are dropped; frees what embeds the
	 * object.  May sleep.  NULL: nothing to free. */
	void (*release)(struct object *o);
};

struct object {
	struct spinlock lock;
	/* protected by lock, read under RCU: */
	struct radix_tree pages;
	uint64_t page_count;

	struct spinlock areas_lock; /* taken before page-table locks */
	/* protected by areas_lock: */
	struct list areas; /* that map it, shared or private */

	struct waitq page_wait;
	struct atomic32 refs;
	/* bytes; access past its last page is SIGBUS; changed by the owner */
	uint64_t size;
	/* constant after init: */
	const struct object_ops *ops;

	struct list reclaim_node; /* object.c's list, if ops->rereads */
};

void object_init(struct object *o, const struct object_ops *ops);
void object_get(struct object *o);
void object_put(struct object *o);

/* The page at index, up to date or not, with a reference; NULL: none there.
 * Never sleeps. */
struct page *object_lookup(struct object *o, uint64_t index);

/* Whether what the page holds may be read; its contents are seen after. */
static inline bool object_uptodate(const struct page *p)
{
	bool yes = READ_ONCE(p->flags) & PAGE_F_UPTODATE;

	smp_rmb();
	return yes;
}

/* The same as object_lookup, but only a page that is up to date. */
static inline struct page *object_peek(struct object *o, uint64_t index)
{
	struct page *p = object_lookup(o, index);

	if (likely(p) && unlikely(!object_uptodate(p))) {
		page_put(p);
		p = NULL;
	}
	return p;
}

/* Finds or makes the page (zeroed, or read by ops); with a reference.  May
 * sleep.  -ENOMEM, -EIO, -EINTR (killed while waiting). */
int must_check object_page(struct object *o, uint64_t index, struct page **out);

/* Puts an existing page (one reference passes to the object) at index, up to
 * date; -EEXIST, -ENOMEM. */
int must_check object_insert(struct object *o, uint64_t index, struct page *p);

/* Drops every page from index `first` on (also from page tables that map
 * them, private copies included); the owner has lowered `size` before.  What
 * of the last page lies past `size` is the owner's to clear. */
void object_truncate(struct object *o, uint64_t first);
/* Drops [first, end): hole punching.  Private copies stay. */
void object_drop(struct object *o, uint64_t first, uint64_t end);

/* The page was or will be written to: it is written back before it can be
 * dropped for lack of memory. */
void object_dirty(struct object *o, struct page *p);

/* Drops up to `want` clean, unmapped pages that ops can read again; pages
 * freed.  Sleeps not. */
size_t object_reclaim(size_t want);

/* Pages of memory that start zeroed and live as long as somebody maps them:
 * shared anonymous mappings.  NULL: no memory. */
struct object *object_create_anon(uint64_t size);

/* Pages in all objects. */
uint64_t object_pages_total(void);

static inline bool object_owns(const struct object *o, const struct page *p)
{
	return READ_ONCE(p->owner) == (uintptr_t)o;
}
static inline uint64_t object_size_pages(const struct object *o)
{
	uint64_t size = READ_ONCE(o->size);

	return (size >> PAGE_SHIFT) + ((size & ~PAGE_MASK) != 0);
}
