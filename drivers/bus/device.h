/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices and drivers, and how they meet.
 *
 * A driver that can find devices has `enumerate`, which calls device_add()
 * for each.  A new device is offered at once to the drivers of its bus, in the
 * order of drivers/drivers.def, until one's probe takes it; probing a bus may
 * add devices in turn.  Nothing is ever unbound.  All of it runs in one
 * thread at boot, may sleep, and takes no lock.
 *
 * A new driver is one file and one line in drivers/drivers.def.
 */
#pragma once

#include "lib/types.h"

#define DEVICE_NAME_MAX 24

enum device_bus {
	BUS_VIRTIO_MMIO, /* a slot that holds some virtio device */
	BUS_PCI,         /* a function, see pci.h */
	BUS_VIRTIO,      /* a virtio device on whatever transport */
};

struct device {
	enum device_bus bus;
	uint32_t id; /* of its bus: the virtio device type, PCI's ids */
	char name[DEVICE_NAME_MAX];
	paddr_t base; /* registers; 0: none of its own */
	uint64_t size;
	unsigned line;               /* interrupt */
	const struct driver *driver; /* who took it */
	struct device *next;         /* owned by device.c */
};

struct driver {
	const char *name;
	enum device_bus bus;
	/* NULL: finds no devices by itself. */
	void (*enumerate)(void);
	/* NULL: takes no device. */
	bool (*match)(const struct device *dev);
	/* 0, or -errno with everything undone: the next driver is asked. */
	int (*probe)(struct device *dev);
};

/* Adds a device and binds it.  It lives for ever, taken or not. */
void device_add(struct device *dev);

/* The one after `dev` in order of arrival; NULL starts and ends. */
struct device *device_next(const struct device *dev);

/* Lets every driver look for its devices. */
void device_init(void);
