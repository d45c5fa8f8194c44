/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of devices.  A BAR's size is what stays zero of all ones written
 * to it (PCI Local Bus 3.0, 6.2.5.1); meanwhile the function answers to
 * nothing.  A BAR that says 0 or lies in RAM has no address.
 *
 * An address must be free among the functions and bridges of the same bus
 * only: what is behind a bridge lies in its window, and on bus 0 in the hole
 * between RAM and the I/O APIC, or above all RAM when a wide BAR fits nowhere
 * else.  Bridges come before what is behind them, in the list and here.
 */
#include "arch/boot.h"
#include "arch/mmu.h"

#include "core/print.h"
#include "drivers/bus/pci.h"
#include "mm/vmap.h"

#define BAR_FIRST            0x10
#define BAR_IO               BIT(0)
#define BAR_WIDE             BIT(2)
#define BRIDGE_BARS          2
#define BRIDGE_MEMORY        0x20 /* base, limit */
#define BRIDGE_PREFETCH      0x24
#define BRIDGE_PREFETCH_HIGH 0x28 /* base; limit behind it */
#define WINDOW_WIDE          1
#define WINDOW_GRAIN         (1ull << 20)
#define CLASS_HOST           0x0600

#define HOLE_START   0xc0000000u /* lowest, whatever RAM there is */
#define HOLE_END     0xfec00000u /* the I/O APIC */
#define FOUR_GIB     (1ull << 32)
#define HIGH_END     (1ull << 39) /* every CPU has 40 bits */
#define BEHIND_MAX   (256ull << 20)
#define BAR_SIZE_MAX (1ull << 38)

/* Reading */

static uint32_t probe_word(struct pci_device *pd, unsigned reg)
{
	uint32_t old = pci_read32(pd, reg), ones;

	pci_write32(pd, reg, ~0u);
	ones = pci_read32(pd, reg);
	pci_write32(pd, reg, old);
	return ones;
}

static uint64_t size_of(uint64_t ones, uint64_t flags)
{
	uint64_t mask = ones & ~flags;

	return mask & -mask;
}

/* Returns how many BARs it takes up. */
static unsigned read_bar(struct pci_device *pd, unsigned i, unsigned count)
{
	unsigned reg = BAR_FIRST + 4 * i;
	uint32_t low = pci_read32(pd, reg);
	uint64_t ones = probe_word(pd, reg);
	struct pci_bar *bar = &pd->bars[i];

	bar->io = low & BAR_IO;
	if (bar->io) {
		bar->size = size_of((uint32_t)ones, 3) & 0xffff;
		bar->base = low & ~3u;
		return 1;
	}
	bar->wide = low & BAR_WIDE && i + 1 < count;
	bar->base = low & ~15u;
	if (bar->wide) {
		bar->base |= (uint64_t)pci_read32(pd, reg + 4) << 32;
		ones |= (uint64_t)probe_word(pd, reg + 4) << 32;
	}
	bar->size = ones ? size_of(ones, 15) : 0;
	if (bar->size > BAR_SIZE_MAX || bar->base > UINT64_MAX - bar->size)
		bar->size = bar->base = 0;
	return bar->wide ? 2 : 1;
}

/* Base and limit are the upper 12 bits of addresses below 4 GiB. */
static struct pci_window read_window(const struct pci_device *pd, unsigned reg)
{
	uint64_t base = pci_read16(pd, reg), limit = pci_read16(pd, reg + 2);
	unsigned kind = base & 15;

	base = (base & 0xfff0) << 16;
	limit = (limit & 0xfff0) << 16;
	if (kind == WINDOW_WIDE && reg == BRIDGE_PREFETCH) {
		base |= (uint64_t)pci_read32(pd, BRIDGE_PREFETCH_HIGH) << 32;
		limit |= (uint64_t)pci_read32(pd, BRIDGE_PREFETCH_HIGH + 4)
			 << 32;
	}
	if (base == 0 || limit < base)
		return (struct pci_window){ 0 };
	return (struct pci_window){ base, limit + WINDOW_GRAIN };
}

