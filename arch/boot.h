/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot code found and hands up, once, to kernel_main().
 *
 * The CPU's start code fills one struct boot_info before any memory can be
 * allocated.  It stays readable for ever; the regions are physical, may touch
 * but not overlap, and are sorted by base.  `reserved` lists what lies inside
 * RAM but must survive until its owner lets go: the kernel image, the initial
 * RAM disk, the boot loader's tables.
 */
#pragma once

#include "lib/types.h"

#define BOOT_MAX_REGIONS 128
#define BOOT_CMDLINE_MAX 4096

enum boot_region_type {
	BOOT_RAM,
	BOOT_RESERVED,
	BOOT_ACPI,
};

struct boot_region {
	paddr_t base;
	uint64_t size;
	enum boot_region_type type;
};

struct boot_info {
	struct boot_region region[BOOT_MAX_REGIONS];
	unsigned region_count;
	unsigned regions_dropped; /* more than fit: reported, never fatal */
	paddr_t kernel_base, kernel_end; /* physical; page aligned */
	paddr_t initrd_base;
	uint64_t initrd_size;  /* bytes; 0: none */
	uint64_t entry_cycles; /* cycle counter at the first instruction */
	char cmdline[BOOT_CMDLINE_MAX];
};

/* Filled by arch start code before kernel_main(). */
extern struct boot_info boot_info;

/* Section boundaries, from the linker script.  Arrays, never pointers. */
extern char kernel_text_start[], kernel_text_end[];
extern char kernel_rodata_start[], kernel_rodata_end[];
extern char kernel_data_start[], kernel_data_end[];
extern char kernel_image_start[], kernel_image_end[];

/*
 * Called once by kernel_main() after memblock is up: makes the final kernel
 * page tables (direct map of every region below `ram_end`, exact permissions
 * on the image, no identity map) with zeroed table pages from `alloc_table`,
 * which returns a physical page below 4 GiB when one is left, 0 when none is.
 */
void arch_boot_paging(paddr_t ram_end, paddr_t (*alloc_table)(void));

/* The rest of the CPU's set-up once memory can be allocated: per-CPU stacks
 * for double faults and NMIs, features, the system-call entry. */
void arch_cpu_init(void);

/* Interrupt controller and timers of the CPU itself; called with interrupts
 * off, before drivers.  map_device gives the address of device registers. */
void arch_irq_init(void *(*map_device)(paddr_t pa, size_t len));
void arch_time_init(void);

/* Ends or restarts the machine the way the CPU's platform offers; returns if
 * nothing worked. */
void arch_machine_reset(void);
