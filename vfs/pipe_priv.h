/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a pipe, for pipe.c and splice.c.  A page may be in two pipes
 * (tee): only one that nobody shares is written to or kept as a spare. */
#pragma once

#include "lib/types.h"

#include "mm/page.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

#define PIPE_DEFAULT_SLOTS 16u

struct pipe_slot {
	struct page *page;
	uint32_t start, len;
};

struct pipe {
	struct mutex lock;
	/* protected by lock: */
	struct pipe_slot *ring;
	uint32_t slots;      /* a power of two */
	uint32_t head, tail; /* tail - head are in use */
	struct page *spare;
	uint32_t readers, writers;
	uint32_t reader_opens, writer_opens; /* ever, for FIFO opens */
	bool nameless;                       /* pipe(2), never a FIFO's */

	struct waitq readable, writable;
	struct pipe_slot first_ring[PIPE_DEFAULT_SLOTS];
};

static inline bool pipe_is_empty(const struct pipe *p)
{
	return READ_ONCE(p->head) == READ_ONCE(p->tail);
}

static inline bool pipe_is_full(const struct pipe *p)
{
	return READ_ONCE(p->tail) - READ_ONCE(p->head) >= READ_ONCE(p->slots);
}

static inline bool pipe_owns(const struct page *page)
{
	return atomic32_load(&page->refs) == 1;
}

/* lock held: the first page is used up. */
void pipe_drop_first(struct pipe *p);
