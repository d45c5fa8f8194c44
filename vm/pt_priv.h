/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vmspace's page table by ranges: region locks, table pages, clearing,
 * protecting, moving.  Callers changed the areas before.  Ranges are page
 * aligned.  Nothing here sleeps but pt_move and pt_spare_add.
 */
#pragma once

#include "mm/page.h"
#include "vm/vmspace.h"

static inline struct spinlock *pt_lock_of(struct vmspace *vs, uaddr_t va)
{
	return &vs->pt_lock[va / ARCH_PT_REGION % VMSPACE_PT_LOCKS];
}

/* A table page with its accounting; flags as of page_alloc. */
bool must_check pt_spare_add(struct vmspace *vs, struct pt_spare *spare,
			     unsigned flags);
void pt_spare_drop(struct vmspace *vs, struct pt_spare *spare);
struct page *pt_table_alloc(struct vmspace *vs, unsigned flags);
/* It holds nothing: every entry is zero. */
void pt_table_free(struct vmspace *vs, struct page *table);
/* The top-level one, filled by arch_pt_init. */
struct page *pt_root_alloc(struct vmspace *vs);
void pt_root_free(struct vmspace *vs, struct page *root);

/* What the rights of an area mean in an entry; 0: no access at all. */
static inline unsigned pt_rights(uint32_t area_flags)
{
	unsigned r = area_flags & (AREA_R | AREA_W | AREA_X);

	return r ? r | PROT_R | PROT_U : 0;
}

/* Clears [start, end) and puts its pages. */
void pt_zap(struct vmspace *vs, uaddr_t start, uaddr_t end);
/* ... in an area with an object: its own pages only, or private copies too. */
void pt_zap_object(struct vmspace *vs, uaddr_t start, uaddr_t end,
		   bool private_too);
/* After pt_zap, under map_lock for writing: frees the tables of [start, end)
 * that lie wholly in the hole [floor, ceiling). */
void pt_prune(struct vmspace *vs, uaddr_t start, uaddr_t end, uaddr_t floor,
	      uaddr_t ceiling);
/* Entries that are there keep at most these rights (as of pt_rights). */
void pt_protect(struct vmspace *vs, uaddr_t start, uaddr_t end,
		unsigned rights);
/* Moves the entries of [from, from + len) to `to`; map_lock is held for
 * writing, nothing else can fault there.  -ENOMEM: some have moved, *done
 * bytes. */
int must_check pt_move(struct vmspace *vs, uaddr_t from, uaddr_t to, size_t len,
		       size_t *done);
