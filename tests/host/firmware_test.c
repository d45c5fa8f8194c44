/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI and MP tables: what good ones say, and that no bytes whatever make the
 * parsers leave their buffer (they run under the sanitizers). */
#include <string.h>

#include "lib/acpi.h"
#include "lib/mptable.h"

#include "test.h"

struct seen {
	unsigned cpus, ioapics, isas;
	uint32_t last_cpu, first_line, last_line;
	paddr_t ioapic;
	bool level, low;
};

static void on_cpu(void *ctx, uint32_t id)
{
	struct seen *s = ctx;

	s->cpus++;
	s->last_cpu = id;
}

static void on_ioapic(void *ctx, paddr_t base, uint32_t first)
{
	struct seen *s = ctx;

	s->ioapics++;
	s->ioapic = base;
	s->first_line = first;
}

static void on_isa(void *ctx, unsigned irq, uint32_t line, bool level, bool low)
{
	struct seen *s = ctx;

	s->isas++;
	s->last_line = line;
	s->level = level;
	s->low = low;
}

static struct seen seen;
static const struct firmware_visit visit = { on_cpu, on_ioapic, on_isa, &seen };

/* In a block of exactly its size, so that one byte too far is found out. */
static uint8_t *exact(const void *from, size_t len)
{
	uint8_t *p = malloc(len);

	memcpy(p, from, len);
	return p;
}

static void seal(uint8_t *t, size_t len, size_t at)
{
	uint8_t sum = 0;

	t[at] = 0;
	for (size_t i = 0; i < len; i++)
		sum += t[i];
	t[at] = -sum;
}

static size_t put_madt(uint8_t *t)
{
	static const uint8_t entries[] = {
		0, 8,  0, 0,  1,    0, 0, 0, /* CPU 0 */
		0, 8,  1, 7,  0,    0, 0, 0, /* disabled */
		9, 16, 0, 0,  0x2c, 1, 0, 0, 1,    0,    0,  0, 5, 0,
		0, 0,  1, 12, 0,    0, 0, 0, 0xc0, 0xfe, 24, 0, 0, 0,
		2, 10, 0, 9,  20,   0, 0, 0, 0x0f, 0,    77, 3, 0, /* unknown */
	};
	size_t len = 44 + sizeof(entries);

	memset(t, 0, 44);
	memcpy(t, "APIC", 4);
	t[4] = (uint8_t)len;
	memcpy(t + 44, entries, sizeof(entries));
	seal(t, len, 9);
	return len;
}

TEST(madt)
{
	uint8_t raw[256];
	size_t len = put_madt(raw);
	uint8_t *t = exact(raw, len);

	memset(&seen, 0, sizeof(seen));
	CHECK(acpi_table_len(t) == len);
	CHECK(acpi_table_ok(t, len, "APIC"));
	CHECK(!acpi_table_ok(t, len, "FACP"));
	acpi_madt_visit(t, len, &visit);
	CHECK(seen.cpus == 2 && seen.last_cpu == 0x12c);
	CHECK(seen.ioapics == 1 && seen.ioapic == 0xfec00000);
	CHECK(seen.first_line == 24);
	CHECK(seen.isas == 1 && seen.last_line == 20);
	CHECK(seen.level && seen.low);
	t[50]++;
	CHECK(!acpi_table_ok(t, len, "APIC"));
	free(t);
}

