/* SPDX-License-Identifier: BSD-2-Clause */
/* x86-64's side of arch/mmu.h: four levels of 4 KiB tables (SDM vol. 3, 4.5).
 * Tables need no bookkeeping of their own: an address space is its root. */
#pragma once

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

/* One page short, so that no instruction ends at the canonical hole. */
#define USER_END             0x00007ffffffff000ul
#define ARCH_MAP_32BIT_START 0x40000000ul
#define ARCH_MAP_32BIT_END   0x80000000ul
#define ARCH_VMAP_BASE       0xffffc00000000000ul
#define ARCH_VMAP_END        0xffffc08000000000ul
#define ARCH_KERNEL_BASE     0xffffffff80000000ul
#define ARCH_PT_REGION       (1ul << 21)
#define ARCH_PT_LEVELS       3
#define ARCH_PAGES_MAPPED    1
#define ARCH_PHYS_LIMIT      (1ull << 46) /* the direct map's size */

struct arch_pt {
	paddr_t root;
};

extern vaddr_t arch_direct_base_;

static inline vaddr_t arch_direct_base(void)
{
	return arch_direct_base_;
}

static inline void *arch_phys_to_virt(paddr_t pa)
{
	return (void *)(arch_direct_base() + pa);
}

static inline paddr_t arch_virt_to_phys(const void *p)
{
	vaddr_t va = (vaddr_t)p;

	return va >= ARCH_KERNEL_BASE ? va - ARCH_KERNEL_BASE
				      : va - arch_direct_base();
}