void pci_bars_read(struct pci_device *pd)
{
	unsigned count = pd->header == 0                   ? PCI_BARS
			 : pd->header == PCI_HEADER_BRIDGE ? BRIDGE_BARS
							   : 0;
	uint16_t command = pci_read16(pd, PCI_COMMAND);

	if (pd->class >> 8 == CLASS_HOST)
		return; /* RAM may be behind it */
	pci_write16(pd, PCI_COMMAND,
		    command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEM));
	for (unsigned i = 0; i < count;)
		i += read_bar(pd, i, count);
	pci_write16(pd, PCI_COMMAND, command);
	if (pd->header == PCI_HEADER_BRIDGE && command & PCI_COMMAND_MEM) {
		pd->memory = read_window(pd, BRIDGE_MEMORY);
		pd->prefetch = read_window(pd, BRIDGE_PREFETCH);
	}
}

/* Assigning */

static bool meet(paddr_t a, uint64_t a_len, paddr_t b, paddr_t b_end)
{
	return a < b_end && b < a + a_len;
}

/* What a function takes of [at, at + len), itself or for those behind it: the
 * end of that, or 0. */
static paddr_t taken_by(const struct pci_device *pd, paddr_t at, uint64_t len)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &pd->bars[i];

		if (bar->base && !bar->io &&
		    meet(at, len, bar->base, bar->base + bar->size))
			return bar->base + bar->size;
	}
	if (meet(at, len, pd->memory.base, pd->memory.end))
		return pd->memory.end;
	if (meet(at, len, pd->prefetch.base, pd->prefetch.end))
		return pd->prefetch.end;
	return 0;
}

static paddr_t taken_by_memory(paddr_t at, uint64_t len, bool ram_only)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.region[i];

		if ((r->type == BOOT_RAM || !ram_only) &&
		    meet(at, len, r->base, r->base + r->size))
			return r->base + r->size;
	}
	return 0;
}

static paddr_t taken(const struct pci_device *all,
		     const struct pci_device *parent, paddr_t at, uint64_t len)
{
	paddr_t end = parent ? 0 : taken_by_memory(at, len, false);

	for (const struct pci_device *pd = all; pd && !end; pd = pd->next)
		if (pd->parent == parent)
			end = taken_by(pd, at, len);
	return end;
}

/* A free piece of `in` for something before or behind which `parent` stands,
 * aligned to `align`; 0: none. */
struct request {
	const struct pci_device *all, *parent;
	uint64_t len, align;
};

static paddr_t find_in(const struct request *r, struct pci_window in)
{
	paddr_t at = ALIGN_UP(in.base, r->align), end;

	while (at >= in.base && at < in.end && in.end - at >= r->len) {
		end = taken(r->all, r->parent, at, r->len);
		if (!end)
			return at;
		at = ALIGN_UP(end, r->align);
	}
	return 0;
}

static paddr_t ram_end(paddr_t below)
{
	paddr_t end = 0;

	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.region[i];

		if (r->type == BOOT_RAM && r->base < below)
			end = MAX(end, r->base + r->size);
	}
	return end;
}

static paddr_t find(const struct request *r, bool wide)
{
	struct pci_window hole = { HOLE_START, HOLE_END };
	paddr_t at;

	if (r->parent)
		return find_in(r, r->parent->memory);
	hole.base = MAX(hole.base, ram_end(FOUR_GIB));
	at = find_in(r, hole);
	if (at || !wide)
		return at;
	hole.base = ALIGN_UP(MAX(ram_end(HIGH_END), FOUR_GIB), 1ull << 30);
	hole.end = HIGH_END;
	return find_in(r, hole);
}

static void write_bar(struct pci_device *pd, unsigned i)
{
	unsigned reg = BAR_FIRST + 4 * i;

	pci_write32(pd, reg, (uint32_t)pd->bars[i].base);
	if (pd->bars[i].wide)
		pci_write32(pd, reg + 4, (uint32_t)(pd->bars[i].base >> 32));
}

static bool needs_address(const struct pci_bar *bar)
{
	return bar->size && !bar->io && !bar->base;
}

/* One BAR to a page, so that what is mapped for one driver is its own. */
static uint64_t room_of(const struct pci_bar *bar)
{
	return MAX(bar->size, (uint64_t)PAGE_SIZE);
}

