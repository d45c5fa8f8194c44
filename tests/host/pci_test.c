/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drivers/bus/pci against a model of configuration space: numbers, BARs and
 * windows that firmware gave or left out, and devices whose registers make no
 * sense.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/boot.h"
#include "arch/io.h"
#include "arch/mmu.h"

#include "core/print.h"
#include "core/spinlock.h"
#include "drivers/bus/device.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"
#include "test.h"

struct boot_info boot_info;

#define MODELS 24

/* A function: its registers, and which bits of them can be written. */
static struct model {
	int bus;              /* fixed, ... */
	struct model *bridge; /* ... or behind this */
	uint8_t devfn;
	bool everywhere; /* answers at every address of its bus */
	uint32_t reg[64], writable[64];
} models[MODELS];
static unsigned model_count;
static uint32_t address;
static unsigned long accesses;

static int bus_of(const struct model *m)
{
	return m->bridge ? (int)(m->bridge->reg[6] >> 8 & 0xff) : m->bus;
}

/* Every bridge before it passes its bus on. */
static bool reachable(const struct model *m)
{
	int bus = bus_of(m);

	for (const struct model *b = m->bridge; b; b = b->bridge) {
		int first = b->reg[6] >> 8 & 0xff,
		    last = b->reg[6] >> 16 & 0xff;

		if (first == 0 || bus < first || bus > last)
			return false;
	}
	return true;
}

static struct model *model_at(uint32_t addr)
{
	for (unsigned i = 0; i < model_count; i++) {
		struct model *m = &models[i];

		if (reachable(m) && bus_of(m) == (int)(addr >> 16 & 0xff) &&
		    (m->everywhere || m->devfn == (addr >> 8 & 0xff)))
			return m;
	}
	return NULL;
}

static uint32_t config_read(uint16_t port)
{
	struct model *m = model_at(address);
	uint32_t v = m ? m->reg[address >> 2 & 63] : ~0u;

	accesses++;
	return v >> 8 * (port & 3);
}

static void config_write(uint16_t port, uint32_t v, uint32_t mask)
{
	struct model *m = model_at(address);
	unsigned i = address >> 2 & 63, shift = 8 * (port & 3);

	accesses++;
	if (!m)
		return;
	mask = mask << shift & m->writable[i];
	m->reg[i] = (m->reg[i] & ~mask) | (v << shift & mask);
}

static uint32_t model_read32(uint16_t port)
{
	return port == 0xcf8 ? address : config_read(port);
}

static void model_write32(uint16_t port, uint32_t v)
{
	if (port == 0xcf8)
		address = v;
	else
		config_write(port, v, ~0u);
}

#define port_read8(p)                    ((uint8_t)config_read(p))
#define port_read16(p)                   ((uint16_t)config_read(p))
#define port_read32(p)                   model_read32(p)
#define port_write8(p, v)                config_write(p, v, 0xff)
#define port_write16(p, v)               config_write(p, v, 0xffff)
#define port_write32(p, v)               model_write32(p, v)
#define spin_lock_irqsave(l)             ((void)(l), 0ul)
#define spin_unlock_irqrestore(l, flags) ((void)(l), (void)(flags))
#define kzalloc(size, flags)             calloc(1, size)
#include "drivers/bus/pci.c"
#include "drivers/bus/pci_bar.c"
#include "drivers/bus/pci_config.c"

void print(const char *fmt, ...) {}

static unsigned added;

void device_add(struct device *dev)
{
	added++;
}

static paddr_t mapped;

void *vmap_device(paddr_t pa, size_t len)
{
	mapped = pa;
	return &mapped;
}

static struct model *add(struct model *bridge, uint8_t devfn, uint32_t id)
{
	struct model *m = &models[model_count++];

	CHECK(model_count <= MODELS);
	memset(m, 0, sizeof(*m));
	m->bridge = bridge;
	m->devfn = devfn;
	m->reg[0] = id;
	m->reg[2] = 0xff000000; /* no class of ours */
	m->writable[1] = 0x0407;
	return m;
}

static void bar(struct model *m, unsigned i, uint64_t size, uint32_t value)
{
	m->reg[4 + i] = value;
	m->writable[4 + i] = (uint32_t) ~(size - 1) & ~15u;
	if (value & 4)
		m->writable[5 + i] = (uint32_t)(~(size - 1) >> 32);
}

static struct model *bridge(struct model *before, uint8_t devfn)
{
	struct model *m = add(before, devfn, 0x00011b36);

	m->reg[2] = 0x06040000;
	m->reg[3] = 0x00010000;
	m->reg[9] = m->writable[9] = 0;
	m->writable[6] = 0x00ffffff;
	m->writable[8] = 0xfff0fff0;
	return m;
}

