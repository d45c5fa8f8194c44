/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio devices, whatever carries them (virtio 1.x only).
 *
 * A transport makes a struct virtio_device and adds its `dev` to BUS_VIRTIO
 * with the virtio device type as id.  A driver's probe then calls, in this
 * order, virtio_start() (features), virtio_queue_create() for each queue,
 * virtio_ready(), and after that uses the queues; virtio_stop() undoes all.
 *
 * Set-up runs in the probing thread, may sleep and wants no lock.
 */
#pragma once

#include "lib/types.h"

#include "drivers/bus/device.h"
#include "drivers/bus/virtqueue.h"

/* Device types. */
#define VIRTIO_ID_CONSOLE 3
#define VIRTIO_ID_RNG     4

#define VIRTIO_F_EVENT_IDX BIT(29)
#define VIRTIO_F_VERSION_1 (1ull << 32)

/* Bits of the status register. */
enum {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_FAILED = 128,
};

#define VIRTIO_QUEUES_MAX 64

struct virtio_transport {
	uint64_t (*features)(struct virtio_device *vd); /* offered */
	void (*accept)(struct virtio_device *vd, uint64_t features);
	uint8_t (*status)(struct virtio_device *vd);
	void (*set_status)(struct virtio_device *vd, uint8_t status);
	/* Most entries queue `index` can have; 0: there is no such queue. */
	unsigned (*queue_max)(struct virtio_device *vd, unsigned index);
	/* -errno: the device cannot have it so. */
	int (*queue_enable)(struct virtqueue *vq, paddr_t ring);
	/* The device was reset: the queue makes no interrupt any more.  May be
	 * NULL. */
	void (*queue_disable)(struct virtqueue *vq);
	void (*notify)(struct virtqueue *vq);
	/* Changes with each change of the configuration. */
	uint32_t (*generation)(struct virtio_device *vd);
};

struct virtio_device {
	struct device dev; /* id: the virtio device type */
	const struct virtio_transport *transport;
	const char *config; /* the device's own registers ... */
	size_t config_len;  /* ... and their length */
	uint64_t features;  /* accepted by both */

	/* Slots are filled once, before the device can interrupt: */
	struct virtqueue *queues[VIRTIO_QUEUES_MAX];
	unsigned queue_end; /* one past the highest index in use */

	/* The configuration changed; interrupts off.  May be NULL. */
	void (*config_changed)(struct virtio_device *vd);
	void *priv; /* the driver's */
};

static inline struct virtio_device *virtio_of(struct device *dev)
{
	return container_of(dev, struct virtio_device, dev);
}

static inline bool virtio_has(const struct virtio_device *vd, uint64_t feature)
{
	return vd->features & feature;
}

/* For transports: adds a device of that virtio type, with its next free number
 * in the name. */
void virtio_add(struct virtio_device *vd, uint32_t type);

/* Reads `len` bytes of the device's configuration: one field of 2 or 4 bytes,
 * or an array of bytes.  What the device does not have reads as zeros. */
void virtio_config(struct virtio_device *vd, unsigned offset, void *buf,
		   size_t len);

/* Resets the device and agrees on those of the features `wanted` that it
 * offers.  -ENODEV: it will not have it so, or lacks virtio 1. */
int must_check virtio_start(struct virtio_device *vd, uint64_t wanted);

/* Creates queue `index` with at most `size` entries (a power of two); see
 * struct virtqueue for callback.  -ENOENT: the device has no such queue;
 * -ENOMEM; or what the transport says.  Interrupts go to `cpu`. */
struct virtio_queue_spec {
	unsigned index;
	unsigned cpu;
	uint16_t size;
	void (*callback)(struct virtqueue *vq);
	void *ctx;
};
int must_check virtio_queue_create(struct virtio_device *vd,
				   const struct virtio_queue_spec *spec,
				   struct virtqueue **out);

/* The driver is ready: the device may use its queues. */
void virtio_ready(struct virtio_device *vd);

/* Resets the device and frees its queues.  Nobody may use them any more. */
void virtio_stop(struct virtio_device *vd);

/* Tells the device that a queue has news; when virtqueue_kick_needed(). */
static inline void virtio_notify(struct virtqueue *vq)
{
	vq->vd->transport->notify(vq);
}

/* For transports: this queue, or some queue, may have used entries.
 * Interrupts off. */
void virtio_queue_interrupt(struct virtqueue *vq);
void virtio_interrupt(struct virtio_device *vd);
