/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for vm/ inside a host process: pages from an arena in which free
 * ones are poisoned, the CPU's own page-table code, and a translation cache
 * that forgets only what it is told to, so that a missing flush is seen.
 */
#pragma once

#include "lib/types.h"

struct vmspace;

void machine_init(void);
/* Makes vs the running thread's; the translation cache is empty after. */
void machine_use(struct vmspace *vs);
/* Runs what waits for a grace period. */
void machine_quiesce(void);

/* Pages and slab objects in use. */
size_t machine_pages(void);
size_t machine_objects(void);
/* The n-th allocation from now on fails (pages, and objects if `objects`),
 * and every one after it; 0: none. */
extern unsigned machine_fail_after;

/* A 32-bit user access; false: it cannot be resolved.  *why is then the
 * fault_result that a signal would tell. */
bool machine_load(uaddr_t va, uint32_t *v, int *why);
bool machine_store(uaddr_t va, uint32_t v, int *why);
