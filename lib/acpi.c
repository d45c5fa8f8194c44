/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's tables lie anywhere: fields are copied out, never pointed to. */
#include "lib/acpi.h"

#include "lib/string.h"

#define RSDP_LEN_V0    20
#define RSDP_LEN_V2    36
#define MADT_ENTRIES   44
#define CPU_ENABLED    1u
#define FLAG_LOW       3u
#define FLAG_LEVEL     12u
#define X2APIC_ID_NONE 0xffffffffu

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_X2APIC = 9,
};

static uint64_t field(const void *base, size_t at, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, (const char *)base + at, len);
	return v;
}

long acpi_rsdp_find(const void *mem, size_t len)
{
	const char *p = mem;
	bool wide;

	for (size_t at = 0; at + RSDP_LEN_V0 <= len; at += 16)
		if (p[at] == 'R' && acpi_root(p + at, len - at, &wide))
			return (long)at;
	return -1;
}

paddr_t acpi_root(const void *rsdp, size_t len, bool *wide)
{
	paddr_t xsdt;

	*wide = false;
	if (len < RSDP_LEN_V0 || memcmp(rsdp, "RSD PTR ", 8) ||
	    !firmware_sum_ok(rsdp, RSDP_LEN_V0))
		return 0;
	if (field(rsdp, 15, 1) >= 2 && len >= RSDP_LEN_V2 &&
	    firmware_sum_ok(rsdp, RSDP_LEN_V2)) {
		xsdt = field(rsdp, 24, 8);
		*wide = xsdt != 0;
		if (xsdt)
			return xsdt;
	}
	return field(rsdp, 16, 4);
}

size_t acpi_table_len(const void *header)
{
	size_t len = field(header, 4, 4);

	return len >= ACPI_HEADER_LEN && len <= ACPI_TABLE_MAX ? len : 0;
}

bool acpi_table_ok(const void *table, size_t len, const char *signature)
{
	return len >= ACPI_HEADER_LEN && !memcmp(table, signature, 4) &&
	       acpi_table_len(table) == len && firmware_sum_ok(table, len);
}

paddr_t acpi_root_entry(const void *root, size_t len, bool wide, unsigned i)
{
	size_t each = wide ? 8 : 4;

	if (i >= (len - ACPI_HEADER_LEN) / each)
		return 0;
	return field(root, ACPI_HEADER_LEN + i * each, each);
}

static void visit_cpu(const struct firmware_visit *v, uint32_t id,
		      uint32_t flags)
{
	if (v->cpu && (flags & CPU_ENABLED) && id != X2APIC_ID_NONE)
		v->cpu(v->ctx, id);
}

static void visit_override(const struct firmware_visit *v, const void *e)
{
	unsigned flags = field(e, 8, 2);

	if (v->isa)
		v->isa(v->ctx, field(e, 3, 1), field(e, 4, 4),
		       (flags & FLAG_LEVEL) == FLAG_LEVEL,
		       (flags & FLAG_LOW) == FLAG_LOW);
}

static void visit_entry(const struct firmware_visit *v, const void *e,
			unsigned type, size_t len)
{
	if (type == MADT_LAPIC && len >= 8)
		visit_cpu(v, field(e, 3, 1), field(e, 4, 4));
	else if (type == MADT_X2APIC && len >= 16)
		visit_cpu(v, field(e, 4, 4), field(e, 8, 4));
	else if (type == MADT_IOAPIC && len >= 12 && v->ioapic)
		v->ioapic(v->ctx, field(e, 4, 4), field(e, 8, 4));
	else if (type == MADT_OVERRIDE && len >= 10)
		visit_override(v, e);
}

void acpi_madt_visit(const void *madt, size_t len,
		     const struct firmware_visit *v)
{
	const char *p = madt;
	size_t at = MADT_ENTRIES;

	while (at + 2 <= len) {
		size_t n = field(p, at + 1, 1);

		if (n < 2 || n > len - at)
			return;
		visit_entry(v, p + at, field(p, at, 1), n);
		at += n;
	}
}
