/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * madvise, mincore, msync: looking at and dropping pages of a range.  Advice
 * that would only make things faster is accepted and forgotten.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "vm/area_priv.h"
#include "vm/fault.h"
#include "vm/map_priv.h"
#include "vm/object.h"
#include "vm/protect_priv.h"
#include "vm/pt_priv.h"
#include "vm/vmspace.h"

/* Calls fn for the part of each area inside [start, end); what is not mapped
 * is skipped but makes -ENOMEM in the end, as madvise(2) says. */
static int for_parts(struct vmspace *vs, uaddr_t start, uaddr_t end,
		     int (*fn)(struct area **a, uaddr_t start, uaddr_t end,
			       int advice),
		     int advice)
{
	struct area *a = area_find(vs, start);
	int result = 0;

	while (start < end) {
		uaddr_t stop;
		int err;

		if (!a || a->start > start)
			result = -ENOMEM;
		if (!a || a->start >= end)
			break;
		start = MAX(start, a->start);
		stop = MIN(end, a->end);
		err = fn(&a, start, stop, advice);
		if (err)
			return err;
		start = stop;
		if (a->end <= start)
			a = area_next(a);
	}
	return result;
}

static int drop_part(struct area **a, uaddr_t start, uaddr_t end, int advice)
{
	if (((*a)->flags & AREA_LOCKED) && advice != MADV_DONTNEED_LOCKED)
		return -EINVAL;
	/* Pages that are free at once are the extreme of "may be freed". */
	if (advice == MADV_FREE && (*a)->object)
		return -EINVAL;
	pt_zap((*a)->vs, start, end);
	return 0;
}

static int accept_part(struct area **a, uaddr_t start, uaddr_t end, int advice)
{
	return 0;
}

/* The backing of shared memory loses the pages too. */
static int remove_part(struct area **a, uaddr_t start, uaddr_t end, int advice)
{
	struct object *o = (*a)->object;

	if (((*a)->flags & AREA_LOCKED) || !o)
		return -EINVAL;
	if ((*a)->backing && o->ops->write_page)
		return -EOPNOTSUPP;
	if (((*a)->flags & (AREA_SHARED | AREA_W)) != (AREA_SHARED | AREA_W))
		return -EACCES;
	object_drop(o, area_index(*a, start), area_index(*a, end));
	return 0;
}

static int flag_part(struct area **a, uaddr_t start, uaddr_t end, int advice)
{
	uint32_t f = (*a)->flags;

	switch (advice) {
	case MADV_DONTFORK: f |= AREA_DONTFORK; break;
	case MADV_DOFORK: f &= ~AREA_DONTFORK; break;
	case MADV_DONTDUMP: f |= AREA_DONTDUMP; break;
	case MADV_DODUMP: f &= ~AREA_DONTDUMP; break;
	case MADV_KEEPONFORK: f &= ~AREA_WIPEONFORK; break;
	case MADV_WIPEONFORK:
		if ((*a)->object || (f & AREA_SHARED))
			return -EINVAL;
		f |= AREA_WIPEONFORK;
		break;
	}
	return protect_set_flags(a, start, end, f);
}

/* MADV_POPULATE_*: the map lock is not held; errors are told. */
static int populate(struct vmspace *vs, uaddr_t at, uaddr_t end,
		    enum fault_access access)
{
	for (; at < end; at += PAGE_SIZE) {
		switch (fault_in(vs, at, access)) {
		case FAULT_OK: break;
		case FAULT_PROTECTION: return -EINVAL;
		case FAULT_BUS: return -EFAULT;
		case FAULT_INTERRUPTED: return -EINTR;
		default: return -ENOMEM;
		}
	}
	return 0;
}

static int advise_read_locked(struct vmspace *vs, uaddr_t start, uaddr_t end,
			      int advice)
{
	int err;

	rwlock_read(&vs->map_lock);
	if (advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	    advice == MADV_FREE)
		err = for_parts(vs, start, end, drop_part, advice);
	else if (advice == MADV_REMOVE)
		err = for_parts(vs, start, end, remove_part, advice);
	else
		err = for_parts(vs, start, end, accept_part, advice);
	rwlock_read_end(&vs->map_lock);
	return err;
}

static int advise_flags(struct vmspace *vs, uaddr_t start, uaddr_t end,
			int advice)
{
	int err = rwlock_write_killable(&vs->map_lock);

	if (err)
		return err;
	err = for_parts(vs, start, end, flag_part, advice);
	rwlock_write_end(&vs->map_lock);
	return err;
}

