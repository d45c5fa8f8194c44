/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "lib/types.h"

/* Empties what every CPU keeps of free pages, objects and stacks; pages freed.
 * Nothing while only one CPU runs, which page_alloc() empties itself.  Sleeps.
 */
size_t reclaim_cpus(void);
