/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From boot/pvh.S to kernel_main(): exception handlers first, then the CPU's
 * features, then what the loader says about the machine (Xen's PVH start
 * info), gathered into boot_info.  Everything read here lies in the first
 * GiB, which the boot tables map.
 */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/string.h"

#include "core/entry.h"
#include "core/percpu.h"
#include "impl/msr.h"

#define PVH_MAGIC      0x336ec578
#define BOOT_MAP_LIMIT (1ull << 30)

struct pvh_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp;
	/* version 1: */
	uint64_t memmap;
	uint32_t memmap_entries, reserved;
};

struct pvh_module {
	uint64_t base, size, cmdline, reserved;
};

struct pvh_memory {
	uint64_t base, size;
	uint32_t type, reserved;
};

struct boot_info boot_info;
vaddr_t arch_direct_base_ = 0xffff800000000000;
__attribute__((section(".percpu.first"))) struct cpu_hot cpu_hot = {
	.preempt = PREEMPT_NO_RESCHED | 1, /* until the scheduler runs */
	.canary = 0x57AC6E9D00000000,
};

/* NULL where the boot map does not reach. */
static const void *boot_read(uint64_t pa, uint64_t len)
{
	if (pa == 0 || pa >= BOOT_MAP_LIMIT || len > BOOT_MAP_LIMIT - pa)
		return NULL;
	return arch_phys_to_virt(pa);
}

static void add_region(uint64_t base, uint64_t size, uint32_t type)
{
	struct boot_info *b = &boot_info;
	unsigned i = b->region_count;

	if (size == 0 || base + size < base)
		return;
	if (i == BOOT_MAX_REGIONS) {
		b->regions_dropped++;
		return;
	}
	for (; i > 0 && b->region[i - 1].base > base; i--)
		b->region[i] = b->region[i - 1];
	b->region[i] = (struct boot_region){
		.base = base,
		.size = size,
		.type = type == 1 ? BOOT_RAM
				  : (type == 3 ? BOOT_ACPI : BOOT_RESERVED),
	};
	b->region_count++;
}

static void read_memory_map(const struct pvh_info *info)
{
	const struct pvh_memory *m;
	uint32_t n = info->memmap_entries;

	m = boot_read(info->memmap, (uint64_t)n * sizeof(*m));
	if (info->version < 1 || !m) {
		/* No map: what every PC has. */
		add_region(0x100000, 15 << 20, 1);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		add_region(m[i].base, m[i].size, m[i].type);
}

static void read_cmdline(uint64_t pa)
{
	const char *s = boot_read(pa, 1);

	if (!s)
		return;
	str_copy(boot_info.cmdline, s, sizeof(boot_info.cmdline));
}

void pvh_parse(paddr_t start_info)
{
	const struct pvh_info *info = boot_read(start_info, sizeof(*info));
	const struct pvh_module *mod;

	boot_info.kernel_base = arch_virt_to_phys(kernel_image_start);
	boot_info.kernel_end =
		ALIGN_UP(arch_virt_to_phys(kernel_image_end), PAGE_SIZE);
	if (!info || info->magic != PVH_MAGIC) {
		firmware_find(NULL);
		add_region(0x100000, 15 << 20, 1);
		return;
	}
	firmware_find(boot_read(info->rsdp, 64));
	read_memory_map(info);
	read_cmdline(info->cmdline);
	mod = info->nr_modules ? boot_read(info->modules, sizeof(*mod)) : NULL;
	if (mod) {
		boot_info.initrd_base = mod->base;
		boot_info.initrd_size = mod->size;
	}
}

void start_pvh(paddr_t start_info, uint64_t cycles)
{
	percpu_keep_template();
	trap_init();
	boot_info.entry_cycles = cycles;
	cpu_detect();
	cpu_patch_text();
	pvh_parse(start_info);
	kernel_main();
}
