/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's 82093AA data sheet: registers are reached through an index and a
 * window, so that a pair of accesses needs the lock below.  It ranks with the
 * line's own lock, which irq.c holds around mask and unmask; nothing is taken
 * inside.
 */
#include "drivers/irqchip/ioapic.h"

#include "arch/io.h"
#include "arch/irq.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "core/spinlock.h"
#include "mm/vmap.h"

#define REG_INDEX     0x00
#define REG_WINDOW    0x10
#define REGISTERS_LEN 0x20

#define IOAPIC_VERSION 0x01
#define IOAPIC_PIN(n)  (0x10 + 2 * (n))
#define PIN_MASKED     (1u << 16)
#define PIN_DEST_SHIFT 24  /* of the high word */
#define PINS_MAX       120 /* what the index can address */

static_assert(PINS_MAX <= ARCH_MESSAGE_LINE, "its lines are its own");

static struct {
	struct spinlock lock;
	/* protected by lock: */
	char *regs;
} ioapic = { .lock = SPINLOCK(RANK_IRQ_CHIP) };

static uint32_t reg_read(unsigned reg)
{
	mmio_write32(ioapic.regs + REG_INDEX, reg);
	return mmio_read32(ioapic.regs + REG_WINDOW);
}

static void reg_write(unsigned reg, uint32_t v)
{
	mmio_write32(ioapic.regs + REG_INDEX, reg);
	mmio_write32(ioapic.regs + REG_WINDOW, v);
}

/* The high word first: the pin must not fire at an old destination. */
static void pin_write(unsigned line, bool enabled)
{
	unsigned vector = arch_irq_vector(line);
	unsigned long flags = spin_lock_irqsave(&ioapic.lock);

	if (!enabled || !vector) {
		reg_write(IOAPIC_PIN(line), PIN_MASKED);
	} else {
		reg_write(IOAPIC_PIN(line) + 1, arch_irq_target(0)
							<< PIN_DEST_SHIFT);
		reg_write(IOAPIC_PIN(line), vector);
	}
	spin_unlock_irqrestore(&ioapic.lock, flags);
}

static void unmask(unsigned line)
{
	pin_write(line, true);
}

static void mask(unsigned line)
{
	pin_write(line, false);
}

static struct irq_chip ioapic_chip = {
	.name = "ioapic",
	.unmask = unmask,
	.mask = mask,
};

int ioapic_init(paddr_t base)
{
	uint32_t version;

	ioapic.regs = vmap_device(base, REGISTERS_LEN);
	if (!ioapic.regs)
		return -ENOMEM;
	version = reg_read(IOAPIC_VERSION);
	ioapic_chip.count = (version >> 16 & 0xff) + 1;
	if (version == ~0u || ioapic_chip.count > PINS_MAX) {
		vmap_unmap(ioapic.regs);
		ioapic.regs = NULL;
		return -ENODEV;
	}
	for (unsigned line = 0; line < ioapic_chip.count; line++)
		mask(line);
	irq_chip_add(&ioapic_chip);
	return 0;
}
