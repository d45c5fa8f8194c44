/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What vm/ gives back when memory is short: pages of objects that can be read
 * again.  Memory that has no other home (anonymous, tmpfs) stays.
 *
 * It also empties what the other CPUs keep for themselves, which mm/ cannot:
 * a CPU's lists belong to the threads on it, so this one visits each.
 */
#include "vm/reclaim.h"

#include "core/entry.h"
#include "core/percpu.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "sched/thread.h"
#include "vm/object.h"

size_t reclaim_cpus(void)
{
	size_t freed = 0;

	if (cpu_count == 1 || thread_current()->pinned)
		return pt_cache_drain();
	cpu_for_each (cpu) {
		thread_pin(cpu + 1);
		freed += slab_reclaim() + vmap_reclaim() + pt_cache_drain();
		page_cpu_drain();
	}
	thread_pin(0);
	return freed;
}

size_t mm_reclaim(size_t want_pages, bool may_sleep)
{
	/* Who may not sleep may hold the locks this wants. */
	return may_sleep ? reclaim_cpus() + object_reclaim(want_pages) : 0;
}
