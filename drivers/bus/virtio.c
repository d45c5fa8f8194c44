/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio 1.1, 3.1: the order of initialisation.  The rings of a queue and the
 * struct are two blocks of kernel memory; the rings are physically contiguous
 * since kmalloc's blocks are.
 */
#include "drivers/bus/virtio.h"

#include "arch/cpu.h"
#include "arch/io.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/print.h"
#include "mm/kmalloc.h"
#include "sched/rcu.h"

/* Bounds on what a broken device can make us repeat. */
#define RESET_POLLS  100000
#define CONFIG_TRIES 100

void virtio_add(struct virtio_device *vd, uint32_t type)
{
	static unsigned count;

	vd->dev.bus = BUS_VIRTIO;
	vd->dev.id = type;
	fmt_snprintf(vd->dev.name, sizeof(vd->dev.name), "virtio%u", count++);
	device_add(&vd->dev);
}

/* A field is read by one access of its own width (4.1.3.1, 4.2.2.2). */
static void read_field(const char *regs, void *buf, size_t len)
{
	uint16_t v16;
	uint32_t v32;

	if (len == sizeof(v32)) {
		v32 = mmio_read32(regs);
		memcpy(buf, &v32, len);
	} else if (len == sizeof(v16)) {
		v16 = mmio_read16(regs);
		memcpy(buf, &v16, len);
	} else {
		for (size_t i = 0; i < len; i++)
			((uint8_t *)buf)[i] = mmio_read8(regs + i);
	}
}

void virtio_config(struct virtio_device *vd, unsigned offset, void *buf,
		   size_t len)
{
	uint32_t generation;

	memset(buf, 0, len);
	if (offset > vd->config_len || len > vd->config_len - offset)
		return;
	for (unsigned i = 0; i < CONFIG_TRIES; i++) {
		generation = vd->transport->generation(vd);
		read_field(vd->config + offset, buf, len);
		if (generation == vd->transport->generation(vd))
			return;
	}
}

static int reset(struct virtio_device *vd)
{
	vd->transport->set_status(vd, 0);
	for (unsigned i = 0; i < RESET_POLLS; i++) {
		if (vd->transport->status(vd) == 0)
			return 0;
		arch_cpu_relax();
	}
	return -ETIMEDOUT;
}

static void add_status(struct virtio_device *vd, uint8_t bit)
{
	vd->transport->set_status(vd, vd->transport->status(vd) | bit);
}

int virtio_start(struct virtio_device *vd, uint64_t wanted)
{
	const struct virtio_transport *t = vd->transport;
	uint64_t offered;
	int err = reset(vd);

	if (err)
		return err;
	add_status(vd, VIRTIO_ACKNOWLEDGE);
	add_status(vd, VIRTIO_DRIVER);
	offered = t->features(vd);
	if (!(offered & VIRTIO_F_VERSION_1)) {
		add_status(vd, VIRTIO_FAILED);
		return -ENODEV;
	}
	vd->features =
		offered & (wanted | VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX);
	t->accept(vd, vd->features);
	add_status(vd, VIRTIO_FEATURES_OK);
	if (t->status(vd) & VIRTIO_FEATURES_OK)
		return 0;
	add_status(vd, VIRTIO_FAILED);
	return -ENODEV;
}

static void queue_free(struct virtqueue *vq)
{
	if (!vq)
		return;
	kfree(vq->desc);
	kfree(vq);
}

/* A power of two: kmalloc aligns no other size to 16 bytes. */
static void *ring_alloc(uint16_t size)
{
	size_t len = 64;

	while (len < virtqueue_ring_bytes(size))
		len *= 2;
	return kzalloc(len, 0);
}

static struct virtqueue *queue_alloc(struct virtio_device *vd, uint16_t size)
{
	struct virtqueue *vq;
	void *ring;

	vq = kzalloc(sizeof(*vq) + size * sizeof(struct virtqueue_slot), 0);
	ring = ring_alloc(size);
	if (!vq || !ring) {
		kfree(vq);
		kfree(ring);
		return NULL;
	}
	vq->slots = (struct virtqueue_slot *)(vq + 1);
	virtqueue_init(vq, ring, size, virtio_has(vd, VIRTIO_F_EVENT_IDX));
	return vq;
}

int virtio_queue_create(struct virtio_device *vd,
			const struct virtio_queue_spec *spec,
			struct virtqueue **out)
{
	unsigned max = 0;
	uint16_t size = spec->size;
	struct virtqueue *vq;
	int err;

	if (spec->index < VIRTIO_QUEUES_MAX)
		max = vd->transport->queue_max(vd, spec->index);
	if (!max)
		return -ENOENT;
	while (size > max)
		size /= 2;
	vq = queue_alloc(vd, size);
	if (!vq)
		return -ENOMEM;
	vq->vd = vd;
	vq->index = spec->index;
	vq->callback = spec->callback;
	vq->ctx = spec->ctx;
	vq->cpu = spec->cpu;
	err = vd->transport->queue_enable(vq, arch_virt_to_phys(vq->desc));
	if (err) {
		queue_free(vq);
		return err;
	}
	vd->queues[vq->index] = vq;
	vd->queue_end = MAX(vd->queue_end, vq->index + 1);
	*out = vq;
	return 0;
}

void virtio_ready(struct virtio_device *vd)
{
	add_status(vd, VIRTIO_DRIVER_OK);
}

void virtio_stop(struct virtio_device *vd)
{
	struct virtqueue *gone[VIRTIO_QUEUES_MAX];
	unsigned n = vd->queue_end;
	int err = reset(vd);

	for (unsigned i = 0; i < n; i++) {
		gone[i] = vd->queues[i];
		WRITE_ONCE(vd->queues[i], NULL);
		if (gone[i] && vd->transport->queue_disable)
			vd->transport->queue_disable(gone[i]);
	}
	vd->queue_end = 0;
	/* An interrupt on another CPU may be at one of them. */
	rcu_synchronize();
	if (err) {
		/* It may still write to the rings: better lose them. */
		print("%s: does not reset\n", vd->dev.name);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		queue_free(gone[i]);
}

void virtio_queue_interrupt(struct virtqueue *vq)
{
	if (vq->callback && virtqueue_interrupted(vq))
		vq->callback(vq);
}

void virtio_interrupt(struct virtio_device *vd)
{
	for (unsigned i = 0; i < READ_ONCE(vd->queue_end); i++) {
		struct virtqueue *vq = READ_ONCE(vd->queues[i]);

		if (vq)
			virtio_queue_interrupt(vq);
	}
}
