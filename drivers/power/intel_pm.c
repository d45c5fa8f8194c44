/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The power management block of Intel's PIIX4 and ICH9, which QEMU's pc and
 * q35 have: soft off by the PM1 control register (ACPI 6.0, 4.8.3.2.1).  What
 * sleep type means off stands in ACPI's tables; these chips' data sheets, and
 * QEMU, say it here.
 *
 * The registers are a range of ports whose base firmware has chosen, or we do.
 */
#include "arch/io.h"

#include "abi/errno.h"
#include "core/power.h"
#include "drivers/bus/pci.h"

#define ID_PIIX4_PM 0x80867113u
#define ID_ICH9_LPC 0x80862918u

#define PM_BASE         0x40
#define PM_BASE_MASK    0xffc0
#define PM_BASE_DEFAULT 0x600
#define PIIX4_ENABLE    0x80 /* PMREGMISC */
#define PIIX4_ENABLE_ON BIT(0)
#define ICH9_ENABLE     0x44 /* ACPI_CNTL */
#define ICH9_ENABLE_ON  BIT(7)

#define PM1_CONTROL 4
#define SLEEP_NOW   BIT(13)
#define SLEEP_TYPE  10 /* shift */
#define ICH9_S5     7  /* of the chip; QEMU's is 0 */

static uint16_t control; /* port; constant after probe */

static void soft_off(enum power_action action)
{
	if (action != POWER_OFF)
		return;
	port_write16(control, SLEEP_NOW);
	port_write16(control, SLEEP_NOW | ICH9_S5 << SLEEP_TYPE);
}

static struct power_handler handler = {
	.name = "intel-pm",
	.priority = 50,
	.end = soft_off,
};

static int probe(struct device *dev)
{
	struct pci_device *pd = pci_of(dev);
	bool piix4 = dev->id == ID_PIIX4_PM;
	unsigned enable = piix4 ? PIIX4_ENABLE : ICH9_ENABLE;
	uint8_t on = piix4 ? PIIX4_ENABLE_ON : ICH9_ENABLE_ON;
	uint16_t base = pci_read16(pd, PM_BASE) & PM_BASE_MASK;

	if (control)
		return -EBUSY;
	if (!base) {
		base = PM_BASE_DEFAULT;
		pci_write32(pd, PM_BASE, base);
	}
	pci_write8(pd, enable, pci_read8(pd, enable) | on);
	control = base + PM1_CONTROL;
	power_handler_add(&handler);
	return 0;
}

static bool match(const struct device *dev)
{
	return dev->id == ID_PIIX4_PM || dev->id == ID_ICH9_LPC;
}

const struct driver intel_pm_driver = {
	.name = "intel_pm",
	.bus = BUS_PCI,
	.match = match,
	.probe = probe,
};
