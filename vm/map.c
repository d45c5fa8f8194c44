/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmap, munmap and brk on a vmspace.
 *
 * New mappings go to the highest gap below mmap_base that is long enough.
 * gap_hint remembers where such a search may start: nothing above it is longer
 * than gap_max.  A search only ever skips gaps that are too short for it, so
 * the answer is the same as that of a search from the top.
 */
#include "abi/errno.h"
#include "core/panic.h"
#include "sched/cred.h"
#include "vm/area_priv.h"
#include "vm/fault.h"
#include "vm/map_priv.h"
#include "vm/object.h"
#include "vm/pt_priv.h"
#include "vm/vmspace.h"

/*
 * Limits.
 */

/* Linux's heuristic: only what could never be had is refused. */
static bool obvious_excess(uint64_t pages)
{
	static uint64_t total; /* never changes once known */

	if (unlikely(!total)) {
		struct page_stats s;

		page_stats(&s);
		total = s.total;
	}
	return pages > total;
}

bool map_may_write(const struct vmspace *vs, uint32_t flags, uint64_t pages)
{
	return vs->data_pages + pages <= vs->limit_data >> PAGE_SHIFT &&
	       ((flags & AREA_NORESERVE) || !obvious_excess(pages));
}

bool map_may_add(const struct vmspace *vs, uint32_t flags, uint64_t pages)
{
	if (vs->total_pages + pages > vs->limit_as >> PAGE_SHIFT)
		return false;
	if ((flags & (AREA_W | AREA_SHARED | AREA_GROWSDOWN)) != AREA_W)
		return true;
	return map_may_write(vs, flags, pages);
}

/*
 * Places.
 */

/* Where the space that `next` keeps for itself starts. */
static uaddr_t lower_end(const struct area *next)
{
	if (!next)
		return USER_END;
	if (!(next->flags & AREA_GROWSDOWN))
		return next->start;
	return next->start > VMSPACE_STACK_GAP ? next->start - VMSPACE_STACK_GAP
					       : 0;
}

static bool gap_holds(struct vmspace *vs, uaddr_t addr, size_t len)
{
	struct area *next = area_find(vs, addr);

	return len <= USER_END && addr <= USER_END - len &&
	       addr >= VMSPACE_MIN_ADDR && addr + len <= lower_end(next) &&
	       (!next || next->start >= addr + len);
}

static bool place_top_down(struct vmspace *vs, size_t len, uaddr_t *out)
{
	uaddr_t high = vs->mmap_base, skipped = 0;
	struct area *below;

	if (len > vs->gap_max) {
		high = MIN(high, vs->gap_hint);
		skipped = vs->gap_max;
	}
	for (;;) {
		struct area *above;
		uaddr_t low, top;

		below = area_before(vs, high);
		above = below ? area_next(below) : area_find(vs, 0);
		low = MAX(below ? below->end : 0, VMSPACE_MIN_ADDR);
		top = MIN(high, lower_end(above));
		if (top > low && top - low >= len) {
			*out = top - len;
			vs->gap_hint = *out;
			vs->gap_max = skipped;
			return true;
		}
		if (top > low)
			skipped = MAX(skipped, top - low);
		if (!below || below->start <= VMSPACE_MIN_ADDR)
			return false;
		high = below->start;
	}
}

/* The lowest gap in [low, high). */
static int place_between(struct vmspace *vs, size_t len, uaddr_t low,
			 uaddr_t high, uaddr_t *out)
{
	for (struct area *a = area_find(vs, low);; a = area_next(a)) {
		uaddr_t top = MIN(lower_end(a), high);

		if (top > low && top - low >= len) {
			*out = low;
			return 0;
		}
		if (!a || a->end >= high)
			return -ENOMEM;
		low = MAX(low, a->end);
	}
}

int map_place(struct vmspace *vs, uaddr_t hint, size_t len, uaddr_t *out)
{
	if (len > USER_END - VMSPACE_MIN_ADDR)
		return -ENOMEM;
	if (hint && hint <= USER_END - PAGE_SIZE) {
		hint = MAX(ALIGN_UP(hint, PAGE_SIZE), VMSPACE_MIN_ADDR);
		if (gap_holds(vs, hint, len)) {
			*out = hint;
			return 0;
		}
	}
	if (place_top_down(vs, len, out))
		return 0;
	/* What lies above mmap_base is used when nothing else is left. */
	return place_between(vs, len, VMSPACE_MIN_ADDR, USER_END, out);
}

