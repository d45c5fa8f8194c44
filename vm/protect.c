/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mprotect, mlock and the advice that sets flags: all change flags of the
 * areas in a range, which are cut at its ends and joined again.
 */
#include "abi/errno.h"
#include "core/panic.h"
#include "vm/area_priv.h"
#include "vm/map_priv.h"
#include "vm/protect_priv.h"
#include "vm/pt_priv.h"
#include "vm/vmspace.h"

/* The part of *a inside [start, end) as an area of its own. */
static int isolate(struct area **a, uaddr_t start, uaddr_t end)
{
	int err = 0;

	if ((*a)->start < start)
		err = area_split(*a, start, a);
	if (!err && (*a)->end > end)
		err = area_split(*a, end, NULL);
	if (err)
		*a = area_merge(*a);
	return err;
}

/* The neighbours may take over a part without an area being made: what is cut
 * off one end of a joins what lies there already. */
static bool shift_border(struct area *a, uaddr_t start, uaddr_t end,
			 uint32_t flags)
{
	struct area part = *a, *to;

	part.start = start;
	part.end = end;
	part.flags = flags;
	part.pgoff = a->object ? area_index(a, start) : 0;
	if (a->start == start && a->end > end) {
		to = area_prev(a);
		if (!to || !area_joins(to, &part))
			return false;
		area_set_range(a, end, a->end);
		area_set_range(to, to->start, end);
		return true;
	}
	if (a->end == end && a->start < start) {
		to = area_next(a);
		if (!to || !area_joins(&part, to))
			return false;
		area_set_range(a, a->start, start);
		area_set_range(to, start, to->end);
		return true;
	}
	return false;
}

int protect_set_flags(struct area **a, uaddr_t start, uaddr_t end,
		      uint32_t flags)
{
	int err;

	start = MAX(start, (*a)->start);
	end = MIN(end, (*a)->end);
	if (flags == (*a)->flags)
		return 0;
	if (shift_border(*a, start, end, flags)) {
		*a = area_at((*a)->vs, start);
		return 0;
	}
	err = isolate(a, start, end);
	if (err)
		return err;
	area_set_flags(*a, flags);
	*a = area_merge(*a);
	return 0;
}

static int protect_area(struct area **a, uaddr_t start, uaddr_t end,
			uint32_t prot)
{
	struct vmspace *vs = (*a)->vs;
	uint32_t flags = ((*a)->flags & ~(AREA_R | AREA_W | AREA_X)) | prot;
	int err;

	start = MAX(start, (*a)->start);
	end = MIN(end, (*a)->end);
	if ((prot * AREA_MAY_R) & ~(*a)->flags)
		return -EACCES;
	/* Private memory that becomes writable counts as data from now on. */
	if ((flags & AREA_W) && !((*a)->flags & (AREA_W | AREA_SHARED)) &&
	    !map_may_write(vs, flags, (end - start) >> PAGE_SHIFT))
		return -ENOMEM;
	err = protect_set_flags(a, start, end, flags);
	if (!err)
		pt_protect(vs, start, end, pt_rights(prot));
	return err;
}

static int protect_locked(struct vmspace *vs, uaddr_t start, uaddr_t end,
			  uint32_t prot)
{
	struct area *a = area_at(vs, start);
	uaddr_t at = start;

	if (!a)
		return -ENOMEM;
	while (at < end) {
		int err;

		if (!a || a->start > at)
			return -ENOMEM;
		err = protect_area(&a, at, end, prot);
		if (err)
			return err;
		at = MIN(a->end, end);
		a = area_next(a);
	}
	return 0;
}

/* PROT_GROWSDOWN: from the bottom of the stack that holds start. */
static int stack_bottom(struct vmspace *vs, uaddr_t *start)
{
	struct area *a = area_find(vs, *start);

	if (!a)
		return -ENOMEM;
	if (!(a->flags & AREA_GROWSDOWN))
		return -EINVAL;
	*start = a->start;
	return 0;
}

int vmspace_protect(struct vmspace *vs, uaddr_t addr, size_t len, uint32_t prot)
{
	uaddr_t end = addr + ALIGN_UP(len, PAGE_SIZE);
	int err;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (len == 0)
		return 0;
	if (end <= addr || end > USER_END)
		return -ENOMEM;
	err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	if (prot & VMSPACE_PROT_GROWSDOWN)
		err = stack_bottom(vs, &addr);
	if (!err)
		err = protect_locked(vs, addr, end,
				     prot & (AREA_R | AREA_W | AREA_X));
	rwlock_write_end(&vs->map_lock);
	return err;
}

static int lock_range(struct vmspace *vs, uaddr_t start, uaddr_t end, bool on)
{
	struct area *a = area_at(vs, start);
	uaddr_t at = start;

	while (at < end) {
		int err;

		if (!a || a->start > at)
			return -ENOMEM;
		err = protect_set_flags(&a, at, end,
					on ? a->flags | AREA_LOCKED
					   : a->flags & ~AREA_LOCKED);
		if (err)
			return err;
		at = MIN(a->end, end);
		a = area_next(a);
	}
	return 0;
}

/* Brings in what is there of the range. */
static void populate_areas(struct vmspace *vs, uaddr_t start, uaddr_t end)
{
	while (start < end) {
		struct area *a;
		uaddr_t stop = end;
		bool skip = true, write = false;

		rwlock_read(&vs->map_lock);
		a = area_find(vs, start);
		if (a) {
			start = MAX(start, a->start);
			stop = MIN(end, a->end);
			skip = !area_accessible(a);
			write = (a->flags & (AREA_W | AREA_SHARED)) == AREA_W;
		}
		rwlock_read_end(&vs->map_lock);
		if (!a)
			return;
		if (!skip && start < stop)
			map_populate(vs, start, stop, write);
		start = stop;
	}
}

int vmspace_lock(struct vmspace *vs, uaddr_t addr, size_t len, bool on)
{
	uaddr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
	uaddr_t end = ALIGN_UP(addr + len, PAGE_SIZE);
	int err;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (end > USER_END)
		return -ENOMEM;
	err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	err = lock_range(vs, start, end, on);
	rwlock_write_end(&vs->map_lock);
	if (!err && on)
		populate_areas(vs, start, end);
	return err;
}

int vmspace_lock_all(struct vmspace *vs, bool on)
{
	struct area *a;
	int err;

	err = rwlock_write_killable(&vs->map_lock);
	if (err)
		return err;
	for (a = area_find(vs, 0); a && !err; a = area_next(a))
		err = protect_set_flags(&a, a->start, a->end,
					on ? a->flags | AREA_LOCKED
					   : a->flags & ~AREA_LOCKED);
	rwlock_write_end(&vs->map_lock);
	if (!err && on)
		populate_areas(vs, 0, USER_END);
	return err;
}
