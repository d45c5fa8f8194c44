/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio over memory-mapped registers (virtio 1.1, 4.2), version 2 only.
 *
 * Slots are found on the command line, as Linux spells them:
 *     virtio_mmio.device=SIZE@ADDRESS:LINE[:ID]
 *
 * The interrupt may be edge triggered.  Its handler therefore takes causes
 * until none is left, each acknowledged before it is looked at: what the
 * device adds later makes a new edge, and what it added before is seen.
 */
#include "arch/boot.h"
#include "arch/io.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "core/print.h"
#include "drivers/bus/virtio.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"

enum {
	REG_MAGIC = 0x000,
	REG_VERSION = 0x004,
	REG_DEVICE_ID = 0x008,
	REG_DEVICE_FEATURES = 0x010,
	REG_DEVICE_FEATURES_SEL = 0x014,
	REG_DRIVER_FEATURES = 0x020,
	REG_DRIVER_FEATURES_SEL = 0x024,
	REG_QUEUE_SEL = 0x030,
	REG_QUEUE_NUM_MAX = 0x034,
	REG_QUEUE_NUM = 0x038,
	REG_QUEUE_READY = 0x044,
	REG_QUEUE_NOTIFY = 0x050,
	REG_INTERRUPT_STATUS = 0x060,
	REG_INTERRUPT_ACK = 0x064,
	REG_STATUS = 0x070,
	REG_QUEUE_DESC = 0x080, /* low word, high word */
	REG_QUEUE_DRIVER = 0x090,
	REG_QUEUE_DEVICE = 0x0a0,
	REG_CONFIG_GENERATION = 0x0fc,
	REG_CONFIG = 0x100,
};

#define MAGIC            0x74726976u /* "virt" */
#define REGISTERS_MAX    KIB(64)
#define INTERRUPT_USED   1
#define INTERRUPT_CONFIG 2

/* Bound on what a broken device can make us repeat. */
#define CAUSES_MAX 32

struct virtio_mmio {
	struct virtio_device vd;
	struct irq_action action;
	char *regs;
};

static struct virtio_mmio *mmio_of(struct virtio_device *vd)
{
	return container_of(vd, struct virtio_mmio, vd);
}

static uint32_t reg_read(struct virtio_device *vd, unsigned reg)
{
	return mmio_read32(mmio_of(vd)->regs + reg);
}

static void reg_write(struct virtio_device *vd, unsigned reg, uint32_t v)
{
	mmio_write32(mmio_of(vd)->regs + reg, v);
}

static void reg_write_addr(struct virtio_device *vd, unsigned reg, paddr_t pa)
{
	reg_write(vd, reg, (uint32_t)pa);
	reg_write(vd, reg + 4, (uint32_t)(pa >> 32));
}

static uint64_t features(struct virtio_device *vd)
{
	uint64_t high;

	reg_write(vd, REG_DEVICE_FEATURES_SEL, 1);
	high = reg_read(vd, REG_DEVICE_FEATURES);
	reg_write(vd, REG_DEVICE_FEATURES_SEL, 0);
	return high << 32 | reg_read(vd, REG_DEVICE_FEATURES);
}

static void accept(struct virtio_device *vd, uint64_t f)
{
	reg_write(vd, REG_DRIVER_FEATURES_SEL, 1);
	reg_write(vd, REG_DRIVER_FEATURES, (uint32_t)(f >> 32));
	reg_write(vd, REG_DRIVER_FEATURES_SEL, 0);
	reg_write(vd, REG_DRIVER_FEATURES, (uint32_t)f);
}

static uint8_t status(struct virtio_device *vd)
{
	return (uint8_t)reg_read(vd, REG_STATUS);
}

static void set_status(struct virtio_device *vd, uint8_t s)
{
	reg_write(vd, REG_STATUS, s);
}

static unsigned queue_max(struct virtio_device *vd, unsigned index)
{
	reg_write(vd, REG_QUEUE_SEL, index);
	if (reg_read(vd, REG_QUEUE_READY))
		return 0;
	return reg_read(vd, REG_QUEUE_NUM_MAX);
}

static int queue_enable(struct virtqueue *vq, paddr_t ring)
{
	struct virtio_device *vd = vq->vd;

	reg_write(vd, REG_QUEUE_SEL, vq->index);
	reg_write(vd, REG_QUEUE_NUM, vq->size);
	reg_write_addr(vd, REG_QUEUE_DESC, ring);
	reg_write_addr(vd, REG_QUEUE_DRIVER,
		       ring + virtqueue_avail_offset(vq->size));
	reg_write_addr(vd, REG_QUEUE_DEVICE,
		       ring + virtqueue_used_offset(vq->size));
	reg_write(vd, REG_QUEUE_READY, 1);
	return 0;
}

static void notify(struct virtqueue *vq)
{
	reg_write(vq->vd, REG_QUEUE_NOTIFY, vq->index);
}

static uint32_t generation(struct virtio_device *vd)
{
	return reg_read(vd, REG_CONFIG_GENERATION);
}

static const struct virtio_transport transport = {
	.features = features,
	.accept = accept,
	.status = status,
	.set_status = set_status,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.notify = notify,
	.generation = generation,
};

