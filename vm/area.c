/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas: one range of a vmspace with one meaning.
 *
 * Life: area_new (sequence odd) -> area_insert (even) -> ... -> area_remove
 * (odd again) -> area_free.  Anonymous ones are kept by their vmspace and used
 * again at once: a reader without a lock that still looks at one finds a
 * sequence that never returns to what it saw.  Those with an object are freed
 * after a grace period, because such a reader may follow the object.
 *
 * An object's list of areas lets truncation find the page tables.  It and the
 * ranges of areas on it change under the object's areas_lock.
 */
#include "abi/errno.h"
#include "core/panic.h"
#include "mm/slab.h"
#include "vm/area_priv.h"
#include "vm/object.h"
#include "vm/pt_priv.h"

#define SPARE_MAX 8
/* No balanced tree of VMSPACE_MAX_AREAS is this deep; one that changes under
 * a reader may seem so. */
#define DEPTH_MAX 48

static struct slab area_slab = SLAB("area", struct area);

void backing_put(struct backing *b)
{
	if (atomic32_dec_and_test(&b->refs))
		b->ops->release(b);
}

/*
 * The tree.
 */

static struct area *to_area(struct rb_node *n)
{
	return rb_entry_or_null(n, struct area, node);
}

struct area *area_find(struct vmspace *vs, uaddr_t addr)
{
	struct rb_node *n = vs->areas.node;
	struct area *best = NULL;

