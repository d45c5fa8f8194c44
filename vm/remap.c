/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap: growing in place, shrinking, moving.  One call may span any number
 * of areas as long as there is no hole between them; growing extends the last.
 *
 * A move makes all it needs first (new areas in no tree), then takes the old
 * areas out, moves the page-table entries, and puts the new areas in: what can
 * fail leaves everything as it was.  In between the range belongs to nobody,
 * and a fault on it waits for the map lock.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "core/panic.h"
#include "vm/area_priv.h"
#include "vm/map_priv.h"
#include "vm/pt_priv.h"
#include "vm/vmspace.h"

struct remap {
	struct vmspace *vs;
	uaddr_t old, to;
	size_t old_len, new_len; /* bytes, whole pages */
	int flags;
	uaddr_t hint;
	struct area *last; /* the area that holds the end of the old range */
	uint32_t last_flags;
	struct rcu_head *fresh, *taken; /* areas, linked by rcu.next */
};

static void push(struct rcu_head **list, struct area *a)
{
	a->rcu.next = *list;
	*list = &a->rcu;
}

static struct area *pop(struct rcu_head **list)
{
	struct rcu_head *h = *list;

	if (!h)
		return NULL;
	*list = h->next;
	return container_of(h, struct area, rcu);
}

static void free_list(struct rcu_head **list)
{
	struct area *a;

	while ((a = pop(list)))
		area_free(a);
}

static void insert_list(struct rcu_head **list)
{
	struct area *a;

	while ((a = pop(list))) {
		area_insert(a);
		(void)area_merge(a);
	}
}

/* Finds r->last.  -EFAULT: a hole. */
static int check_range(struct remap *r)
{
	uaddr_t end = r->old + r->old_len;
	struct area *a = area_at(r->vs, r->old);

	while (a && a->end < end) {
		struct area *next = area_next(a);

		a = next && next->start == a->end ? next : NULL;
	}
	if (!a || end < r->old)
		return -EFAULT;
	r->last = a;
	r->last_flags = a->flags;
	return 0;
}

/* Pages that the call adds. */
static int check_growth(struct remap *r)
{
	size_t more = r->new_len - MIN(r->new_len, r->old_len);

	if (r->flags & MREMAP_DONTUNMAP)
		more = r->new_len;
	if (more && !map_may_add(r->vs, r->last_flags, more >> PAGE_SHIFT))
		return -ENOMEM;
	return 0;
}

static bool grow_in_place(struct remap *r)
{
	struct area *a = r->last, *next = area_next(a);
	uaddr_t end = r->old + r->new_len;

	if (a->end != r->old + r->old_len || end > USER_END || end < r->old ||
	    (next && next->start < end))
		return false;
	if (next && (next->flags & AREA_GROWSDOWN) &&
	    next->start - end < VMSPACE_STACK_GAP)
		return false;
	area_set_range(a, a->start, end);
	(void)area_merge(a);
	return true;
}

/* Cuts so that areas end where the old range does. */
static int isolate(struct remap *r)
{
	struct area *a = area_at(r->vs, r->old);
	uaddr_t end = r->old + r->old_len;
	int err = 0;

	if (a->start < r->old)
		err = area_split(a, r->old, NULL);
	a = area_at(r->vs, end - 1);
	if (!err && a->end > end)
		err = area_split(a, end, NULL);
	return err;
}

/* After a failure: what isolate() cut is whole again. */
static void rejoin(struct remap *r)
{
	struct area *a = area_at(r->vs, r->old);

	if (a)
		(void)area_merge(a);
	a = area_at(r->vs, r->old + r->old_len - 1);
	if (a)
		(void)area_merge(a);
}

static int make_fresh(struct remap *r)
{
	uaddr_t end = r->old + r->old_len;
	struct area *a = area_at(r->vs, r->old);

	for (; a && a->start < end; a = area_next(a)) {
		struct area like = *a, *f;

		like.start = a->start - r->old + r->to;
		like.end = a->end - r->old + r->to;
		if (a->end == end)
			like.end = r->to + r->new_len;
		if (r->flags & MREMAP_DONTUNMAP)
			like.flags &= ~AREA_LOCKED;
		f = area_new(r->vs, &like);
		if (!f) {
			free_list(&r->fresh);
			return -ENOMEM;
		}
		push(&r->fresh, f);
	}
	return 0;
}

static void take_old(struct remap *r)
{
	uaddr_t end = r->old + r->old_len;
	struct area *a = area_at(r->vs, r->old);

	while (a && a->start < end) {
		struct area *next = area_next(a);

		area_remove(a);
		push(&r->taken, a);
		a = next;
	}
}

static int move_entries(struct remap *r)
{
	size_t done, undone;
	int err = pt_move(r->vs, r->old, r->to, r->old_len, &done);

	if (!err)
		return 0;
	/* The tables they came from are still there. */
	if (pt_move(r->vs, r->to, r->old, done, &undone))
		pt_zap(r->vs, r->to + undone, r->to + done);
	map_freed_locked(r->vs, r->to, r->to + r->new_len);
	return err;
}

