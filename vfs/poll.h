/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for files to become ready.  A file's poll operation calls
 * poll_wait() for each queue that will be woken when its answer changes, then
 * returns the events that hold now (POLLIN ... of abi/poll.h).  Wakers pass
 * the events as the wait queue's key.
 */
#pragma once

#include "lib/types.h"

#include "abi/poll.h"
#include "sched/waitq.h"

struct poll_table {
	void (*queue)(struct poll_table *pt, struct waitq *q); /* NULL: none */
	uint32_t keys;
};

static inline void poll_wait(struct poll_table *pt, struct waitq *q)
{
	if (pt && pt->queue)
		pt->queue(pt, q);
}