/* 256 MiB of RAM and q35's ECAM. */
static void begin(void)
{
	while (devices) {
		struct pci_device *pd = devices;

		devices = pd->next;
		free(pd);
	}
	devices_end = &devices;
	memset(entered, 0, sizeof(entered));
	last_bus = model_count = added = 0;
	accesses = 0;
	boot_info.region_count = 2;
	boot_info.region[0] = (struct boot_region){ 0, MIB(256), BOOT_RAM };
	boot_info.region[1] =
		(struct boot_region){ 0xc0000000, 0x10000000, BOOT_RESERVED };
}

static struct pci_device *found(const struct model *m)
{
	for (struct pci_device *pd = devices; pd; pd = pd->next)
		if (pd->bus == bus_of(m) && pd->devfn == m->devfn)
			return pd;
	return NULL;
}

static void look(void)
{
	enumerate();
	CHECK(accesses < 400000);
}

TEST(nothing)
{
	begin();
	look();
	CHECK_EQ(added, 0);
}

TEST(functions)
{
	struct model *m;

	begin();
	m = add(NULL, 0x08, 0x10001af4);
	add(NULL, 0x0b, 0x10011af4); /* hidden: 01.0 is single */
	m = add(NULL, 0x10, 0x10001af4);
	m->reg[3] = 0x00800000;
	add(NULL, 0x15, 0x10011af4);
	look();
	CHECK_EQ(added, 3);
	CHECK_EQ(found(m)->dev.id, 0x1af41000);
}

/* Sizes; addresses that are there stay, others are given and do not meet. */
TEST(bars)
{
	struct model *m, *n;
	struct pci_device *pd, *qd;

	begin();
	m = add(NULL, 0x08, 0x10001af4);
	bar(m, 0, 0x1000, 0xd0000000);
	bar(m, 1, 0x4000, 0x0000000c);
	m->reg[4 + 3] = 1; /* I/O, 32 ports */
	m->writable[4 + 3] = 0xffffffe0;
	n = add(NULL, 0x10, 0x10001af4);
	bar(n, 0, MIB(1), 0);
	bar(n, 2, 1ull << 34, 4); /* fits above 4 GiB only */
	bar(n, 5, 0x1000, 4);     /* no register for its upper half */
	look();
	pd = found(m);
	qd = found(n);
	CHECK_EQ(pd->bars[0].base, 0xd0000000);
	CHECK_EQ(pd->bars[0].size, 0x1000);
	CHECK_EQ(pd->bars[1].size, 0x4000);
	CHECK_EQ(pd->bars[1].base, 0xd0004000);
	CHECK_EQ(m->reg[5], 0xd000400c);
	CHECK(pd->bars[3].io);
	CHECK_EQ(pd->bars[3].size, 32);
	CHECK_EQ(m->reg[7], 1);
	CHECK_EQ(qd->bars[0].base, 0xd0100000);
	CHECK_EQ(qd->bars[2].size, 1ull << 34);
	CHECK_EQ(qd->bars[2].base, 1ull << 34);
	CHECK_EQ(n->reg[4 + 3], 4);
	CHECK_EQ(qd->bars[5].size, 0x1000);
	CHECK(qd->bars[5].base != 0);
}

/* Behind RAM that reaches far, and not in it. */
TEST(bars_and_ram)
{
	struct model *m;

	begin();
	boot_info.region[0].size = 0xe0000000;
	boot_info.region_count = 1;
	m = add(NULL, 0x08, 0x10001af4);
	bar(m, 0, 0x1000, 0x00100000); /* in RAM */
	bar(m, 1, MIB(512), 0);        /* nowhere */
	look();
	CHECK_EQ(found(m)->bars[0].base, 0xe0000000);
	CHECK_EQ(found(m)->bars[1].base, 0);
	CHECK(!pci_map(found(m), 1, 0, 16));
}

/* Bridges behind bridges that nobody has numbered. */
TEST(bridges)
{
	struct model *a, *b, *c, *m, *n, *o;
	struct pci_device *pa, *pb, *pm, *pn;

	begin();
	a = bridge(NULL, 0x08);
	c = bridge(NULL, 0x10);
	b = bridge(a, 0x18);
	m = add(b, 0x08, 0x10001af4);
	bar(m, 0, 0x4000, 0);
	n = add(a, 0x20, 0x10001af4);
	bar(n, 0, MIB(2), 0);
	o = add(c, 0x00, 0x10001af4);
	bar(o, 0, 0x1000, 0);
	look();
	CHECK_EQ(added, 6);
	CHECK_EQ(a->reg[6] & 0xffffff, 0x020100);
	CHECK_EQ(b->reg[6] & 0xffffff, 0x020201);
	CHECK_EQ(c->reg[6] & 0xffffff, 0x030300);
	pa = found(a);
	pb = found(b);
	pm = found(m);
	pn = found(n);
	CHECK(pb->memory.base >= pa->memory.base &&
	      pb->memory.end <= pa->memory.end);
	CHECK(pm->bars[0].base >= pb->memory.base &&
	      pm->bars[0].base + 0x4000 <= pb->memory.end);
	CHECK(pn->bars[0].base >= pa->memory.base &&
	      pn->bars[0].base + MIB(2) <= pa->memory.end);
	CHECK(pn->bars[0].base >= pb->memory.end ||
	      pn->bars[0].base + MIB(2) <= pb->memory.base);
	CHECK(found(o)->bars[0].base >= found(c)->memory.base);
	CHECK_EQ(a->reg[8] << 16 & 0xfff00000, pa->memory.base);
	CHECK_EQ((a->reg[8] & 0xfff00000) + MIB(1), pa->memory.end);
	CHECK_EQ(a->reg[1] & 6, 6);
}

