/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of the kernel's own functions, for reports and traces.
 *
 * The table is made after the first link (tools/mktables.py) and is constant.
 * No lock; works in any context, from the first instruction of C on.
 */
#pragma once

#include "lib/ksymtab.h"
#include "lib/types.h"

/*
 * The function that ADDR lies in: its name into NAME (which is also returned),
 * ADDR's distance from its start into *OFFSET.  NULL when ADDR is no kernel
 * text or the table is empty.
 */
const char *ksyms_lookup(vaddr_t addr, char name[KSYMTAB_NAME_MAX],
			 uint32_t *offset);

/* The address of the function of that name, 0 when there is none. */
vaddr_t ksyms_address(const char *name);

/* Function number `index`, rising by address; false: there are fewer. */
bool ksyms_at(uint32_t index, vaddr_t *addr, char name[KSYMTAB_NAME_MAX]);

bool ksyms_is_text(vaddr_t addr);
