/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: the page cache's index, filling and dropping of pages.
 *
 * Whoever inserts a page fills it; nobody else touches it before it is
 * PAGE_F_UPTODATE.  If that fails the page is dropped again, and those who
 * waited start over.  Dropping goes in three steps whose order matters: out of
 * the index (owner cleared), out of the page tables, then the reference.  A
 * fault that found the page before looks at its owner under the page table's
 * lock, so it maps it either before the second step or not at all.
 */
#include "vm/object.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/preempt.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "vm/area_priv.h"

#define DROP_BATCH 32

static struct slab node_slab = SLAB("radix_node", struct radix_node);

static struct atomic_long pages_total;

static struct spinlock reclaim_lock = SPINLOCK(RANK_OBJECT_LIST);
/* protected by reclaim_lock: */
static struct list reclaim_list = LIST_INIT(reclaim_list);

void object_init(struct object *o, const struct object_ops *ops)
{
	*o = (struct object){ .ops = ops };
	spin_init(&o->lock, RANK_OBJECT);
	spin_init(&o->areas_lock, RANK_OBJECT_AREAS);
	list_init(&o->areas);
	waitq_init(&o->page_wait);
	atomic32_store(&o->refs, 1);
	list_init(&o->reclaim_node);
	if (!ops->rereads)
		return;
	spin_lock(&reclaim_lock);
	list_add_tail(&o->reclaim_node, &reclaim_list);
	spin_unlock(&reclaim_lock);
}

void object_get(struct object *o)
{
	atomic32_inc(&o->refs);
}

void object_put(struct object *o)
{
	if (!atomic32_dec_and_test(&o->refs))
		return;
	if (o->ops->rereads) {
		spin_lock(&reclaim_lock);
		list_del(&o->reclaim_node);
		spin_unlock(&reclaim_lock);
	}
	object_drop(o, 0, UINT64_MAX);
	if (o->ops->release)
		o->ops->release(o);
}

uint64_t object_pages_total(void)
{
	return atomic_long_load(&pages_total);
}

/*
 * Index nodes.
 */

static bool fill_pool(struct radix_pool *pool)
{
	while (pool->count < pool->wanted) {
		struct radix_node *n = slab_alloc(&node_slab, 0);

		if (!n)
			return false;
		radix_pool_add(pool, n);
	}
	return true;
}

static void free_node(struct rcu_head *h)
{
	slab_free(&node_slab, container_of((uintptr_t *)h, struct radix_node,
					   owner_space[0]));
}

static_assert(sizeof(struct rcu_head) <=
		      sizeof(((struct radix_node *)0)->owner_space),
	      "an index node waits for its grace period in its own space");

/* Nodes that readers may still look at. */
static void free_pool_later(struct radix_pool *pool)
{
	struct radix_node *n;

	while ((n = radix_pool_take(pool)))
		rcu_call((struct rcu_head *)n->owner_space, free_node);
}

static void free_pool(struct radix_pool *pool)
{
	struct radix_node *n;

	while ((n = radix_pool_take(pool)))
		slab_free(&node_slab, n);
}

static void count_locked(struct object *o, long n)
{
	o->page_count += n;
	atomic_long_add(&pages_total, n);
}

/* The page's fields are set; they are seen before the page is. */
static int index_insert(struct object *o, uint64_t index, struct page *p)
{
	struct radix_pool pool = { .first = NULL };
	int err;

	if (index > ~0ul)
		return -EFBIG;
	do {
		spin_lock(&o->lock);
		err = radix_insert(&o->pages, index, p, &pool);
		if (!err)
			count_locked(o, 1);
		spin_unlock(&o->lock);
	} while (err == -ENOMEM && fill_pool(&pool));
	free_pool(&pool);
	return err;
}

/*
 * Look-up.
 */

/* Any state of being filled; with a reference. */
struct page *object_lookup(struct object *o, uint64_t index)
{
	struct page *p = NULL;

	if (index > ~0ul)
		return NULL;
	rcu_read_lock();
	p = radix_lookup(&o->pages, index);
	if (p && !atomic32_inc_not_zero(&p->refs))
		p = NULL;
	rcu_read_unlock();
	/* It may have gone and come back as something else meanwhile. */
	if (p && unlikely(!object_owns(o, p) || p->index != index)) {
		page_put(p);
		p = NULL;
	}
	return p;
}

static void wake_waiters(struct object *o)
{
	if (waitq_active(&o->page_wait))
		waitq_wake_all(&o->page_wait);
}

/* Takes the page out of the index if it is there still. */
static void forget(struct object *o, struct page *p)
{
	struct radix_pool freed = { .first = NULL };
	bool was_there;

	spin_lock(&o->lock);
	was_there = object_owns(o, p);
	if (was_there) {
		radix_delete(&o->pages, p->index, &freed);
		count_locked(o, -1);
		p->owner = 0;
	}
	spin_unlock(&o->lock);
	free_pool_later(&freed);
	if (was_there)
		page_put(p);
}

static int fill(struct object *o, struct page *p)
{
	int err = o->ops->read_page(o, p);

	if (!err) {
		smp_wmb();
		spin_lock(&o->lock);
		p->flags |= PAGE_F_UPTODATE;
		spin_unlock(&o->lock);
	} else {
		forget(o, p);
	}
	wake_waiters(o);
	return err;
}

