/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSI-X (PCI Local Bus 3.0, 6.8.2).  The lines of all messages belong to one
 * interrupt controller of core/irq.c, whose mask and unmask write the mask bit
 * of the table entry that the line stands for.
 *
 * An entry is bound to its line before the handler is added, and forgotten
 * after the handler was removed and every CPU has left it.
 */
#include "arch/io.h"
#include "arch/irq.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "drivers/bus/pci.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"
#include "sched/rcu.h"

#define MSIX_CONTROL   2 /* offsets in the capability */
#define MSIX_TABLE     4
#define CONTROL_SIZE   0x07ff
#define CONTROL_MASK   BIT(14) /* all of them */
#define CONTROL_ENABLE BIT(15)
#define TABLE_BAR      7u

#define ENTRY_SIZE    16
#define ENTRY_ADDRESS 0
#define ENTRY_DATA    8
#define ENTRY_CONTROL 12
#define ENTRY_MASKED  1u

struct pci_msix {
	char *table;
	unsigned count;   /* of its entries */
	unsigned lines[]; /* of those in use */
};

/* Of the message lines: the table entry.  Written while the line has no
 * handler, so that mask and unmask are not called. */
static char *entries[ARCH_MESSAGE_LINES];

static void write_mask(unsigned line, uint32_t masked)
{
	char *entry = entries[line - ARCH_MESSAGE_LINE];

	if (!entry)
		return;
	mmio_write32(entry + ENTRY_CONTROL, masked);
	mmio_read32(entry + ENTRY_CONTROL); /* it has arrived */
}

static void mask(unsigned line)
{
	write_mask(line, ENTRY_MASKED);
}

static void unmask(unsigned line)
{
	write_mask(line, 0);
}

static struct irq_chip chip = {
	.name = "msi-x",
	.first = ARCH_MESSAGE_LINE,
	.count = ARCH_MESSAGE_LINES,
	.mask = mask,
	.unmask = unmask,
};

static void add_chip_once(void)
{
	static bool added;

	if (!added)
		irq_chip_add(&chip);
	added = true;
}

/* The last lines are for devices that have none yet: what a driver asks for
 * beyond entry 0 it can do without. */
#define LINES_SPARE (ARCH_MESSAGE_LINES / 4)

static bool few_left(void)
{
	unsigned used = 0;

	for (unsigned i = 0; i < ARCH_MESSAGE_LINES; i++)
		used += entries[i] != NULL;
	return used >= ARCH_MESSAGE_LINES - LINES_SPARE;
}

static struct pci_msix *open_table(struct pci_device *pd, unsigned cap)
{
	unsigned count =
		(pci_read16(pd, cap + MSIX_CONTROL) & CONTROL_SIZE) + 1;
	uint32_t where = pci_read32(pd, cap + MSIX_TABLE);
	struct pci_msix *m =
		kzalloc(sizeof(*m) + count * sizeof(m->lines[0]), 0);

	if (!m)
		return NULL;
	m->count = count;
	m->table = pci_map(pd, where & TABLE_BAR, where & ~TABLE_BAR,
			   count * ENTRY_SIZE);
	if (m->table)
		return m;
	kfree(m);
	return NULL;
}

int pci_msix_start(struct pci_device *pd)
{
	unsigned cap = pci_capability(pd, PCI_CAP_MSIX);
	struct pci_msix *m = cap ? open_table(pd, cap) : NULL;

	if (!m)
		return -ENODEV;
	add_chip_once();
	pci_write16(pd, cap + MSIX_CONTROL, CONTROL_ENABLE | CONTROL_MASK);
	for (unsigned i = 0; i < m->count; i++)
		mmio_write32(m->table + i * ENTRY_SIZE + ENTRY_CONTROL,
			     ENTRY_MASKED);
	pci_write16(pd, cap + MSIX_CONTROL, CONTROL_ENABLE);
	pd->msix = m;
	return (int)m->count;
}

static void forget(struct pci_msix *m, unsigned entry)
{
	unsigned line = m->lines[entry];

	m->lines[entry] = 0;
	entries[line - ARCH_MESSAGE_LINE] = NULL;
	arch_message_free(line);
}

int pci_msix_request(struct pci_device *pd, unsigned entry, unsigned cpu,
		     struct irq_action *action)
{
	struct pci_msix *m = pd->msix;
	char *at = m->table + entry * ENTRY_SIZE;
	struct arch_message msg;
	unsigned line;
	int err;

	if (entry >= m->count || m->lines[entry])
		return -EINVAL;
	if (entry && few_left())
		return -ENOSPC;
	line = arch_message_alloc(cpu, &msg);
	if (!line)
		return -ENOSPC;
	mmio_write32(at + ENTRY_ADDRESS, (uint32_t)msg.address);
	mmio_write32(at + ENTRY_ADDRESS + 4, (uint32_t)(msg.address >> 32));
	mmio_write32(at + ENTRY_DATA, msg.data);
	entries[line - ARCH_MESSAGE_LINE] = at;
	m->lines[entry] = line;
	err = irq_request(line, action);
	if (err)
		forget(m, entry);
	return err;
}

void pci_msix_release(struct pci_device *pd, unsigned entry,
		      struct irq_action *action)
{
	struct pci_msix *m = pd->msix;

	irq_release(m->lines[entry], action);
	rcu_synchronize();
	forget(m, entry);
}

void pci_msix_stop(struct pci_device *pd)
{
	unsigned cap = pci_capability(pd, PCI_CAP_MSIX);

	if (cap)
		pci_write16(pd, cap + MSIX_CONTROL, 0);
	vmap_unmap(pd->msix->table);
	kfree(pd->msix);
	pd->msix = NULL;
}
