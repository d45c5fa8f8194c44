/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work deferred from interrupts and other places that may not sleep: run in
 * turn by a kernel thread per CPU, preemptible, may sleep.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

struct work {
	struct list node;
	void (*fn)(struct work *w);
	struct atomic32 queued;
};

void work_init(struct work *w, void (*fn)(struct work *w));
/* False: it was queued already.  Any context. */
bool work_queue(struct work *w);
/* Waits until all work queued before has run.  Sleeps. */
void work_flush(void);
void work_start(void);