	while (n) {
		struct area *a = rb_entry(n, struct area, node);

		if (addr < a->end) {
			best = a;
			if (addr >= a->start)
				break;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

struct area *area_at(struct vmspace *vs, uaddr_t addr)
{
	struct area *a = area_find(vs, addr);

	return a && a->start <= addr ? a : NULL;
}

struct area *area_before(struct vmspace *vs, uaddr_t addr)
{
	struct rb_node *n = vs->areas.node;
	struct area *best = NULL;

	while (n) {
		struct area *a = rb_entry(n, struct area, node);

		if (a->start < addr) {
			best = a;
			n = n->right;
		} else {
			n = n->left;
		}
	}
	return best;
}

struct area *area_prev(struct area *a)
{
	return to_area(rb_prev(&a->node));
}

struct area *area_next(struct area *a)
{
	return to_area(rb_next(&a->node));
}

struct area *area_peek(const struct vmspace *vs, uaddr_t addr)
{
	struct rb_node *n = READ_ONCE(vs->areas.node);

	for (unsigned depth = 0; n && depth < DEPTH_MAX; depth++) {
		struct area *a = rb_entry(n, struct area, node);

		if (addr < READ_ONCE(a->start))
			n = READ_ONCE(n->left);
		else if (addr >= READ_ONCE(a->end))
			n = READ_ONCE(n->right);
		else
			return a;
	}
	return NULL;
}

/*
 * Bookkeeping.
 */

/* +n or -n pages with these flags.  Linux counts private writable memory that
 * is no stack as data. */
static void count(struct vmspace *vs, uint32_t flags, uint64_t n)
{
	vs->total_pages += n;
	if (flags & AREA_LOCKED)
		vs->locked_pages += n;
	if (flags & AREA_GROWSDOWN)
		vs->stack_pages += n;
	else if ((flags & (AREA_W | AREA_SHARED)) == AREA_W)
		vs->data_pages += n;
}

static void change_begin(struct area *a)
{
	if (a->object)
		spin_lock(&a->object->areas_lock);
	else
		preempt_disable();
	seq_write_begin(&a->seq);
}

static void change_end(struct area *a)
{
	seq_write_end(&a->seq);
	if (a->object)
		spin_unlock(&a->object->areas_lock);
	else
		preempt_enable();
}

static void set_range(struct area *a, uaddr_t start, uaddr_t end)
{
	if (a->object)
		/* Either way: the start may move down as well. */
		a->pgoff += (start >> PAGE_SHIFT) - (a->start >> PAGE_SHIFT);
	WRITE_ONCE(a->start, start);
	WRITE_ONCE(a->end, end);
}

void area_set_range(struct area *a, uaddr_t start, uaddr_t end)
{
	count(a->vs, a->flags, ((end - start) >> PAGE_SHIFT) - area_pages(a));
	change_begin(a);
	set_range(a, start, end);
	change_end(a);
}

void area_set_flags(struct area *a, uint32_t flags)
{
	count(a->vs, a->flags, -area_pages(a));
	count(a->vs, flags, area_pages(a));
	change_begin(a);
	a->flags = flags;
	change_end(a);
}

/*
 * Life.
 */

static struct area *get_struct(struct vmspace *vs)
{
	struct rcu_head *h = vs->spare_areas;
	struct area *a;

	if (h) {
		vs->spare_areas = h->next;
		vs->spare_count--;
		return container_of(h, struct area, rcu);
	}
	a = slab_alloc(&area_slab, 0);
	if (!a)
		return NULL;
	a->vs = vs;
	atomic32_store(&a->seq.seq, 1);
	return a;
}

struct area *area_new(struct vmspace *vs, const struct area *like)
{
	struct area *a = get_struct(vs);

	if (!a)
		return NULL;
	ASSERT(atomic32_load(&a->seq.seq) & 1);
	WRITE_ONCE(a->start, like->start);
	WRITE_ONCE(a->end, like->end);
	a->flags = like->flags;
	a->pgoff = like->object ? like->pgoff : 0;
	a->object = like->object;
	a->backing = like->backing;
	list_init(&a->object_node);
	if (a->object)
		object_get(a->object);
	if (a->backing) {
		backing_get(a->backing);
		if (unlikely(a->backing->ops->attach))
			a->backing->ops->attach(a->backing);
	}
	return a;
}

static void free_slow(struct rcu_head *h)
{
	struct area *a = container_of(h, struct area, rcu);

	if (a->object)
		object_put(a->object);
	if (a->backing)
		backing_put(a->backing);
	slab_free(&area_slab, a);
}

void area_free(struct area *a)
{
	struct vmspace *vs = a->vs;

	ASSERT(atomic32_load(&a->seq.seq) & 1);
	if (a->backing && unlikely(a->backing->ops->detach))
		a->backing->ops->detach(a->backing);
	if (atomic32_load(&vs->users) == 0) {
		free_slow(&a->rcu); /* nobody can be reading */
	} else if (a->object || vs->spare_count >= SPARE_MAX) {
		rcu_call(&a->rcu, free_slow);
	} else {
		a->rcu.next = vs->spare_areas;
		vs->spare_areas = &a->rcu;
		vs->spare_count++;
	}
}

static void tree_insert(struct vmspace *vs, struct area *a)
{
	struct rb_node **link = &vs->areas.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = a->start < rb_entry(parent, struct area, node)->start
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&vs->areas, &a->node, parent, link);
}

void area_insert(struct area *a)
{
	struct vmspace *vs = a->vs;

	count(vs, a->flags, area_pages(a));
	vs->area_count++;
	if (a->object) {
		spin_lock(&a->object->areas_lock);
		list_add_tail(&a->object_node, &a->object->areas);
	} else {
		preempt_disable();
	}
	tree_insert(vs, a);
	change_end(a);
}

void area_remove(struct area *a)
{
	struct vmspace *vs = a->vs;

	count(vs, a->flags, -area_pages(a));
	vs->area_count--;
	change_begin(a);
	rb_erase(&vs->areas, &a->node);
	if (a->object) {
		list_del(&a->object_node);
		spin_unlock(&a->object->areas_lock);
	} else {
		preempt_enable();
	}
}

/*
 * Splitting and joining.
 */

bool area_joins(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->object == b->object &&
	       a->backing == b->backing &&
	       ((a->flags ^ b->flags) & ~AREA_F_COSMETIC) == 0 &&
	       (!a->object || area_index(a, a->end) == b->pgoff) &&
	       (!a->backing || !a->backing->ops->attach);
}

int area_split(struct area *a, uaddr_t at, struct area **upper)
{
	struct area *b;

	ASSERT(a->start < at && at < a->end);
	if (a->vs->area_count >= VMSPACE_MAX_AREAS)
		return -ENOMEM;
	b = area_new(a->vs, a);
	if (!b)
		return -ENOMEM;
	set_range(b, at, a->end);
	area_set_range(a, a->start, at);
	area_insert(b);
	if (upper)
		*upper = b;
	return 0;
}

/* b, which follows a, becomes part of a. */
static void absorb(struct area *a, struct area *b)
{
	uaddr_t end = b->end;

	area_remove(b);
	area_set_range(a, a->start, end);
	area_free(b);
}

struct area *area_merge(struct area *a)
{
	struct area *next = area_next(a), *prev = area_prev(a);

	if (next && area_joins(a, next))
		absorb(a, next);
	if (prev && area_joins(prev, a)) {
		absorb(prev, a);
		return prev;
	}
	return a;
}

int area_add(struct vmspace *vs, const struct area *like)
{
	struct area *prev = area_before(vs, like->start), *next, *a;

	next = prev ? area_next(prev) : to_area(rb_first(&vs->areas));
	if (prev && area_joins(prev, like)) {
		area_set_range(prev, prev->start, like->end);
		if (next && area_joins(prev, next))
			absorb(prev, next);
		return 0;
	}
	if (next && area_joins(like, next)) {
		area_set_range(next, like->start, next->end);
		return 0;
	}
	if (vs->area_count >= VMSPACE_MAX_AREAS)
		return -ENOMEM;
	a = area_new(vs, like);
	if (!a)
		return -ENOMEM;
	area_insert(a);
	return 0;
}

/*
 * From the object's side.
 */

static void unmap_area(struct area *a, uint64_t first, uint64_t end,
		       bool private_too)
{
	uint64_t low = MAX(first, a->pgoff);
	uint64_t high = MIN(end, a->pgoff + area_pages(a));

	if (low >= high)
		return;
	pt_zap_object(a->vs, a->start + (low - a->pgoff) * PAGE_SIZE,
		      a->start + (high - a->pgoff) * PAGE_SIZE, private_too);
}

void area_unmap_object(struct object *o, uint64_t first, uint64_t end,
		       bool private_too)
{
	struct area *a;

	spin_lock(&o->areas_lock);
	list_for_each (a, &o->areas, object_node)
		unmap_area(a, first, end, private_too);
	spin_unlock(&o->areas_lock);
}