int map_check_fixed(uaddr_t addr, size_t len)
{
	if (len > USER_END || addr > USER_END - len)
		return -ENOMEM;
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (addr < VMSPACE_MIN_ADDR &&
	    !cred_capable(cred_current(), CAP_SYS_RAWIO))
		return -EPERM;
	return 0;
}

/*
 * Unmapping.
 */

/* Takes [start, end) out of one area that reaches into it. */
static int cut(struct area *a, uaddr_t start, uaddr_t end)
{
	int err = 0;

	if (a->start < start && a->end > end)
		err = area_split(a, end, NULL);
	if (err)
		return err;
	if (a->start < start) {
		area_set_range(a, a->start, start);
	} else if (a->end > end) {
		area_set_range(a, end, a->end);
	} else {
		area_remove(a);
		area_free(a);
	}
	return 0;
}

void map_freed_locked(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct area *above = area_find(vs, start), *below;
	uaddr_t ceiling = above ? above->start : USER_END;

	below = above ? area_prev(above) : area_before(vs, start);
	pt_prune(vs, start, end, below ? below->end : 0, ceiling);
	if (vs->gap_hint < ceiling)
		vs->gap_hint = MIN(ceiling, vs->mmap_base);
}

int map_unmap_locked(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct area *a = area_find(vs, start), *next;

	ASSERT(rwlock_written_here(&vs->map_lock));
	if (!a || a->start >= end)
		return 0;
	for (; a && a->start < end; a = next) {
		int err;

		next = area_next(a);
		err = cut(a, start, end);
		if (err)
			return err; /* only the first can: nothing is done */
	}
	pt_zap(vs, start, end);
	map_freed_locked(vs, start, end);
	return 0;
}

int vmspace_unmap(struct vmspace *vs, uaddr_t addr, size_t len)
{
	int err;

	if (!IS_ALIGNED(addr, PAGE_SIZE) || addr > USER_END ||
	    len > USER_END - addr || len == 0)
		return -EINVAL;
	err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	err = map_unmap_locked(vs, addr, addr + ALIGN_UP(len, PAGE_SIZE));
	rwlock_write_end(&vs->map_lock);
	return err;
}

/* Whether a maps its object so that page 0 lies at addr. */
static bool begins_at(const struct area *a, uaddr_t addr)
{
	return (a->start - addr) >> PAGE_SHIFT == a->pgoff;
}

static int unmap_kind_locked(struct vmspace *vs, uaddr_t addr,
			     const struct backing_ops *kind)
{
	struct area *a = area_find(vs, addr), *next;
	struct backing *b;
	uaddr_t end;
	int err;

	while (a && (a->start < addr || !a->backing ||
		     a->backing->ops != kind || !begins_at(a, addr)))
		a = area_next(a);
	if (!a)
		return -EINVAL;
	b = a->backing;
	end = addr + (object_size_pages(a->object) << PAGE_SHIFT);
	do { /* the first goes even where mremap made it longer */
		next = area_next(a);
		err = map_unmap_locked(vs, a->start, a->end);
		while (next && !(next->backing == b && begins_at(next, addr)))
			next = next->end <= end ? area_next(next) : NULL;
		a = next;
	} while (!err && a && a->end <= end);
	return err;
}

int vmspace_unmap_kind(struct vmspace *vs, uaddr_t addr,
		       const struct backing_ops *kind)
{
	int err = rwlock_write_killable(&vs->map_lock);

	if (err)
		return err;
	err = unmap_kind_locked(vs, addr, kind);
	rwlock_write_end(&vs->map_lock);
	return err;
}

/*
 * Mapping.
 */

static bool any_area_in(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct area *a = area_find(vs, start);

	return a && a->start < end;
}

