/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands behind a mapped file, as those above vm hand it down: it keeps
 * the open file alive and tells its name.  Counted; the last backing_put()
 * calls release, which may sleep.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

struct strbuf;

struct backing {
	const struct backing_ops *ops;
	struct atomic32 refs;
};
struct backing_ops {
	void (*release)(struct backing *b); /* may sleep */
	/* dev major/minor, inode number and path for /proc/PID/maps */
	void (*describe)(struct backing *b, unsigned *major, unsigned *minor,
			 uint64_t *ino, struct strbuf *path);
	/* An area that maps it was made, or goes, in the running thread's
	 * name; the map lock may be held.  Areas of such a backing are never
	 * joined, so that they can be counted.  NULL: nobody counts. */
	void (*attach)(struct backing *b);
	void (*detach)(struct backing *b);
	/* msync: what was written to these pages is safe; NULL: always is */
	int (*sync)(struct backing *b, uint64_t first, uint64_t end);
};
static inline void backing_get(struct backing *b)
{
	atomic32_inc(&b->refs);
}
void backing_put(struct backing *b);