/* A truncation that came while an entry was on its way has missed it.  The
 * object's own pages are faulted in again instead of looked at one by one. */
static void drop_stale(struct remap *r)
{
	uaddr_t end = r->to + r->new_len;
	struct area *a = area_find(r->vs, r->to);

	for (; a && a->start < end; a = area_next(a))
		if (a->object)
			pt_zap_object(r->vs, MAX(a->start, r->to),
				      MIN(a->end, end), false);
}

static int move(struct remap *r)
{
	int err = isolate(r);

	if (!err)
		err = make_fresh(r);
	if (err) {
		rejoin(r);
		return err;
	}
	take_old(r);
	err = move_entries(r);
	if (err) {
		free_list(&r->fresh);
		insert_list(&r->taken);
		return err;
	}
	insert_list(&r->fresh);
	drop_stale(r);
	if (r->flags & MREMAP_DONTUNMAP) {
		insert_list(&r->taken);
	} else {
		free_list(&r->taken);
		map_freed_locked(r->vs, r->old, r->old + r->old_len);
	}
	return 0;
}

/* Old length 0: a second mapping of what is shared. */
static int duplicate(struct remap *r)
{
	struct area like = *r->last;

	if (!(like.flags & AREA_SHARED))
		return -EINVAL;
	like.pgoff = area_index(r->last, r->old);
	like.start = r->to;
	like.end = r->to + r->new_len;
	return area_add(r->vs, &like);
}

static int find_place(struct remap *r)
{
	if (r->flags & MREMAP_FIXED) {
		r->to = r->hint;
		return map_unmap_locked(r->vs, r->to, r->to + r->new_len);
	}
	return map_place(r->vs, r->flags & MREMAP_DONTUNMAP ? r->hint : 0,
			 r->new_len, &r->to);
}

static int move_to_place(struct remap *r)
{
	int err;

	/* As many as Linux wants to be left. */
	if (r->vs->area_count + 5 > VMSPACE_MAX_AREAS)
		return -ENOMEM;
	err = find_place(r);
	if (!err)
		err = check_range(r); /* finding may have cut areas */
	if (err)
		return err;
	return r->old_len ? move(r) : duplicate(r);
}

static int shrink(struct remap *r)
{
	size_t len = r->old_len;

	if (len > USER_END - r->old)
		return -EINVAL;
	r->old_len = r->new_len;
	return map_unmap_locked(r->vs, r->old + r->new_len, r->old + len);
}

static int remap_locked(struct remap *r)
{
	bool must_move = r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	int err = 0;

	r->to = r->old;
	if (!area_at(r->vs, r->old))
		return -EFAULT;
	if (r->old_len > r->new_len) {
		err = shrink(r);
		if (err || !must_move)
			return err;
	}
	err = check_range(r);
	if (err || (!must_move && r->old_len == r->new_len))
		return err;
	if (r->old_len == 0 && !(r->last_flags & AREA_SHARED))
		return -EINVAL;
	err = check_growth(r);
	if (err)
		return err;
	if (!must_move && r->old_len && grow_in_place(r))
		return 0;
	return r->flags & MREMAP_MAYMOVE ? move_to_place(r) : -ENOMEM;
}

static int check_fixed(const struct remap *r)
{
	if (!IS_ALIGNED(r->hint, PAGE_SIZE) || r->new_len > USER_END ||
	    r->hint > USER_END - r->new_len)
		return -EINVAL;
	if (r->old + r->old_len > r->hint && r->hint + r->new_len > r->old)
		return -EINVAL;
	return r->flags & MREMAP_FIXED ? map_check_fixed(r->hint, r->new_len)
				       : 0;
}

static int check_flags(const struct remap *r)
{
	int f = r->flags;

	if ((f & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) ||
	    ((f & MREMAP_FIXED) && !(f & MREMAP_MAYMOVE)) ||
	    ((f & MREMAP_DONTUNMAP) &&
	     (!(f & MREMAP_MAYMOVE) || r->old_len != r->new_len)) ||
	    !IS_ALIGNED(r->old, PAGE_SIZE) || r->new_len == 0)
		return -EINVAL;
	if (f & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return check_fixed(r);
	return 0;
}

int vmspace_remap(struct vmspace *vs, const struct remap_request *rq,
		  uaddr_t *out)
{
	struct remap r = {
		.vs = vs,
		.old = rq->old,
		.old_len = ALIGN_UP(rq->old_len, PAGE_SIZE),
		.new_len = ALIGN_UP(rq->new_len, PAGE_SIZE),
		.flags = rq->flags,
		.hint = rq->new_addr,
	};
	bool locked;
	int err = check_flags(&r);

	if (!err)
		err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	err = remap_locked(&r);
	locked = !err && (r.last_flags & AREA_LOCKED);
	rwlock_write_end(&vs->map_lock);
	if (err)
		return err;
	if (locked && r.new_len > r.old_len)
		map_populate(vs, r.to + r.old_len, r.to + r.new_len, true);
	*out = r.to;
	return 0;
}
