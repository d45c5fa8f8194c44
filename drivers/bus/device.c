/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of devices only grows, at boot, in one thread. */
#include "drivers/bus/device.h"

#include "core/print.h"

#define DRIVER(name) extern const struct driver name##_driver;
#include "drivers/drivers.def"
#undef DRIVER

#define DRIVER(name) &name##_driver,
static const struct driver *const drivers[] = {
#include "drivers/drivers.def"
};
#undef DRIVER

static struct device *devices;
static struct device **devices_end = &devices;

static bool try_driver(struct device *dev, const struct driver *drv)
{
	int err;

	if (drv->bus != dev->bus || !drv->match || !drv->match(dev))
		return false;
	dev->driver = drv;
	err = drv->probe(dev);
	if (!err)
		return true;
	print("%s: %s: probe failed: %d\n", dev->name, drv->name, err);
	dev->driver = NULL;
	return false;
}

void device_add(struct device *dev)
{
	dev->next = NULL;
	*devices_end = dev;
	devices_end = &dev->next;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (try_driver(dev, drivers[i]))
			return;
	}
	/* A PC is full of functions that need none. */
	if (dev->bus != BUS_PCI)
		print("%s: no driver (id %u)\n", dev->name, dev->id);
}

struct device *device_next(const struct device *dev)
{
	return dev ? dev->next : devices;
}

void device_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (drivers[i]->enumerate)
			drivers[i]->enumerate();
	}
}