static enum irq_result interrupt(void *ctx)
{
	struct virtio_device *vd = ctx;
	enum irq_result result = IRQ_NOT_MINE;
	uint32_t causes;

	for (unsigned i = 0; i < CAUSES_MAX; i++) {
		causes = reg_read(vd, REG_INTERRUPT_STATUS);
		if (!causes)
			break;
		reg_write(vd, REG_INTERRUPT_ACK, causes);
		if (causes & INTERRUPT_USED)
			virtio_interrupt(vd);
		if (causes & INTERRUPT_CONFIG && vd->config_changed)
			vd->config_changed(vd);
		result = IRQ_DONE;
	}
	return result;
}

/* The type of the device in a slot; 0: empty or not for us. */
static uint32_t identify(const struct device *slot, struct virtio_device *vd)
{
	uint32_t version, id;

	if (reg_read(vd, REG_MAGIC) != MAGIC) {
		print("%s: no virtio device at 0x%llx\n", slot->name,
		      (unsigned long long)slot->base);
		return 0;
	}
	id = reg_read(vd, REG_DEVICE_ID);
	version = reg_read(vd, REG_VERSION);
	if (id && version != 2) {
		print("%s: version %u is not spoken, only 2 (virtio 1.x)\n",
		      slot->name, version);
		return 0;
	}
	return id;
}

static struct virtio_mmio *slot_open(const struct device *slot)
{
	struct virtio_mmio *vm = kzalloc(sizeof(*vm), 0);

	if (!vm)
		return NULL;
	vm->regs = vmap_device(slot->base, slot->size);
	if (!vm->regs) {
		kfree(vm);
		return NULL;
	}
	vm->vd.transport = &transport;
	vm->vd.config = vm->regs + REG_CONFIG;
	vm->vd.config_len = slot->size - REG_CONFIG;
	return vm;
}

static void slot_close(struct virtio_mmio *vm)
{
	vmap_unmap(vm->regs);
	kfree(vm);
}

static int probe(struct device *slot)
{
	struct virtio_mmio *vm = slot_open(slot);
	uint32_t id;
	int err;

	if (!vm)
		return -ENOMEM;
	id = identify(slot, &vm->vd);
	if (!id) {
		slot_close(vm);
		return 0;
	}
	vm->action.handler = interrupt;
	vm->action.ctx = &vm->vd;
	vm->action.name = slot->name;
	err = irq_request(slot->line, &vm->action);
	if (err) {
		slot_close(vm);
		return err;
	}
	vm->vd.dev.line = slot->line;
	virtio_add(&vm->vd, id);
	return 0;
}

static bool match(const struct device *dev)
{
	return true;
}

/* Moves *s past the number there and `end`, the byte that must follow ('\0':
 * nothing or more that is not looked at). */
static bool take_number(const char **s, size_t *len, char end, uint64_t *out)
{
	size_t n = cmdline_parse_size(*s, *len, out);

	if (n == 0)
		return false;
	if (end) {
		if (n == *len || (*s)[n] != end)
			return false;
		n++;
	}
	*s += n;
	*len -= n;
	return true;
}

static bool parse_slot(const struct cmdline_arg *arg, struct device *slot)
{
	const char *s = arg->value;
	size_t len = arg->value_len;
	uint64_t line;

	if (!s || !take_number(&s, &len, '@', &slot->size) ||
	    !take_number(&s, &len, ':', &slot->base) ||
	    !take_number(&s, &len, '\0', &line))
		return false;
	slot->line = (unsigned)line;
	return slot->size > REG_CONFIG && slot->size <= REGISTERS_MAX &&
	       slot->base <= UINT64_MAX - slot->size && slot->base % 4 == 0 &&
	       line < IRQ_LOCAL_BASE;
}

/* Two drivers of the same registers would spoil each other's work. */
static bool overlaps(const struct device *slot)
{
	const struct device *d = NULL;

	while ((d = device_next(d)))
		if (d->size && d->base < slot->base + slot->size &&
		    slot->base < d->base + d->size)
			return true;
	return false;
}

static void add_slot(const struct cmdline_arg *arg, unsigned number)
{
	struct device *slot = kzalloc(sizeof(*slot), 0);

	if (!slot)
		return;
	if (!parse_slot(arg, slot) || overlaps(slot)) {
		print("virtio_mmio.device: cannot use its value\n");
		kfree(slot);
		return;
	}
	slot->bus = BUS_VIRTIO_MMIO;
	fmt_snprintf(slot->name, sizeof(slot->name), "virtio_mmio%u", number);
	device_add(slot);
}

static void enumerate(void)
{
	const char *pos = boot_info.cmdline;
	struct cmdline_arg arg;
	unsigned number = 0;

	while (cmdline_next(&pos, &arg)) {
		if (cmdline_is(&arg, "virtio_mmio.device"))
			add_slot(&arg, number++);
	}
}

const struct driver virtio_mmio_driver = {
	.name = "virtio_mmio",
	.bus = BUS_VIRTIO_MMIO,
	.enumerate = enumerate,
	.match = match,
	.probe = probe,
};