/* -EEXIST: somebody else was first. */
static int create(struct object *o, uint64_t index, struct page **out)
{
	bool reads = o->ops->read_page;
	struct page *p =
		page_alloc(0, ALLOC_MOVABLE | (reads ? 0 : ALLOC_ZERO));
	int err;

	if (!p)
		return -ENOMEM;
	p->flags |= PAGE_F_OBJECT | (reads ? 0 : PAGE_F_UPTODATE);
	p->owner = (uintptr_t)o;
	p->index = index;
	page_get(p);
	err = index_insert(o, index, p);
	if (err) {
		page_put(p);
	} else if (reads) {
		err = fill(o, p);
	}
	if (err)
		page_put(p);
	else
		*out = p;
	return err;
}

static int wait_filled(struct object *o, struct page *p)
{
	int err = waitq_wait_killable(&o->page_wait,
				      object_uptodate(p) || !object_owns(o, p));

	return err ? -EINTR : 0;
}

int object_page(struct object *o, uint64_t index, struct page **out)
{
	might_sleep();
	for (;;) {
		struct page *p = object_lookup(o, index);
		int err;

		if (!p) {
			err = create(o, index, out);
			if (err == -EEXIST)
				continue;
			return err;
		}
		if (likely(object_uptodate(p))) {
			*out = p;
			return 0;
		}
		err = wait_filled(o, p);
		page_put(p);
		if (err)
			return err;
	}
}

int object_insert(struct object *o, uint64_t index, struct page *p)
{
	uint32_t flags = p->flags;
	int err;

	p->flags = (flags & PAGE_F_ORDER) | PAGE_F_OBJECT | PAGE_F_UPTODATE;
	p->owner = (uintptr_t)o;
	p->index = index;
	err = index_insert(o, index, p);
	if (err) {
		p->flags = flags;
		p->owner = 0;
	}
	return err;
}

void object_dirty(struct object *o, struct page *p)
{
	if (!o->ops->write_page || (READ_ONCE(p->flags) & PAGE_F_DIRTY))
		return;
	spin_lock(&o->lock);
	p->flags |= PAGE_F_DIRTY;
	spin_unlock(&o->lock);
}

/*
 * Dropping.
 */

/* Takes up to DROP_BATCH pages of [*first, end) out of the index and moves
 * *first behind them. */
static unsigned take_batch(struct object *o, unsigned long *first, uint64_t end,
			   struct page **batch)
{
	struct radix_pool freed = { .first = NULL };
	unsigned n = 0;
	struct page *p;

	spin_lock(&o->lock);
	while (n < DROP_BATCH && (p = radix_next(&o->pages, first)) &&
	       *first < end) {
		radix_delete(&o->pages, *first, &freed);
		count_locked(o, -1);
		p->owner = 0;
		batch[n++] = p;
	}
	spin_unlock(&o->lock);
	free_pool_later(&freed);
	/* Pairs with the region's lock in a fault: either that sees the owner
	 * gone, or we see its area on the list. */
	smp_mb();
	return n;
}

void object_drop(struct object *o, uint64_t first, uint64_t end)
{
	struct page *batch[DROP_BATCH];
	unsigned long at = (unsigned long)first;
	unsigned n;

	if (first > ~0ul)
		return;
	while ((n = take_batch(o, &at, end, batch))) {
		if (!list_empty(&o->areas))
			area_unmap_object(o, batch[0]->index,
					  batch[n - 1]->index + 1, false);
		for (unsigned i = 0; i < n; i++)
			page_put(batch[i]);
		wake_waiters(o);
	}
}

void object_truncate(struct object *o, uint64_t first)
{
	object_drop(o, first, UINT64_MAX);
	if (!list_empty(&o->areas))
		area_unmap_object(o, first, UINT64_MAX, true);
}

/* Nobody but the index holds a reference, so nobody maps or uses it; a look-up
 * that comes now fails on the count or the owner. */
static bool try_reclaim(struct object *o, struct page *p,
			struct radix_pool *freed)
{
	uint32_t one = 1;

	if ((p->flags & (PAGE_F_UPTODATE | PAGE_F_DIRTY)) != PAGE_F_UPTODATE)
		return false;
	if (!atomic32_cmpxchg(&p->refs, &one, 0))
		return false;
	radix_delete(&o->pages, p->index, freed);
	count_locked(o, -1);
	p->owner = 0;
	return true;
}

static size_t reclaim_object(struct object *o, size_t want)
{
	struct radix_pool freed = { .first = NULL };
	unsigned long index = 0;
	size_t n = 0;
	struct page *p;

	spin_lock(&o->lock);
	while (n < want && (p = radix_next(&o->pages, &index))) {
		if (try_reclaim(o, p, &freed)) {
			page_put_last(p);
			n++;
		}
		if (++index == 0)
			break;
	}
	spin_unlock(&o->lock);
	free_pool_later(&freed);
	return n;
}

size_t object_reclaim(size_t want)
{
	struct object *o;
	size_t n = 0;

	spin_lock(&reclaim_lock);
	list_for_each (o, &reclaim_list, reclaim_node) {
		n += reclaim_object(o, want - n);
		if (n >= want)
			break;
	}
	/* Start elsewhere next time. */
	if (!list_empty(&reclaim_list))
		list_move_tail(reclaim_list.next, &reclaim_list);
	spin_unlock(&reclaim_lock);
	return n;
}

/*
 * Shared anonymous memory.
 */

static void anon_release(struct object *o)
{
	kfree(o);
}

static const struct object_ops anon_ops = { .release = anon_release };

struct object *object_create_anon(uint64_t size)
{
	struct object *o = kmalloc(sizeof(*o), 0);

	if (!o)
		return NULL;
	object_init(o, &anon_ops);
	o->size = size;
	return o;
}