static int find_place(struct vmspace *vs, const struct map_request *rq,
		      size_t len, uaddr_t *out)
{
	int err;

	if (!rq->fixed && rq->high)
		return place_between(vs, len, rq->low, rq->high, out);
	if (!rq->fixed)
		return map_place(vs, rq->addr, len, out);
	err = map_check_fixed(rq->addr, len);
	if (err)
		return err;
	*out = rq->addr;
	if (rq->noreplace && any_area_in(vs, rq->addr, rq->addr + len))
		return -EEXIST;
	return 0;
}

/* Pages of the range that are mapped already, for limits. */
static uint64_t mapped_pages(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	struct area *a = area_find(vs, start);
	uint64_t n = 0;

	for (; a && a->start < end; a = area_next(a))
		n += (MIN(a->end, end) - MAX(a->start, start)) >> PAGE_SHIFT;
	return n;
}

static int map_locked(struct vmspace *vs, const struct map_request *rq,
		      size_t len, uaddr_t *out)
{
	struct area like = {
		.flags = rq->flags,
		.pgoff = rq->pgoff,
		.object = rq->object,
		.backing = rq->backing,
	};
	uint64_t pages = len >> PAGE_SHIFT;
	int err;

	if (vs->area_count > VMSPACE_MAX_AREAS)
		return -ENOMEM;
	err = find_place(vs, rq, len, out);
	if (err)
		return err;
	like.start = *out;
	like.end = *out + len;
	if (!map_may_add(vs, rq->flags, pages) &&
	    (!rq->fixed ||
	     !map_may_add(vs, rq->flags,
			  pages - mapped_pages(vs, like.start, like.end))))
		return -ENOMEM;
	if (rq->fixed) {
		err = map_unmap_locked(vs, like.start, like.end);
		if (err)
			return err;
	}
	return area_add(vs, &like);
}

void map_populate(struct vmspace *vs, uaddr_t start, uaddr_t end, bool write)
{
	for (; start < end; start += PAGE_SIZE) {
		enum fault_result res =
			fault_in(vs, start, write ? FAULT_WRITE : FAULT_READ);

		if (res == FAULT_NO_MEMORY || res == FAULT_INTERRUPTED ||
		    res == FAULT_NO_AREA)
			break;
	}
}

int vmspace_map(struct vmspace *vs, const struct map_request *rq, uaddr_t *out)
{
	size_t len = ALIGN_UP(rq->len, PAGE_SIZE);
	int err;

	if (rq->len == 0)
		return -EINVAL;
	if (len == 0)
		return -ENOMEM;
	err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	err = map_locked(vs, rq, len, out);
	rwlock_write_end(&vs->map_lock);
	if (!err && (rq->populate || (rq->flags & AREA_LOCKED)))
		map_populate(vs, *out, *out + len,
			     (rq->flags & (AREA_W | AREA_SHARED)) == AREA_W);
	return err;
}

/*
 * brk.
 */

static bool grow_brk(struct vmspace *vs, uaddr_t from, uaddr_t to)
{
	struct area like = {
		.start = from,
		.end = to,
		.flags = AREA_R | AREA_W | AREA_MAY_R | AREA_MAY_W | AREA_MAY_X,
	};

	/* A page is kept free above it, as below a stack. */
	if (!gap_holds(vs, from, to - from + PAGE_SIZE))
		return false;
	if (!map_may_add(vs, like.flags, (to - from) >> PAGE_SHIFT))
		return false;
	return area_add(vs, &like) == 0;
}

static void set_brk_locked(struct vmspace *vs, uaddr_t brk)
{
	uaddr_t from = ALIGN_UP(vs->brk, PAGE_SIZE);
	uaddr_t to = ALIGN_UP(brk, PAGE_SIZE);
	uint64_t data = vs->data_end - vs->data_start;

	if (brk < vs->brk_start || brk > USER_END - PAGE_SIZE)
		return;
	if (vs->limit_data != UINT64_MAX &&
	    brk - vs->brk_start + data > vs->limit_data)
		return;
	if (to < from && map_unmap_locked(vs, to, from))
		return;
	if (to > from && !grow_brk(vs, from, to))
		return;
	vs->brk = brk;
}

uaddr_t vmspace_set_brk(struct vmspace *vs, uaddr_t brk)
{
	uaddr_t now;

	rwlock_write(&vs->map_lock);
	set_brk_locked(vs, brk);
	now = vs->brk;
	rwlock_write_end(&vs->map_lock);
	return now;
}