TEST(root)
{
	uint8_t raw[64] = { 0 }, *p;
	bool wide;

	memcpy(raw + 16, "RSD PTR ", 8);
	raw[16 + 15] = 2;
	raw[16 + 17] = 0x40; /* RSDT at 0x4000 */
	raw[16 + 20] = 36;
	raw[16 + 25] = 0x80; /* XSDT at 0x8000 */
	seal(raw + 16, 20, 8);
	seal(raw + 16, 36, 32);
	p = exact(raw, 52);
	CHECK(acpi_rsdp_find(p, 52) == 16);
	CHECK(acpi_root(p + 16, 36, &wide) == 0x8000 && wide);
	/* Cut short, or with a wrong long sum: the old part still counts. */
	CHECK(acpi_root(p + 16, 20, &wide) == 0x4000 && !wide);
	p[16 + 33]++;
	CHECK(acpi_root(p + 16, 36, &wide) == 0x4000 && !wide);
	p[16 + 9]++;
	CHECK(acpi_root(p + 16, 36, &wide) == 0);
	CHECK(acpi_rsdp_find(p, 52) == -1);
	CHECK(acpi_rsdp_find(p, 19) == -1);
	free(p);
}

static size_t put_mp(uint8_t *t)
{
	static const uint8_t entries[] = {
		0, 0, 0x14, 3,    0,   0,   0,    0,   0, 0, 0,    0,
		0, 0, 0,    0,    0,   0,   0,    0,   0, 3, 0x14, 1,
		0, 0, 0,    0,    0,   0,   0,    0,   0, 0, 0,    0,
		0, 0, 0,    0,    0,   4,   0x14, 0,   0, 0, 0,    0,
		0, 0, 0,    0,    0,   0,   0,    0,   0, 0, 0,    0,
		1, 1, 'I',  'S',  'A', ' ', ' ',  ' ', 2, 9, 0x11, 1,
		0, 0, 0xc0, 0xfe, 3,   0,   0,    0,   1, 0, 9,    2,
		3, 0, 0,    0,    2,   9,   9,    9, /* not the ISA bus */
		4, 1, 0,    0,    0,   0,   0xff, 1,
	};
	size_t len = 44 + sizeof(entries);

	memset(t, 0, 44);
	memcpy(t, "PCMP", 4);
	t[4] = (uint8_t)len;
	memcpy(t + 44, entries, sizeof(entries));
	seal(t, len, 7);
	return len;
}

TEST(mp)
{
	uint8_t raw[256], pointer[32] = { 0 }, *t;
	size_t len = put_mp(raw);

	memcpy(pointer + 16, "_MP_", 4);
	pointer[16 + 5] = 0xfc;
	pointer[16 + 8] = 1;
	seal(pointer + 16, 16, 10);
	CHECK(mptable_find(pointer, sizeof(pointer)) == 16);
	CHECK(mptable_config(pointer + 16) == 0xfc00);
	pointer[20]++;
	CHECK(mptable_find(pointer, sizeof(pointer)) == -1);

	t = exact(raw, len);
	memset(&seen, 0, sizeof(seen));
	CHECK(mptable_len(t) == len);
	CHECK(mptable_visit(t, len, &visit));
	CHECK(seen.cpus == 2 && seen.last_cpu == 3);
	CHECK(seen.ioapics == 1 && seen.ioapic == 0xfec00000);
	CHECK(seen.isas == 1 && seen.last_line == 2 && !seen.level);
	t[44 + 60] = 99; /* no such kind of entry */
	seal(t, len, 7);
	CHECK(!mptable_visit(t, len, &visit));
	free(t);
}

/* Bytes changed at random, sums made right again so that they are read. */
TEST(damaged)
{
	uint8_t raw[256];

	for (unsigned i = 0; i < 20000; i++) {
		size_t len = i % 2 ? put_madt(raw) : put_mp(raw);
		uint8_t *t;

		for (unsigned k = 0; k < 3; k++)
			raw[36 + test_below(len - 36)] = (uint8_t)test_random();
		len -= test_below(3);
		raw[4] = (uint8_t)len;
		seal(raw, len, i % 2 ? 9 : 7);
		t = exact(raw, len);
		if (i % 2 && acpi_table_ok(t, len, "APIC"))
			acpi_madt_visit(t, len, &visit);
		else if (i % 2 == 0 && mptable_len(t) == len)
			(void)!mptable_visit(t, len, &visit);
		free(t);
	}
}
