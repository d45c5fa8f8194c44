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
#include "sched/rcu.h"
#include "sched/thread.h"
#include "sched/work.h"
#include "vm/object.h"

static size_t reclaim_cpu(void)
{
	size_t freed = vmap_reclaim() + slab_reclaim() + pt_cache_drain();

	page_cpu_drain();
	return freed;
}

size_t reclaim_cpus(void)
{
	size_t freed = 0;

	if (cpu_count == 1 || thread_current()->pinned)
		return pt_cache_drain();
	cpu_for_each (cpu) {
		thread_pin(cpu + 1);
		freed += reclaim_cpu();
	}
	thread_pin(0);
	return freed;
}

void reclaim_all(bool pages, bool objects)
{
	work_flush();
	rcu_barrier();
	while (pages && object_reclaim(SIZE_MAX))
		;
	if (objects) {
		reclaim_cpus();
		reclaim_cpu();
	}
}

size_t mm_reclaim(size_t want_pages, bool may_sleep)
{
	/* Who may not sleep may hold the locks this wants. */
	return may_sleep ? reclaim_cpus() + object_reclaim(want_pages) : 0;
}
