/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio over PCI (virtio 1.1, 4.1): devices of virtio 1.x, and transitional
 * ones, by their modern side.  Vendor capabilities say where in the BARs its
 * structures are; the first usable one of each kind counts.
 *
 * Interrupts come by MSI-X only.  Entry 0 tells of a new configuration and
 * serves the queues that got none of their own; an interrupt is for the whole
 * of what its entry serves, so there is no cause to ask for.
 */
#include "arch/io.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "core/print.h"
#include "drivers/bus/pci.h"
#include "drivers/bus/virtio.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"

#define VENDOR            0x1af4
#define TRANSITIONAL_ID   0x1000
#define MODERN_ID         0x1040
#define END_ID            0x1080
#define CAP_MIN_LENGTH    16
#define CAP_NOTIFY_LENGTH 20

enum {
	CAP_LENGTH = 2,
	CAP_KIND = 3,
	CAP_BAR = 4,
	CAP_OFFSET = 8,
	CAP_SIZE = 12,
	CAP_NOTIFY_MULTIPLIER = 16,
};

enum { KIND_COMMON = 1, KIND_NOTIFY = 2, KIND_DEVICE = 4, KINDS };

enum { /* of the common structure */
       COMMON_DEVICE_FEATURES_SEL = 0x00,
       COMMON_DEVICE_FEATURES = 0x04,
       COMMON_DRIVER_FEATURES_SEL = 0x08,
       COMMON_DRIVER_FEATURES = 0x0c,
       COMMON_CONFIG_VECTOR = 0x10,
       COMMON_STATUS = 0x14,
       COMMON_GENERATION = 0x15,
       COMMON_QUEUE_SEL = 0x16,
       COMMON_QUEUE_SIZE = 0x18,
       COMMON_QUEUE_VECTOR = 0x1a,
       COMMON_QUEUE_ENABLE = 0x1c,
       COMMON_QUEUE_NOTIFY = 0x1e,
       COMMON_QUEUE_DESC = 0x20, /* low word, high word */
       COMMON_QUEUE_DRIVER = 0x28,
       COMMON_QUEUE_DEVICE = 0x30,
       COMMON_SIZE = 0x38,
};

/* A structure of the device; NULL: not found. */
struct part {
	char *regs;
	uint32_t size;
};

struct queue_state {
	char *notify;    /* register to tell the device */
	unsigned vector; /* 0: shares entry 0 */
	struct irq_action action;
};

struct virtio_pci {
	struct virtio_device vd;
	struct pci_device *pd;
	struct part parts[KINDS];
	uint32_t notify_multiplier;
	unsigned vectors;                 /* entries the device has */
	bool used[VIRTIO_QUEUES_MAX + 1]; /* which of them, 0 always */
	struct irq_action config_action;
	struct queue_state queues[VIRTIO_QUEUES_MAX];
};

static struct virtio_pci *vp_of(struct virtio_device *vd)
{
	return container_of(vd, struct virtio_pci, vd);
}

static char *common(struct virtio_device *vd)
{
	return vp_of(vd)->parts[KIND_COMMON].regs;
}

static uint64_t features(struct virtio_device *vd)
{
	char *c = common(vd);
	uint64_t high;

	mmio_write32(c + COMMON_DEVICE_FEATURES_SEL, 1);
	high = mmio_read32(c + COMMON_DEVICE_FEATURES);
	mmio_write32(c + COMMON_DEVICE_FEATURES_SEL, 0);
	return high << 32 | mmio_read32(c + COMMON_DEVICE_FEATURES);
}

static void accept(struct virtio_device *vd, uint64_t f)
{
	char *c = common(vd);

	mmio_write32(c + COMMON_DRIVER_FEATURES_SEL, 1);
	mmio_write32(c + COMMON_DRIVER_FEATURES, (uint32_t)(f >> 32));
	mmio_write32(c + COMMON_DRIVER_FEATURES_SEL, 0);
	mmio_write32(c + COMMON_DRIVER_FEATURES, (uint32_t)f);
	/* Forgotten with each reset. */
	mmio_write16(c + COMMON_CONFIG_VECTOR, 0);
}

