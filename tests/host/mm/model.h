/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of mm/ expect of it: who has which page. */
#pragma once

#include "lib/types.h"

#include "core/panic.h"
#include "mm/page.h"

#define GIB(n) ((uint64_t)(n) << 30)

/* Inside a child a failed check is a panic. */
#define MUST(cond) BUG_ON(!(cond))

/* A PC's memory map with `low` bytes below 4 GiB and `high` above. */
void pc(uint64_t low, uint64_t high);
uint64_t free_pages(void);

/* One byte a page: who has it. */
enum { OWN_NOBODY, OWN_RESERVED, OWN_TEST };
extern uint8_t *owner;

/* From memblock; then what the start took counts as reserved too. */
void model_init(void);
void model_settle(void);
void model_take(struct page *p, unsigned order);
void model_give(struct page *p, unsigned order);

/* Takes all there is, singly or in the largest blocks, and gives it back. */
void take_all(void);
void take_blocks(void);

/* fuzz.c: random operations; each starts a machine. */
void page_fuzz(void);
void out_of_memory(void);
void object_fuzz(void);
void interrupts(void);
void several_cpus(void);
void vmap_fuzz(void);