static void assign_bar(struct pci_device *all, struct pci_device *pd,
		       unsigned i)
{
	struct pci_bar *bar = &pd->bars[i];
	struct request r = {
		.all = all,
		.parent = pd->parent,
		.len = room_of(bar),
		.align = room_of(bar),
	};

	bar->base = find(&r, bar->wide);
	if (bar->base)
		write_bar(pd, i);
	else
		print("pci %s: no room for BAR %u, %llu KiB\n", pd->dev.name, i,
		      (unsigned long long)bar->size >> 10);
}

static bool is_behind(const struct pci_device *pd, const struct pci_device *b)
{
	do {
		pd = pd->parent;
	} while (pd && pd != b);
	return pd;
}

/* What holds everything behind a bridge, in whatever order: half of it may be
 * lost to alignment, and a window begins and ends at its grain.  What is too
 * large to be below 4 GiB goes without. */
static void add_needs(const struct pci_device *pd, struct request *r)
{
	if (pd->secondary)
		r->len += 2 * WINDOW_GRAIN;
	for (unsigned i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &pd->bars[i];

		if (!needs_address(bar) || bar->size > BEHIND_MAX)
			continue;
		r->len += 3 * room_of(bar);
		r->align = MAX(r->align, bar->size);
	}
}

static void assign_window(struct pci_device *all, struct pci_device *bridge)
{
	struct request r = {
		.all = all,
		.parent = bridge->parent,
		.align = WINDOW_GRAIN,
	};
	paddr_t base;

	for (struct pci_device *pd = all; pd; pd = pd->next)
		if (is_behind(pd, bridge))
			add_needs(pd, &r);
	if (!r.len)
		return;
	r.len = ALIGN_UP(r.len, WINDOW_GRAIN);
	base = find(&r, false);
	if (!base) {
		print("pci %s: no room for %llu MiB behind it\n",
		      bridge->dev.name, (unsigned long long)r.len >> 20);
		return;
	}
	bridge->memory = (struct pci_window){ base, base + r.len };
	pci_write16(bridge, BRIDGE_MEMORY, (uint16_t)(base >> 16));
	pci_write16(bridge, BRIDGE_MEMORY + 2,
		    (uint16_t)((base + r.len - 1) >> 16 & 0xfff0));
}

/* Nothing may be passed on by chance once the bridge is enabled. */
static void close_window(struct pci_device *bridge, unsigned reg)
{
	pci_write16(bridge, reg, 0xfff0);
	pci_write16(bridge, reg + 2, 0);
	if (reg == BRIDGE_PREFETCH) {
		pci_write32(bridge, BRIDGE_PREFETCH_HIGH, ~0u);
		pci_write32(bridge, BRIDGE_PREFETCH_HIGH + 4, 0);
	}
}

static void open_bridge(struct pci_device *all, struct pci_device *bridge)
{
	if (!bridge->memory.end) {
		close_window(bridge, BRIDGE_MEMORY);
		assign_window(all, bridge);
	}
	if (!bridge->prefetch.end)
		close_window(bridge, BRIDGE_PREFETCH);
	pci_enable(bridge);
}

static void forget_wrong(struct pci_device *pd)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct pci_bar *bar = &pd->bars[i];

		if (bar->base && !bar->io &&
		    (!bar->size || taken_by_memory(bar->base, bar->size, true)))
			bar->base = 0;
	}
}

void pci_bars_assign(struct pci_device *all)
{
	for (struct pci_device *pd = all; pd; pd = pd->next)
		forget_wrong(pd);
	for (struct pci_device *pd = all; pd; pd = pd->next) {
		for (unsigned i = 0; i < PCI_BARS; i++)
			if (needs_address(&pd->bars[i]))
				assign_bar(all, pd, i);
		if (pd->secondary)
			open_bridge(all, pd);
	}
}

void *pci_map(struct pci_device *pd, unsigned bar, uint64_t offset,
	      uint64_t len)
{
	const struct pci_bar *b = &pd->bars[bar % PCI_BARS];

	if (bar >= PCI_BARS || b->io || !b->base || len == 0 ||
	    offset > b->size || len > b->size - offset)
		return NULL;
	return vmap_device(b->base + offset, len);
}
