/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where this machine's firmware tells about its processors: ACPI's MADT, else
 * the MP tables.  The pointers to them are looked for early, while the boot
 * map covers low memory; the tables themselves, which may lie anywhere, are
 * mapped once there is an allocator.
 */
#include "arch/boot.h"
#include "arch/mmu.h"
#include "arch/smp.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/acpi.h"
#include "lib/mptable.h"

#include "core/print.h"

#define EBDA_SEGMENT 0x40e /* BIOS data area: its segment, as a word */
#define BIOS_START   0xe0000u
#define BIOS_MP      0xf0000u
#define BIOS_END     0x100000u
#define BASE_TOP     0x9fc00u
#define TABLES_MAX   64 /* a root table with more is not believed */

static struct {
	paddr_t root; /* RSDT or XSDT; 0: no ACPI */
	bool wide;
	paddr_t mp_config; /* 0: no MP tables */
} firmware;

static paddr_t ebda(void)
{
	uint16_t segment =
		*(volatile uint16_t *)arch_phys_to_virt(EBDA_SEGMENT);
	paddr_t pa = (paddr_t)segment << 4;

	return pa >= 0x80000 && pa < 0xa0000 - 1024 ? pa : 0;
}

static void look_for_acpi(paddr_t from, paddr_t to)
{
	const char *mem = arch_phys_to_virt(from);
	long at = firmware.root ? -1 : acpi_rsdp_find(mem, to - from);

	if (at >= 0)
		firmware.root = acpi_root(mem + at, to - from - (size_t)at,
					  &firmware.wide);
}

static void look_for_mp(paddr_t from, paddr_t to)
{
	const char *mem = arch_phys_to_virt(from);
	long at = firmware.mp_config ? -1 : mptable_find(mem, to - from);

	if (at >= 0)
		firmware.mp_config = mptable_config(mem + at);
}

void firmware_find(const void *rsdp)
{
	paddr_t bda = ebda();

	if (rsdp)
		firmware.root = acpi_root(rsdp, ACPI_RSDP_LEN, &firmware.wide);
	if (bda)
		look_for_acpi(bda, bda + 1024);
	look_for_acpi(BIOS_START, BIOS_END);
	if (firmware.root)
		return;
	if (bda)
		look_for_mp(bda, bda + 1024);
	look_for_mp(BASE_TOP, BASE_TOP + 1024);
	look_for_mp(BIOS_MP, BIOS_END);
}

/* The whole table, mapped; NULL. */
static void *map_table(const struct arch_mapper *m, paddr_t pa, size_t head,
		       size_t (*len_of)(const void *header), size_t *len)
{
	void *header = pa ? m->map(pa, head) : NULL;
	void *table;

	if (!header)
		return NULL;
	*len = len_of(header);
	m->unmap(header);
	table = *len ? m->map(pa, *len) : NULL;
	return table;
}

static bool visit_if_madt(const struct arch_mapper *m, paddr_t pa,
			  const struct firmware_visit *v)
{
	size_t len;
	char *t = map_table(m, pa, ACPI_HEADER_LEN, acpi_table_len, &len);
	bool is = t && t[0] == 'A' && acpi_table_ok(t, len, "APIC");

	if (is)
		acpi_madt_visit(t, len, v);
	if (t)
		m->unmap(t);
	return is;
}

static bool visit_acpi(const struct arch_mapper *m,
		       const struct firmware_visit *v)
{
	size_t len;
	void *root = map_table(m, firmware.root, ACPI_HEADER_LEN,
			       acpi_table_len, &len);
	bool found = false;

	if (!root)
		return false;
	if (acpi_table_ok(root, len, firmware.wide ? "XSDT" : "RSDT")) {
		for (unsigned i = 0; i < TABLES_MAX && !found; i++) {
			paddr_t pa =
				acpi_root_entry(root, len, firmware.wide, i);

			if (!pa)
				break;
			found = visit_if_madt(m, pa, v);
		}
	}
	m->unmap(root);
	return found;
}

static bool visit_mp(const struct arch_mapper *m,
		     const struct firmware_visit *v)
{
	size_t len;
	void *t = map_table(m, firmware.mp_config, MP_HEADER_LEN, mptable_len,
			    &len);
	bool ok;

	if (!t)
		return false;
	ok = mptable_visit(t, len, v);
	m->unmap(t);
	return ok;
}

void firmware_visit_all(const struct arch_mapper *m,
			const struct firmware_visit *v)
{
	if (firmware.root) {
		if (visit_acpi(m, v))
			return;
		print("acpi: no usable processor table\n");
	}
	if (firmware.mp_config && !visit_mp(m, v))
		print("mp tables: damaged\n");
}