/* Firmware's numbers and windows are kept; what it forgot lies in them. */
TEST(bridge_kept)
{
	struct model *a, *m;

	begin();
	a = bridge(NULL, 0x08);
	a->reg[6] = 0x050500;
	a->reg[8] = 0xfe20fe00;
	a->reg[1] = 7;
	m = add(a, 0, 0x10001af4);
	bar(m, 0, 0x1000, 0xfe000000);
	bar(m, 1, 0x1000, 0);
	look();
	CHECK_EQ(found(m)->bus, 5);
	CHECK_EQ(found(m)->bars[1].base, 0xfe001000);
	CHECK_EQ(a->reg[8], 0xfe20fe00);
}

/* Bridges that lead back, to each other or into themselves. */
TEST(bridge_rings)
{
	struct model *a, *b;

	begin();
	a = bridge(NULL, 0x08);
	b = bridge(NULL, 0x10);
	a->reg[6] = 0x030300;
	b->reg[6] = 0x030300;
	a->writable[6] = b->writable[6] = 0;
	bridge(a, 0)->everywhere = true;
	look();
	CHECK(added > 2);
}

static unsigned seen_count;

static bool seen(struct pci_device *pd, unsigned offset, uint8_t id, void *ctx)
{
	CHECK(offset >= 0x40 && offset < 256);
	seen_count++;
	return false;
}

TEST(capabilities)
{
	struct model *m;

	begin();
	m = add(NULL, 0x08, 0x10001af4);
	m->reg[1] |= 0x00100000;
	m->reg[0x34 / 4] = 0x43; /* the low bits are nobody's */
	m->reg[0x40 / 4] = 0x5009;
	m->reg[0x50 / 4] = 0x40fc11; /* leads on to the last word ... */
	m->reg[0xfc / 4] = 0x4009;   /* ... and back */
	look();
	CHECK_EQ(pci_capability(found(m), 0x11), 0x50);
	CHECK_EQ(pci_capability(found(m), 0x05), 0);
	pci_capabilities(found(m), seen, NULL);
	CHECK(seen_count >= 3 && seen_count <= 48);
	m->reg[0x50 / 4] = 0x3c11; /* into the header: the end */
	seen_count = 0;
	pci_capabilities(found(m), seen, NULL);
	CHECK_EQ(seen_count, 2);
}

TEST(mapping)
{
	struct pci_device *pd;
	struct model *m;

	begin();
	m = add(NULL, 0x08, 0x10001af4);
	bar(m, 0, 0x1000, 0xd0000000);
	look();
	pd = found(m);
	CHECK(pci_map(pd, 0, 0x800, 0x800));
	CHECK_EQ(mapped, 0xd0000800);
	CHECK(!pci_map(pd, 0, 0x801, 0x800));
	CHECK(!pci_map(pd, 0, UINT64_MAX, 2));
	CHECK(!pci_map(pd, 0, 0, 0));
	CHECK(!pci_map(pd, 1, 0, 1));
	CHECK(!pci_map(pd, 7, 0, 1));
}

/* Every register of every function is noise. */
TEST(noise)
{
	for (unsigned seed = 1; seed < 300; seed++) {
		begin();
		srand(seed);
		for (unsigned i = 0; i < 12; i++) {
			struct model *m =
				add(NULL, (uint8_t)(rand() % 64), 0x10001af4);

			m->bus = i % 4;
			for (unsigned r = 1; r < 64; r++) {
				m->reg[r] = (uint32_t)rand() * 3;
				m->writable[r] = (uint32_t)rand() * 5;
			}
			if (i % 3 == 0) {
				m->reg[2] = 0x06040000;
				m->reg[3] = 0x00010000;
			}
		}
		look();
		for (struct pci_device *pd = devices; pd; pd = pd->next)
			pci_capabilities(pd, seen, NULL);
	}
}
