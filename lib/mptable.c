/* SPDX-License-Identifier: BSD-2-Clause */
/* The MP configuration table: a header and entries of two lengths. */
#include "lib/mptable.h"

#include "lib/string.h"

#define ENTRY_LEN     8
#define ENTRY_CPU_LEN 20
#define ENABLED       1u
#define BUS_NONE      (-1)

enum { MP_CPU, MP_BUS, MP_IOAPIC, MP_INTERRUPT, MP_LOCAL_INTERRUPT, MP_KINDS };

static uint64_t field(const void *base, size_t at, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, (const char *)base + at, len);
	return v;
}

long mptable_find(const void *mem, size_t len)
{
	const char *p = mem;

	for (size_t at = 0; at + MP_POINTER_LEN <= len; at += 16) {
		if (p[at] != '_' || memcmp(p + at, "_MP_", 4))
			continue;
		/* its length is given in units of 16 bytes */
		if (p[at + 8] == 1 && firmware_sum_ok(p + at, MP_POINTER_LEN))
			return (long)at;
	}
	return -1;
}

paddr_t mptable_config(const void *pointer)
{
	return field(pointer, 4, 4);
}

size_t mptable_len(const void *header)
{
	size_t len = field(header, 4, 2);

	if (memcmp(header, "PCMP", 4) || len < MP_HEADER_LEN)
		return 0;
	return len;
}

static void visit_interrupt(const struct firmware_visit *v, const void *e,
			    int isa_bus)
{
	unsigned flags = field(e, 2, 2);

	if (v->isa && field(e, 1, 1) == 0 && (int)field(e, 4, 1) == isa_bus)
		v->isa(v->ctx, field(e, 5, 1), field(e, 7, 1),
		       (flags >> 2 & 3) == 3, (flags & 3) == 3);
}

static void visit_entry(const struct firmware_visit *v, const void *e,
			int *isa_bus)
{
	switch (field(e, 0, 1)) {
	case MP_CPU:
		if (v->cpu && (field(e, 3, 1) & ENABLED))
			v->cpu(v->ctx, field(e, 1, 1));
		break;
	case MP_BUS:
		if (!memcmp((const char *)e + 2, "ISA   ", 6))
			*isa_bus = (int)field(e, 1, 1);
		break;
	case MP_IOAPIC:
		/* Lines are numbered by the first I/O APIC's pins. */
		if (v->ioapic && (field(e, 3, 1) & ENABLED))
			v->ioapic(v->ctx, field(e, 4, 4), 0);
		break;
	case MP_INTERRUPT: visit_interrupt(v, e, *isa_bus); break;
	default: break;
	}
}

bool mptable_visit(const void *config, size_t len,
		   const struct firmware_visit *v)
{
	const char *p = config;
	size_t at = MP_HEADER_LEN;
	int isa_bus = BUS_NONE;

	if (mptable_len(config) != len || !firmware_sum_ok(config, len))
		return false;
	/* The header has a count too; some firmware leaves it 0. */
	while (at < len) {
		unsigned kind = field(p, at, 1);
		size_t n = kind == MP_CPU ? ENTRY_CPU_LEN : ENTRY_LEN;

		if (kind >= MP_KINDS || n > len - at)
			return false;
		visit_entry(v, p + at, &isa_bus);
		at += n;
	}
	return true;
}
