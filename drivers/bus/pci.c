/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk over buses: what firmware has numbered first, since only then is
 * it known which numbers are free for bridges that it has not.  A number is
 * entered once, whatever bridges say.
 */
#include "drivers/bus/pci.h"

#include "lib/fmt.h"

#include "core/print.h"
#include "mm/kmalloc.h"

#define VENDOR            0x00 /* and the device above it */
#define HEADER            0x0e
#define HEADER_MULTI      0x80
#define BUS_PRIMARY       0x18
#define BUS_SECONDARY     0x19
#define BUS_SUBORDINATE   0x1a
#define BUSES             256
#define FUNCTIONS_PER_BUS 256
#define CLASS_BRIDGE_PCI  0x0604

/* Bridges behind bridges that are followed, each with a frame of stack. */
#define DEPTH_MAX 16
#define NO_ENTRY  DEPTH_MAX

static struct pci_device *devices, **devices_end = &devices;
static bool entered[BUSES];
static unsigned last_bus; /* the highest number that somebody answers to */

static void scan_bus(unsigned bus, struct pci_device *parent, unsigned depth);

static bool is_bridge(const struct pci_device *pd)
{
	return pd->header == PCI_HEADER_BRIDGE &&
	       pd->class >> 8 == CLASS_BRIDGE_PCI;
}

/* The bus behind a bridge as firmware has numbered it; 0: it has not, or makes
 * no sense. */
static unsigned numbered(const struct pci_device *pd)
{
	unsigned secondary = pci_read8(pd, BUS_SECONDARY);
	unsigned subordinate = pci_read8(pd, BUS_SUBORDINATE);

	if (secondary <= pd->bus || subordinate < secondary ||
	    entered[secondary])
		return 0;
	last_bus = MAX(last_bus, subordinate);
	return secondary;
}

static void enter_bridge(struct pci_device *pd, unsigned depth)
{
	unsigned secondary = depth < DEPTH_MAX ? numbered(pd) : 0;

	if (!secondary)
		return;
	pd->secondary = (uint8_t)secondary;
	scan_bus(secondary, pd, depth + 1);
}

static struct pci_device *add_function(const struct pci_device *at,
				       struct pci_device *parent)
{
	uint32_t id = pci_read32(at, VENDOR);
	struct pci_device *pd = kzalloc(sizeof(*pd), 0);

	if (!pd)
		return NULL;
	pd->bus = at->bus;
	pd->devfn = at->devfn;
	pd->parent = parent;
	pd->header = pci_read8(at, HEADER) & ~HEADER_MULTI;
	pd->class = pci_read32(at, PCI_CLASS) >> 8;
	pd->dev.bus = BUS_PCI;
	pd->dev.id = id << 16 | id >> 16;
	fmt_snprintf(pd->dev.name, sizeof(pd->dev.name), "%02x:%02x.%x",
		     pd->bus, pd->devfn >> 3, pd->devfn & 7);
	*devices_end = pd;
	devices_end = &pd->next;
	pci_bars_read(pd);
	return pd;
}

static bool answers(const struct pci_device *at)
{
	uint16_t vendor = pci_read16(at, VENDOR);

	return vendor != 0xffff && vendor != 0;
}

static void scan_bus(unsigned bus, struct pci_device *parent, unsigned depth)
{
	struct pci_device at = { .bus = (uint8_t)bus }, *pd;
	unsigned step;

	entered[bus] = true;
	for (unsigned fn = 0; fn < FUNCTIONS_PER_BUS; fn += step) {
		at.devfn = (uint8_t)fn;
		step = fn % 8 ? 1 : 8;
		if (!answers(&at))
			continue;
		if (step == 8 && pci_read8(&at, HEADER) & HEADER_MULTI)
			step = 1;
		pd = add_function(&at, parent);
		if (pd && is_bridge(pd))
			enter_bridge(pd, depth);
	}
}

static void number_behind(struct pci_device *parent, unsigned depth);

/* While the buses behind it are counted, it passes everything on. */
static void number_bridge(struct pci_device *pd, unsigned depth)
{
	unsigned bus = last_bus + 1;

	if (bus >= BUSES || depth >= DEPTH_MAX) {
		print("pci %s: no bus number is left\n", pd->dev.name);
		return;
	}
	pci_write8(pd, BUS_PRIMARY, pd->bus);
	pci_write8(pd, BUS_SECONDARY, (uint8_t)bus);
	pci_write8(pd, BUS_SUBORDINATE, BUSES - 1);
	pd->secondary = (uint8_t)bus;
	last_bus = bus;
	scan_bus(bus, pd, NO_ENTRY);
	number_behind(pd, depth + 1);
	pci_write8(pd, BUS_SUBORDINATE, (uint8_t)last_bus);
}

/* A bridge without number gets the next one if that reaches it: on bus 0, or
 * behind another that was numbered here. */
static void number_behind(struct pci_device *parent, unsigned depth)
{
	for (struct pci_device *pd = devices; pd; pd = pd->next)
		if (pd->parent == parent && is_bridge(pd) && !pd->secondary)
			number_bridge(pd, depth);
}

static void enumerate(void)
{
	if (!pci_config_present())
		return;
	scan_bus(0, NULL, 0);
	number_behind(NULL, 0);
	pci_bars_assign(devices);
	for (struct pci_device *pd = devices; pd; pd = pd->next)
		device_add(&pd->dev);
}

const struct driver pci_driver = {
	.name = "pci",
	.bus = BUS_PCI,
	.enumerate = enumerate,
};
