/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address translation: the direct map, and page tables by range operations.
 *
 * The CPU owns the format of its tables; callers see addresses, protections
 * and struct pt_entry.  Table pages are handed in by the caller and handed
 * back, so this needs nothing of mm/.  The kernel half of every table is
 * complete after boot: its top-level entries are shared and never edited.
 *
 * impl/mmu.h defines:
 *   PAGE_SHIFT, PAGE_SIZE, PAGE_MASK
 *   USER_END               first address that user space may not use
 *   ARCH_MAP_32BIT_START, _END  where MAP_32BIT maps; both 0: no such flag
 *   ARCH_PHYS_LIMIT        first physical address that can never be RAM
 *   ARCH_VMAP_BASE/END     kernel addresses for mappings made after boot
 *   ARCH_PT_REGION         bytes that one leaf table maps (a power of two)
 *   ARCH_PT_LEVELS         most table pages one new mapping can need, root
 *                          excluded
 *   ARCH_PAGES_MAPPED      1: every page stays in the direct map, so what
 *                          page_map_local() gives outlives a sleep
 *   struct arch_pt         an address space's root
 *   arch_direct_base()     where physical address 0 is mapped
 *   arch_phys_to_virt(), arch_virt_to_phys() (direct map or kernel image)
 *
 * Locking: the caller serialises operations on one region of one user table
 * (vm/ holds that region's lock); different regions may be changed at once.
 * Nothing here sleeps, allocates or flushes unless it says so.
 */
#pragma once

#include "lib/types.h"

/* Protections and attributes of a mapping. */
enum {
	PROT_R = 1 << 0,
	PROT_W = 1 << 1,
	PROT_X = 1 << 2,
	PROT_U = 1 << 3,    /* user space may use it */
	PT_DEVICE = 1 << 4, /* uncached, ordered */
	PT_GLOBAL = 1 << 5,
	PT_NOREF = 1 << 6, /* the mapping holds no page reference */
	PT_YOUNG = 1 << 7, /* reported and preset */
	PT_DIRTY = 1 << 8,
};

struct pt_entry {
	paddr_t pa;
	unsigned prot; /* PROT_* | PT_* */
};

#include "impl/mmu.h"

/* Zeroed pages that arch_pt_map() may turn into tables; it takes from the
 * end and lowers n.  What is left belongs to the caller. */
struct pt_spare {
	unsigned n;
	paddr_t page[ARCH_PT_LEVELS];
};

/* Makes `root`, a page with any contents, the top of an address space with the kernel's
 * half in place. */
void arch_pt_init(struct arch_pt *pt, paddr_t root);

/* Maps one page.  -EEXIST: something is mapped there already (left as it
 * was); -ENOMEM: tables are missing and spare ran dry (nothing mapped). */
int must_check arch_pt_map(struct arch_pt *pt, uaddr_t va, struct pt_entry e,
			   struct pt_spare *spare);

/* Maps n pages that are not mapped, in order of address and all in one region;
 * how many are: fewer only if `spare` lacks tables. */
struct pt_item {
	uaddr_t va;
	struct pt_entry e;
};
unsigned must_check arch_pt_map_items(struct arch_pt *pt,
				      const struct pt_item *items, unsigned n,
				      struct pt_spare *spare);

/* What is mapped at va.  False: nothing. */
bool arch_pt_lookup(const struct arch_pt *pt, uaddr_t va, struct pt_entry *e);

/* Replaces the present entry at va; *old gets what was there, with the young
 * and dirty bits as they were at that moment.  The caller flushes. */
void arch_pt_replace(struct arch_pt *pt, uaddr_t va, struct pt_entry e,
		     struct pt_entry *old);

/* The same, if what is there is still the page at `was`, and read-only. */
bool must_check arch_pt_swap(struct arch_pt *pt, uaddr_t va, paddr_t was,
			     struct pt_entry e);

/* Called for each present entry of a range; may change nothing in the table. */
typedef void pt_visit(void *ctx, uaddr_t va, struct pt_entry e);

/* Clears [va, end), inside one region; visit gets what was there.  The pages
 * must live until the caller has flushed. */
void arch_pt_unmap(struct arch_pt *pt, uaddr_t va, uaddr_t end, pt_visit *visit,
		   void *ctx);

/* Restricts [va, end), inside one region, to `prot`: what is present keeps
 * at most these rights.  Writing is taken away but never given (a shared page
 * may stand there): a write fault gives it.  Without PROT_U the entry stays
 * but neither user space nor the kernel can use it, until PROT_U is given
 * back.  Returns whether any right was taken away, so that the caller must
 * flush. */
bool arch_pt_protect(struct arch_pt *pt, uaddr_t va, uaddr_t end,
		     unsigned prot);

/* Takes the right to write from the present entries of [va, end), inside one
 * region, and visits them as they are then.  The caller flushes. */
void arch_pt_share(struct arch_pt *pt, uaddr_t va, uaddr_t end, pt_visit *visit,
		   void *ctx);

/* Visits the present entries of [va, end), inside one region. */
void arch_pt_walk(const struct arch_pt *pt, uaddr_t va, uaddr_t end,
		  pt_visit *visit, void *ctx);

/* First address at or above va, below end, in a region that has a leaf table;
 * `end` when there is none.  Lets callers skip holes. */
uaddr_t arch_pt_next_region(const struct arch_pt *pt, uaddr_t va, uaddr_t end);

/* Unhooks the user tables that map a part of [start, end), lie wholly inside
 * [floor, ceiling) and hold nothing, leaf first; the pages are given to
 * free_table after having been unhooked, and may be freed after a flush. */
struct pt_hole {
	uaddr_t start, end, floor, ceiling;
};
void arch_pt_prune(struct arch_pt *pt, const struct pt_hole *hole,
		   void (*free_table)(void *ctx, paddr_t table), void *ctx);

/* Makes pt the running CPU's user address space.  Preemption is off. */
void arch_pt_switch(const struct arch_pt *pt);
/* ... or the kernel's own, which has no user half. */
void arch_pt_switch_kernel(void);

/* Flushes of the running CPU's translations. */
void arch_tlb_flush_page(uaddr_t va);
void arch_tlb_flush_user(void);
void arch_tlb_flush_kernel(vaddr_t va, vaddr_t end);

/* Kernel mappings between ARCH_VMAP_BASE and ARCH_VMAP_END, in every address
 * space at once.  The caller serialises them.  As arch_pt_map/unmap. */
int must_check arch_kernel_map(vaddr_t va, struct pt_entry e,
			       struct pt_spare *spare);
void arch_kernel_unmap(vaddr_t va, vaddr_t end, pt_visit *visit, void *ctx);
