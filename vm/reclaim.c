/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vm/ gives back when memory is short: pages of objects that can be read
 * again.  Memory that has no other home (anonymous, tmpfs) stays.
 */
#include "core/entry.h"
#include "vm/object.h"

size_t mm_reclaim(size_t want_pages, bool may_sleep)
{
	/* Who may not sleep may hold the locks this wants. */
	return may_sleep ? object_reclaim(want_pages) : 0;
}
