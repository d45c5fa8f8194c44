/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI: the functions of bus 0 and behind its bridges, each a device of
 * BUS_PCI whose id is vendor << 16 | device.
 *
 * Firmware is not relied on: buses that it did not number get numbers, and
 * memory BARs and bridge windows that it left empty get addresses from what
 * neither RAM nor anybody else uses (qboot assigns no address, SeaBIOS all).
 * I/O BARs stay as they are.
 *
 * The device is not trusted: lists in its configuration space are walked at
 * most as far as they can go, and what they point at is checked against the
 * BAR that they name.
 *
 * All of it runs at boot in one thread and may sleep; the accessors of
 * configuration space alone may be called in any context.
 */
#pragma once

#include "lib/types.h"

#include "drivers/bus/device.h"

struct irq_action;
struct pci_msix;

#define PCI_BARS 6

#define PCI_COMMAND       0x04 /* 16 bits */
#define PCI_CLASS         0x08 /* class, subclass, interface, revision */
#define PCI_SUBSYSTEM_ID  0x2e
#define PCI_COMMAND_IO    BIT(0)
#define PCI_COMMAND_MEM   BIT(1)
#define PCI_COMMAND_BUS   BIT(2)  /* may be master */
#define PCI_COMMAND_INTX  BIT(10) /* INTx is off */
#define PCI_CAP_VENDOR    0x09
#define PCI_CAP_MSIX      0x11
#define PCI_CAP_NEXT      1 /* offset in a capability */
#define PCI_HEADER_BRIDGE 1

struct pci_bar {
	paddr_t base;  /* 0: it has none */
	uint64_t size; /* 0: there is no such BAR */
	bool io, wide; /* in I/O space; 64 bits */
};

/* Addresses that a bridge passes on; none if end <= base. */
struct pci_window {
	paddr_t base, end;
};

struct pci_device {
	struct device dev;
	/* constant after enumeration: */
	uint8_t bus, devfn, header;
	uint32_t class; /* class << 16 | subclass << 8 | interface */
	struct pci_bar bars[PCI_BARS];
	struct pci_device *parent; /* the bridge before it; NULL: bus 0 */
	struct pci_device *next;   /* of all; bridges before what is behind */
	/* of a bridge: */
	uint8_t secondary; /* the bus behind it; 0: unreachable */
	struct pci_window memory, prefetch;
	/* pci_msix.c's: */
	struct pci_msix *msix;
};

static inline struct pci_device *pci_of(struct device *dev)
{
	return container_of(dev, struct pci_device, dev);
}

/* Configuration space, 256 bytes; `offset` aligned to the width. */
uint8_t pci_read8(const struct pci_device *pd, unsigned offset);
uint16_t pci_read16(const struct pci_device *pd, unsigned offset);
uint32_t pci_read32(const struct pci_device *pd, unsigned offset);
void pci_write8(const struct pci_device *pd, unsigned offset, uint8_t v);
void pci_write16(const struct pci_device *pd, unsigned offset, uint16_t v);
void pci_write32(const struct pci_device *pd, unsigned offset, uint32_t v);
/* Whether this machine has any. */
bool pci_config_present(void);

/* Calls `found` for each capability until it returns true. */
typedef bool (*pci_capability_fn)(struct pci_device *pd, unsigned offset,
				  uint8_t id, void *ctx);
void pci_capabilities(struct pci_device *pd, pci_capability_fn found,
		      void *ctx);
/* Offset of the first one with that id; 0: none. */
unsigned pci_capability(struct pci_device *pd, uint8_t id);

/* Lets it answer to its addresses and reach memory; INTx stays off. */
void pci_enable(struct pci_device *pd);
/* The opposite, once it was told to stop. */
void pci_disable(struct pci_device *pd);

/* Maps a part of a memory BAR, for vmap_unmap().  NULL: it is not there, has
 * no address, or there is no memory. */
void *must_check pci_map(struct pci_device *pd, unsigned bar, uint64_t offset,
			 uint64_t len);

/* For pci.c: what a function's BARs or a bridge's windows are now; then, once
 * all are known, addresses for those without. */
void pci_bars_read(struct pci_device *pd);
void pci_bars_assign(struct pci_device *all);

/*
 * MSI-X: a table of messages in the device, each an interrupt of its own.
 *
 * pci_msix_start() maps the table with everything masked and returns how many
 * entries there are; pci_msix_request() gives one of them a vector on `cpu`
 * and unmasks it.  -ENODEV: the device has none; -ENOMEM; -ENOSPC: vectors are
 * used up, or so few that they are kept for others' entry 0.
 */
int must_check pci_msix_start(struct pci_device *pd);
int must_check pci_msix_request(struct pci_device *pd, unsigned entry,
				unsigned cpu, struct irq_action *action);
/* Returns when the handler runs nowhere any more. */
void pci_msix_release(struct pci_device *pd, unsigned entry,
		      struct irq_action *action);
/* All entries have been released. */
void pci_msix_stop(struct pci_device *pd);