static uint8_t status(struct virtio_device *vd)
{
	return mmio_read8(common(vd) + COMMON_STATUS);
}

static void set_status(struct virtio_device *vd, uint8_t s)
{
	mmio_write8(common(vd) + COMMON_STATUS, s);
}

static uint32_t generation(struct virtio_device *vd)
{
	return mmio_read8(common(vd) + COMMON_GENERATION);
}

static unsigned queue_max(struct virtio_device *vd, unsigned index)
{
	char *c = common(vd);

	mmio_write16(c + COMMON_QUEUE_SEL, (uint16_t)index);
	if (mmio_read16(c + COMMON_QUEUE_SEL) != index ||
	    mmio_read16(c + COMMON_QUEUE_ENABLE))
		return 0;
	return mmio_read16(c + COMMON_QUEUE_SIZE);
}

/* Interrupts */

static enum irq_result queue_interrupt(void *ctx)
{
	virtio_queue_interrupt(ctx);
	return IRQ_DONE;
}

static enum irq_result shared_interrupt(void *ctx)
{
	struct virtio_device *vd = ctx;

	virtio_interrupt(vd);
	if (vd->config_changed)
		vd->config_changed(vd);
	return IRQ_DONE;
}

/* An entry of the queue's own; without one it shares. */
static void take_vector(struct virtio_pci *vp, struct virtqueue *vq)
{
	struct queue_state *q = &vp->queues[vq->index];
	unsigned v = 1;

	q->vector = 0;
	while (v < vp->vectors && vp->used[v])
		v++;
	if (v >= vp->vectors || !vq->callback)
		return;
	q->action = (struct irq_action){
		.handler = queue_interrupt,
		.ctx = vq,
		.name = vp->vd.dev.name,
	};
	if (pci_msix_request(vp->pd, v, vq->cpu, &q->action))
		return;
	vp->used[v] = true;
	q->vector = v;
}

static void drop_vector(struct virtio_pci *vp, unsigned index)
{
	struct queue_state *q = &vp->queues[index];

	if (!q->vector)
		return;
	pci_msix_release(vp->pd, q->vector, &q->action);
	vp->used[q->vector] = false;
	q->vector = 0;
}

/* Queues */

static void write_addr(char *reg, paddr_t pa)
{
	mmio_write32(reg, (uint32_t)pa);
	mmio_write32(reg + 4, (uint32_t)(pa >> 32));
}

/* Where the selected queue's register is; NULL: outside the structure. */
static char *notify_register(struct virtio_pci *vp)
{
	const struct part *p = &vp->parts[KIND_NOTIFY];
	uint64_t at = (uint64_t)vp->notify_multiplier *
		      mmio_read16(common(&vp->vd) + COMMON_QUEUE_NOTIFY);

	return at % 2 == 0 && at + sizeof(uint16_t) <= p->size ? p->regs + at
							       : NULL;
}

static int queue_enable(struct virtqueue *vq, paddr_t ring)
{
	struct virtio_pci *vp = vp_of(vq->vd);
	struct queue_state *q = &vp->queues[vq->index];
	char *c = common(vq->vd);

	mmio_write16(c + COMMON_QUEUE_SEL, (uint16_t)vq->index);
	q->notify = notify_register(vp);
	if (!q->notify)
		return -ENODEV;
	take_vector(vp, vq);
	mmio_write16(c + COMMON_QUEUE_VECTOR, (uint16_t)q->vector);
	if (mmio_read16(c + COMMON_QUEUE_VECTOR) != q->vector) {
		drop_vector(vp, vq->index);
		return -ENODEV;
	}
	mmio_write16(c + COMMON_QUEUE_SIZE, vq->size);
	write_addr(c + COMMON_QUEUE_DESC, ring);
	write_addr(c + COMMON_QUEUE_DRIVER,
		   ring + virtqueue_avail_offset(vq->size));
	write_addr(c + COMMON_QUEUE_DEVICE,
		   ring + virtqueue_used_offset(vq->size));
	mmio_write16(c + COMMON_QUEUE_ENABLE, 1);
	return 0;
}

static void queue_disable(struct virtqueue *vq)
{
	drop_vector(vp_of(vq->vd), vq->index);
}

