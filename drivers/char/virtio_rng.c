/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio entropy (virtio 1.1, 5.4): one request for a block of random bytes at
 * boot, mixed into the kernel's generator when the answer comes.  The device
 * is then left alone; nothing waits for it.
 */
#include "abi/errno.h"
#include "core/random.h"
#include "drivers/bus/virtio.h"
#include "mm/kmalloc.h"

#define SEED_LEN 64

/* The callback is the queue's only user after probe. */
static void received(struct virtqueue *vq)
{
	uint32_t len;
	char *seed = virtqueue_take(vq, &len);

	if (seed)
		random_add(seed, len);
}

static int request(struct virtqueue *vq)
{
	char *seed = kzalloc(SEED_LEN, 0);
	struct virtqueue_seg seg;
	int err;

	if (!seed)
		return -ENOMEM;
	seg = (struct virtqueue_seg){ arch_virt_to_phys(seed), SEED_LEN };
	err = virtqueue_add(vq, &seg, 0, 1, seed);
	if (err) {
		kfree(seed);
		return err;
	}
	(void)virtqueue_interrupt_on(vq);
	if (virtqueue_kick_needed(vq))
		virtio_notify(vq);
	return 0;
}

static int probe(struct device *dev)
{
	struct virtio_device *vd = virtio_of(dev);
	struct virtio_queue_spec spec = { .size = 1, .callback = received };
	struct virtqueue *vq;
	int err = virtio_start(vd, 0);

	if (!err)
		err = virtio_queue_create(vd, &spec, &vq);
	if (err) {
		virtio_stop(vd);
		return err;
	}
	virtio_ready(vd);
	err = request(vq);
	if (err)
		virtio_stop(vd);
	return err;
}

static bool match(const struct device *dev)
{
	return dev->id == VIRTIO_ID_RNG;
}

const struct driver virtio_rng_driver = {
	.name = "virtio_rng",
	.bus = BUS_VIRTIO,
	.match = match,
	.probe = probe,
};
