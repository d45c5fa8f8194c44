/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "lib/types.h"

/* Empties what every CPU keeps of free pages, objects, stacks and page tables;
 * pages freed.  While only one CPU runs, page_alloc() does most of that itself.
 * Sleeps. */
size_t reclaim_cpus(void);

/* pt.c: frees the running CPU's empty page tables; pages freed. */
size_t pt_cache_drain(void);
