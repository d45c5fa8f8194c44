/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arch/mmu.h for the host: physical memory is one shared mapping of a file in
 * memory, so that vmap's addresses can show the same pages again.
 */
#pragma once

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul

extern char *host_ram;  /* where physical address 0 is mapped */
extern char *host_vmap; /* room for vmap's addresses */
#define HOST_VMAP_SIZE (256ul << 20)

#define ARCH_PHYS_LIMIT (1ull << 46)
#define ARCH_VMAP_BASE  ((vaddr_t)host_vmap)
#define ARCH_VMAP_END   (ARCH_VMAP_BASE + HOST_VMAP_SIZE)
#define ARCH_PT_REGION  (1ul << 21)
#define ARCH_PT_LEVELS  3
#define USER_END        0x00007ffffffff000ul

struct arch_pt {
	paddr_t root;
};

static inline void *arch_phys_to_virt(paddr_t pa)
{
	return host_ram + pa;
}

static inline paddr_t arch_virt_to_phys(const void *p)
{
	return (paddr_t)((const char *)p - host_ram);
}
