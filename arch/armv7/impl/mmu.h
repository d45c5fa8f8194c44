/* SPDX-License-Identifier: BSD-2-Clause */
/* A stub of arch/mmu.h for ARMv7: short descriptors, 3 GiB for user space. */
#pragma once

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define USER_END             0xbf000000ul
#define ARCH_MAP_32BIT_START 0ul
#define ARCH_MAP_32BIT_END   0ul
#define ARCH_VMAP_BASE       0xf0800000ul
#define ARCH_VMAP_END        0xff800000ul
#define ARCH_PT_REGION       (1ul << 21)
#define ARCH_PAGES_MAPPED    0
#define ARCH_PT_LEVELS       1
#define ARCH_PHYS_LIMIT      (1ull << 40)

struct arch_pt {
	paddr_t root;
};

static inline vaddr_t arch_direct_base(void)
{
	return 0xc0000000ul;
}

static inline void *arch_phys_to_virt(paddr_t pa)
{
	return (void *)(arch_direct_base() + (vaddr_t)pa);
}

static inline paddr_t arch_virt_to_phys(const void *p)
{
	return (vaddr_t)p - arch_direct_base();
}