static int advise(struct vmspace *vs, uaddr_t start, uaddr_t end, int advice)
{
	switch (advice) {
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_KEEPONFORK:
	case MADV_WIPEONFORK: return advise_flags(vs, start, end, advice);
	case MADV_POPULATE_READ: return populate(vs, start, end, FAULT_READ);
	case MADV_POPULATE_WRITE: return populate(vs, start, end, FAULT_WRITE);
	default: return advise_read_locked(vs, start, end, advice);
	}
}

static bool known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) ||
	       (advice >= MADV_FREE && advice <= MADV_DONTNEED_LOCKED);
}

int vmspace_advise(struct vmspace *vs, uaddr_t addr, size_t len, int advice)
{
	uaddr_t end = addr + ALIGN_UP(len, PAGE_SIZE);

	if (!known(advice) || !IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if ((len && !ALIGN_UP(len, PAGE_SIZE)) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	return advise(vs, addr, end, advice);
}

/*
 * mincore.
 */

struct resident {
	uaddr_t start;
	unsigned char *out;
};

static void mark(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct resident *r = ctx;

	r->out[(va - r->start) >> PAGE_SHIFT] = 1;
}

/* Mapped pages of the part; those of an object also if they are only cached. */
static void resident_part(struct area *a, uaddr_t start, uaddr_t end,
			  unsigned char *out)
{
	struct resident r = { start, out };
	struct vmspace *vs = a->vs;

	for (uaddr_t va = start; va < end; va += PAGE_SIZE) {
		struct spinlock *lock = pt_lock_of(vs, va);
		struct page *p = NULL;

		out[(va - start) >> PAGE_SHIFT] = 0;
		spin_lock(lock);
		arch_pt_walk(&vs->pt, va, va + PAGE_SIZE, mark, &r);
		spin_unlock(lock);
		if (a->object)
			p = object_peek(a->object, area_index(a, va));
		if (p) {
			out[(va - start) >> PAGE_SHIFT] = 1;
			page_put(p);
		}
	}
}

int vmspace_resident(struct vmspace *vs, uaddr_t addr, size_t pages,
		     unsigned char *out)
{
	uaddr_t end = addr + pages * PAGE_SIZE;
	struct area *a;
	int err = 0;

	rwlock_read(&vs->map_lock);
	for (a = area_find(vs, addr); addr < end; a = area_next(a)) {
		uaddr_t stop;

		if (!a || a->start > addr) {
			err = -ENOMEM;
			break;
		}
		stop = MIN(a->end, end);
		resident_part(a, addr, stop, out);
		out += (stop - addr) >> PAGE_SHIFT;
		addr = stop;
	}
	rwlock_read_end(&vs->map_lock);
	return err;
}

/*
 * msync.
 */

struct sync_range {
	uaddr_t at, end;
	uint64_t first, last; /* pages of the backing */
	bool hole;
};

/* What must be written of the first area at or above r->at, which moves behind
 * it.  The backing is returned with a reference; NULL: nothing to do. */
static struct backing *sync_next(struct vmspace *vs, struct sync_range *r)
{
	struct area *a = area_find(vs, r->at);
	uaddr_t start = r->at;

	if (!a || a->start > start)
		r->hole = true;
	if (!a || a->start >= r->end) {
		r->at = r->end;
		return NULL;
	}
	start = MAX(a->start, start);
	r->at = MIN(a->end, r->end);
	if (!(a->flags & AREA_SHARED) || !a->backing || !a->backing->ops->sync)
		return NULL;
	r->first = area_index(a, start);
	r->last = area_index(a, r->at);
	backing_get(a->backing);
	return a->backing;
}

int vmspace_sync(struct vmspace *vs, uaddr_t addr, size_t len, bool write)
{
	struct sync_range r = { .at = addr, .end = addr + len };

	while (r.at < r.end) {
		struct backing *b;
		int err = 0;

		rwlock_read(&vs->map_lock);
		b = sync_next(vs, &r);
		rwlock_read_end(&vs->map_lock);
		if (!b)
			continue;
		if (write)
			err = b->ops->sync(b, r.first, r.last);
		backing_put(b);
		if (err)
			return err;
	}
	return r.hole ? -ENOMEM : 0;
}
