/* SPDX-License-Identifier: BSD-2-Clause */
/* See model.h. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "arch/cpu.h"
#include "arch/mmu.h"

#include "machine.h"
#include "mm/kmalloc.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"

uint64_t free_pages(void)
{
	struct page_stats s;

	page_stats(&s);
	return s.free;
}

void pc(uint64_t low, uint64_t high)
{
	machine_region(0, 0x9fc00, BOOT_RAM);
	machine_region(0x9fc00, 0x400, BOOT_RESERVED);
	machine_region(0xf0000, 0x10000, BOOT_RESERVED);
	machine_region(0x100000, low - 0x100000, BOOT_RAM);
	if (high)
		machine_region(GIB(4), high, BOOT_RAM);
}

/* One byte a page: who has it. */
uint8_t *owner;

void model_init(void)
{
	struct memblock_range r;

	owner = malloc(HOST_RAM_SPAN / PAGE_SIZE);
	memset(owner, OWN_RESERVED, HOST_RAM_SPAN / PAGE_SIZE);
	for (unsigned i = 0; memblock_ram(i, &r); i++)
		for (paddr_t at = r.base; at < r.base + r.size; at += PAGE_SIZE)
			owner[at / PAGE_SIZE] = OWN_NOBODY;
	for (unsigned i = 0; memblock_reserved(i, &r); i++)
		for (paddr_t at = ALIGN_DOWN(r.base, (paddr_t)PAGE_SIZE);
		     at < r.base + r.size && at < HOST_RAM_SPAN;
		     at += PAGE_SIZE)
			owner[at / PAGE_SIZE] = OWN_RESERVED;
}

void model_take(struct page *p, unsigned order)
{
	uint64_t pfn = page_number(p);

	MUST((pfn & ((1u << order) - 1)) == 0);
	MUST((p->flags & PAGE_F_ORDER) == order);
	MUST(atomic32_load(&p->refs) == 1);
	for (uint64_t i = pfn; i < pfn + (1u << order); i++) {
		MUST(i != 0 && owner[i] == OWN_NOBODY);
		owner[i] = OWN_TEST;
	}
}

void model_give(struct page *p, unsigned order)
{
	for (uint64_t i = 0; i < 1u << order; i++)
		owner[page_number(p) + i] = OWN_NOBODY;
}

/* Takes every page there is, singly, and gives it back. */
void take_all(void)
{
	uint64_t n = free_pages(), got = 0;
	struct page **all = malloc(n * sizeof(*all)), *p;

	while ((p = page_alloc(0, ALLOC_ATOMIC)) != NULL) {
		MUST(got < n);
		model_take(p, 0);
		all[got++] = p;
	}
	MUST(got == n);
	MUST(free_pages() == 0);
	while (got > 0) {
		model_give(all[--got], 0);
		page_put(all[got]);
	}
	MUST(free_pages() == n);
	free(all);
}

/* Blocks of the largest order that the free pages of the model allow. */
static uint64_t model_blocks(void)
{
	uint64_t n = 0, step = 1u << PAGE_ORDER_MAX;

	for (uint64_t at = 0; at < HOST_RAM_SPAN / PAGE_SIZE; at += step) {
		uint64_t i = 0;

		while (i < step && owner[at + i] == OWN_NOBODY)
			i++;
		n += i == step;
	}
	return n;
}

static struct page *blocks_chain(struct page *chain, unsigned flags)
{
	struct page *p;

	while ((p = page_alloc(PAGE_ORDER_MAX, flags)) != NULL) {
		model_take(p, PAGE_ORDER_MAX);
		p->owner = (uintptr_t)chain;
		chain = p;
	}
	return chain;
}

/* After everything was freed all must have grown together again.  Who may
 * sleep drains the CPU's list, who may not gets the reserve. */
void take_blocks(void)
{
	struct page *chain = blocks_chain(NULL, 0), *p;

	chain = blocks_chain(chain, ALLOC_ATOMIC);
	MUST(model_blocks() == 0);
	while ((p = chain) != NULL) {
		chain = (struct page *)p->owner;
		model_give(p, PAGE_ORDER_MAX);
		page_free(p, PAGE_ORDER_MAX);
	}
}

/* Pages that the start took from the free ones count as reserved. */
void model_settle(void)
{
	struct page **all, *p;
	uint64_t n = free_pages(), got = 0;

	all = malloc(n * sizeof(*all));
	for (uint64_t i = 0; i < HOST_RAM_SPAN / PAGE_SIZE; i++)
		if (owner[i] == OWN_NOBODY)
			owner[i] = OWN_TEST;
	while ((p = page_alloc(0, ALLOC_ATOMIC)) != NULL) {
		MUST(owner[page_number(p)] == OWN_TEST);
		owner[page_number(p)] = OWN_NOBODY;
		all[got++] = p;
	}
	MUST(got == n);
	while (got > 0)
		page_put(all[--got]);
	for (uint64_t i = 0; i < HOST_RAM_SPAN / PAGE_SIZE; i++)
		if (owner[i] == OWN_TEST)
			owner[i] = OWN_RESERVED;
	free(all);
}
