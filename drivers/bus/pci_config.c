/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space by mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2): the
 * address in one port, the data in another, so that a pair of accesses needs
 * the lock.  What is not there reads as ones.
 */
#include "arch/io.h"

#include "core/spinlock.h"
#include "drivers/bus/pci.h"

#define PORT_ADDRESS   0xcf8
#define PORT_DATA      0xcfc
#define ADDRESS_ENABLE 0x80000000u

#define STATUS           0x06
#define STATUS_CAP_LIST  BIT(4)
#define CAPABILITIES     0x34
#define CAPABILITY_FIRST 0x40
/* As many of four bytes as there is room for: a longer list is a ring. */
#define CAPABILITIES_MAX ((256 - CAPABILITY_FIRST) / 4)

static struct spinlock config_lock = SPINLOCK(RANK_IRQ_CHIP);

static unsigned long point_at(const struct pci_device *pd, unsigned offset)
{
	unsigned long flags = spin_lock_irqsave(&config_lock);

	port_write32(PORT_ADDRESS, ADDRESS_ENABLE | (uint32_t)pd->bus << 16 |
					   (uint32_t)pd->devfn << 8 |
					   (offset & 0xfc));
	return flags;
}

static void done(unsigned long flags)
{
	spin_unlock_irqrestore(&config_lock, flags);
}

#define CONFIG_OPS(bits)                                                      \
	uint##bits##_t pci_read##bits(const struct pci_device *pd,            \
				      unsigned offset)                        \
	{                                                                     \
		unsigned long flags = point_at(pd, offset);                   \
		uint##bits##_t v = port_read##bits(PORT_DATA + (offset & 3)); \
                                                                              \
		done(flags);                                                  \
		return v;                                                     \
	}                                                                     \
	void pci_write##bits(const struct pci_device *pd, unsigned offset,    \
			     uint##bits##_t v)                                \
	{                                                                     \
		unsigned long flags = point_at(pd, offset);                   \
                                                                              \
		port_write##bits(PORT_DATA + (offset & 3), v);                \
		done(flags);                                                  \
	}                                                                     \
	static_assert(bits <= 32, "a register")

CONFIG_OPS(8);
CONFIG_OPS(16);
CONFIG_OPS(32);

bool pci_config_present(void)
{
	static const struct pci_device none;
	unsigned long flags = point_at(&none, 0);
	bool answers = port_read32(PORT_ADDRESS) == ADDRESS_ENABLE;

	done(flags);
	return answers;
}

void pci_capabilities(struct pci_device *pd, pci_capability_fn found, void *ctx)
{
	unsigned at;

	if (!(pci_read16(pd, STATUS) & STATUS_CAP_LIST))
		return;
	at = pci_read8(pd, CAPABILITIES);
	for (unsigned i = 0; i < CAPABILITIES_MAX; i++) {
		at &= ~3u;
		if (at < CAPABILITY_FIRST)
			return;
		if (found(pd, at, pci_read8(pd, at), ctx))
			return;
		at = pci_read8(pd, at + PCI_CAP_NEXT);
	}
}

struct wanted {
	uint8_t id;
	unsigned offset;
};

static bool is_wanted(struct pci_device *pd, unsigned offset, uint8_t id,
		      void *ctx)
{
	struct wanted *w = ctx;

	if (id != w->id)
		return false;
	w->offset = offset;
	return true;
}

unsigned pci_capability(struct pci_device *pd, uint8_t id)
{
	struct wanted w = { .id = id };

	pci_capabilities(pd, is_wanted, &w);
	return w.offset;
}

void pci_enable(struct pci_device *pd)
{
	pci_write16(pd, PCI_COMMAND,
		    pci_read16(pd, PCI_COMMAND) | PCI_COMMAND_MEM |
			    PCI_COMMAND_BUS | PCI_COMMAND_INTX);
}

void pci_disable(struct pci_device *pd)
{
	pci_write16(pd, PCI_COMMAND,
		    pci_read16(pd, PCI_COMMAND) & ~PCI_COMMAND_BUS);
}