static void notify(struct virtqueue *vq)
{
	mmio_write16(vp_of(vq->vd)->queues[vq->index].notify,
		     (uint16_t)vq->index);
}

static const struct virtio_transport transport = {
	.features = features,
	.accept = accept,
	.status = status,
	.set_status = set_status,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.queue_disable = queue_disable,
	.notify = notify,
	.generation = generation,
};

/* Probing */

static bool take_part(struct pci_device *pd, unsigned cap, uint8_t id,
		      void *ctx)
{
	struct virtio_pci *vp = ctx;
	unsigned kind, length;
	uint32_t offset;
	struct part *p;

	if (id != PCI_CAP_VENDOR || cap + CAP_MIN_LENGTH > 256)
		return false;
	kind = pci_read8(pd, cap + CAP_KIND);
	length = pci_read8(pd, cap + CAP_LENGTH);
	offset = pci_read32(pd, cap + CAP_OFFSET);
	if (kind >= KINDS || vp->parts[kind].regs || offset % 4 ||
	    (kind == KIND_NOTIFY &&
	     (length < CAP_NOTIFY_LENGTH || cap + CAP_NOTIFY_LENGTH > 256)))
		return false;
	p = &vp->parts[kind];
	p->size = pci_read32(pd, cap + CAP_SIZE);
	p->regs = pci_map(pd, pci_read8(pd, cap + CAP_BAR), offset, p->size);
	if (kind == KIND_NOTIFY)
		vp->notify_multiplier =
			pci_read32(pd, cap + CAP_NOTIFY_MULTIPLIER);
	return false;
}

static bool parts_complete(const struct virtio_pci *vp)
{
	return vp->parts[KIND_COMMON].regs && vp->parts[KIND_NOTIFY].regs &&
	       vp->parts[KIND_COMMON].size >= COMMON_SIZE;
}

static int start_interrupts(struct virtio_pci *vp)
{
	int n = pci_msix_start(vp->pd);

	if (n < 0) {
		print("%s: virtio without MSI-X is not used\n",
		      vp->pd->dev.name);
		return n;
	}
	vp->vectors = MIN((unsigned)n, (unsigned)ARRAY_SIZE(vp->used));
	vp->config_action = (struct irq_action){
		.handler = shared_interrupt,
		.ctx = &vp->vd,
		.name = vp->vd.dev.name,
	};
	n = pci_msix_request(vp->pd, 0, 0, &vp->config_action);
	if (n)
		pci_msix_stop(vp->pd);
	return n;
}

static void close_parts(struct virtio_pci *vp)
{
	for (unsigned i = 0; i < KINDS; i++)
		vmap_unmap(vp->parts[i].regs);
	pci_disable(vp->pd);
	kfree(vp);
}

static uint32_t type_of(struct pci_device *pd)
{
	uint32_t id = pd->dev.id & 0xffff;

	return id >= MODERN_ID ? id - MODERN_ID
			       : pci_read16(pd, PCI_SUBSYSTEM_ID);
}

static int probe(struct device *dev)
{
	struct virtio_pci *vp = kzalloc(sizeof(*vp), 0);
	int err = -ENODEV;

	if (!vp)
		return -ENOMEM;
	vp->pd = pci_of(dev);
	vp->vd.transport = &transport;
	pci_enable(vp->pd);
	pci_capabilities(vp->pd, take_part, vp);
	if (parts_complete(vp))
		err = start_interrupts(vp);
	if (err) {
		close_parts(vp);
		return err;
	}
	vp->vd.config = vp->parts[KIND_DEVICE].regs;
	if (vp->vd.config)
		vp->vd.config_len = vp->parts[KIND_DEVICE].size;
	virtio_add(&vp->vd, type_of(vp->pd));
	return 0;
}

static bool match(const struct device *dev)
{
	uint32_t id = dev->id & 0xffff;

	return dev->id >> 16 == VENDOR && id >= TRANSITIONAL_ID && id < END_ID;
}

const struct driver virtio_pci_driver = {
	.name = "virtio_pci",
	.bus = BUS_PCI,
	.match = match,
	.probe = probe,
};
