/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "lib/types.h"

/* Empties what every CPU keeps of free pages, objects, stacks and page tables;
 * pages freed.  While only one CPU runs, page_alloc() does most of that itself.
 * Sleeps. */
size_t reclaim_cpus(void);

/* pt.c: frees the running CPU's empty page tables; pages freed. */
size_t pt_cache_drain(void);

/* Gives back all that is kept only because it may be wanted again: what waits
 * for its time to be freed, the CPUs' lists (`objects`), pages of files that
 * can be read again (`pages`).  What others do meanwhile may leave some.
 * Sleeps. */
void reclaim_all(bool pages, bool objects);
