/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drivers/bus/virtio_pci against devices whose capabilities and registers say
 * what they like: what is used lies in a BAR, and what is taken is given back.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/io.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "core/print.h"
#include "drivers/bus/pci.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"
#include "test.h"

#define BAR_LEN 0x4000

static uint8_t config_space[256], *bar4;
static unsigned maps, entries_max;
static unsigned requested[2048];
static bool no_msix, no_vectors;
static struct virtio_device *device;

#undef kzalloc
#define kzalloc(size, flags) calloc(1, size)
#define kfree(p)             free(p)
#include "drivers/bus/virtio_pci.c"

void print(const char *fmt, ...) {}

uint8_t pci_read8(const struct pci_device *pd, unsigned offset)
{
	CHECK(offset < 256);
	return config_space[offset];
}

uint16_t pci_read16(const struct pci_device *pd, unsigned offset)
{
	return (uint16_t)(pci_read8(pd, offset) | pci_read8(pd, offset + 1)
							  << 8);
}

uint32_t pci_read32(const struct pci_device *pd, unsigned offset)
{
	return pci_read16(pd, offset) | (uint32_t)pci_read16(pd, offset + 2)
						<< 16;
}

void pci_capabilities(struct pci_device *pd, pci_capability_fn found, void *ctx)
{
	for (unsigned at = 0x40; at < 256; at += 4)
		if (config_space[at] && found(pd, at, config_space[at], ctx))
			return;
}

void pci_enable(struct pci_device *pd) {}

void pci_disable(struct pci_device *pd) {}

void *pci_map(struct pci_device *pd, unsigned bar, uint64_t offset,
	      uint64_t len)
{
	if (bar != 4 || !len || offset > BAR_LEN || len > BAR_LEN - offset)
		return NULL;
	maps++;
	return bar4 + offset;
}

void vmap_unmap(void *v)
{
	maps -= v != NULL;
}

int pci_msix_start(struct pci_device *pd)
{
	return no_msix ? -ENODEV : (int)entries_max;
}

int pci_msix_request(struct pci_device *pd, unsigned entry, unsigned cpu,
		     struct irq_action *action)
{
	CHECK(entry < entries_max && !requested[entry]);
	if (no_vectors)
		return -ENOSPC;
	requested[entry] = 1;
	return 0;
}

void pci_msix_release(struct pci_device *pd, unsigned entry,
		      struct irq_action *action)
{
	CHECK(requested[entry]);
	requested[entry] = 0;
}

void pci_msix_stop(struct pci_device *pd) {}

void virtio_add(struct virtio_device *vd, uint32_t type)
{
	device = vd;
	vd->dev.id = type;
}

void virtio_interrupt(struct virtio_device *vd) {}

void virtio_queue_interrupt(struct virtqueue *vq) {}

size_t virtqueue_avail_offset(uint16_t size)
{
	return 16ul * size;
}

size_t virtqueue_used_offset(uint16_t size)
{
	return 20ul * size;
}

static void cap(unsigned at, unsigned kind, uint32_t offset, uint32_t len)
{
	config_space[at] = PCI_CAP_VENDOR;
	config_space[at + CAP_LENGTH] = 20;
	config_space[at + CAP_KIND] = (uint8_t)kind;
	config_space[at + CAP_BAR] = 4;
	memcpy(config_space + at + CAP_OFFSET, &offset, 4);
	memcpy(config_space + at + CAP_SIZE, &len, 4);
}

static void begin(void)
{
	free(bar4);
	bar4 = calloc(1, BAR_LEN);
	memset(config_space, 0, sizeof(config_space));
	memset(requested, 0, sizeof(requested));
	no_msix = no_vectors = false;
	entries_max = 3;
	maps = 0;
	device = NULL;
	cap(0x40, KIND_COMMON, 0, 0x1000);
	cap(0x54, 3, 0x1000, 0x1000);
	cap(0x68, KIND_DEVICE, 0x2000, 0x1000);
	cap(0x80, KIND_NOTIFY, 0x3000, 0x1000);
	config_space[0x80 + CAP_NOTIFY_MULTIPLIER] = 4;
}

static int try(void)
{
	static struct pci_device pd = { .dev.id = 0x1af41043 };
	int err = probe(&pd.dev);

	CHECK_EQ(maps ? 1 : 0, err ? 0 : 1);
	return err;
}

static void done(void)
{
	free(vp_of(device));
}

TEST(good)
{
	begin();
	CHECK_EQ(try(), 0);
	CHECK_EQ(device->dev.id, 3);
	CHECK_EQ(device->config_len, 0x1000);
	CHECK((uint8_t *)device->config == bar4 + 0x2000);
	done();
}

TEST(refused)
{
	begin();
	no_msix = true;
	CHECK_EQ(try(), -ENODEV);
	begin();
	no_vectors = true;
	CHECK_EQ(try(), -ENOSPC);
	begin();
	config_space[0x40] = 0;
	CHECK_EQ(try(), -ENODEV);
	begin();
	cap(0x40, KIND_COMMON, 0, COMMON_SIZE - 1);
	CHECK_EQ(try(), -ENODEV);
	begin();
	cap(0x80, KIND_NOTIFY, BAR_LEN - 4, 8);
	CHECK_EQ(try(), -ENODEV);
	begin();
	cap(0x80, KIND_NOTIFY, 0xffffffff, 0xffffffff);
	CHECK_EQ(try(), -ENODEV);
	begin();
	config_space[0x80 + CAP_LENGTH] = 16;
	CHECK_EQ(try(), -ENODEV);
	begin();
	cap(0x40, KIND_COMMON, 2, 0x100);
	CHECK_EQ(try(), -ENODEV);
	begin();
	config_space[0x80 + CAP_BAR] = 9;
	CHECK_EQ(try(), -ENODEV);
}

/* Without registers of its own a device has an empty configuration. */
TEST(no_config)
{
	begin();
	config_space[0x68] = 0;
	CHECK_EQ(try(), 0);
	CHECK_EQ(device->config_len, 0);
	done();
}

static void callback(struct virtqueue *vq) {}

static int enable(struct virtqueue *vq, unsigned index, uint16_t notify_off)
{
	*vq = (struct virtqueue){
		.vd = device,
		.index = index,
		.size = 8,
		.callback = callback,
	};
	memcpy(bar4 + COMMON_QUEUE_NOTIFY, &notify_off, 2);
	return queue_enable(vq, 0x123456789000);
}

static uint32_t reg(unsigned offset)
{
	uint32_t v;

	memcpy(&v, bar4 + offset, sizeof(v));
	return v;
}

/* Two queues with an entry each, the third shares; tells are kept within. */
TEST(queues)
{
	struct virtqueue q[4];

	begin();
	CHECK_EQ(try(), 0);
	CHECK_EQ(enable(&q[0], 0, 0), 0);
	CHECK_EQ(reg(COMMON_QUEUE_VECTOR) & 0xffff, 1);
	CHECK_EQ(reg(COMMON_QUEUE_DESC), 0x56789000);
	CHECK_EQ(reg(COMMON_QUEUE_DESC + 4), 0x1234);
	CHECK_EQ(reg(COMMON_QUEUE_ENABLE) & 0xffff, 1);
	CHECK_EQ(enable(&q[1], 1, 7), 0);
	notify(&q[1]);
	CHECK_EQ(bar4[0x3000 + 28], 1);
	CHECK_EQ(enable(&q[2], 2, 1023), 0);
	CHECK_EQ(reg(COMMON_QUEUE_VECTOR) & 0xffff, 0);
	CHECK_EQ(enable(&q[3], 3, 1024), -ENODEV);
	CHECK_EQ(enable(&q[3], 3, 0xffff), -ENODEV);
	for (unsigned i = 0; i < 3; i++)
		queue_disable(&q[i]);
	CHECK(requested[0] && !requested[1] && !requested[2]);
	CHECK_EQ(enable(&q[3], 63, 5), 0);
	CHECK_EQ(reg(COMMON_QUEUE_VECTOR) & 0xffff, 1);
	done();
}

/* Any bytes as configuration space. */
TEST(noise)
{
	for (unsigned seed = 1; seed < 2000; seed++) {
		struct virtqueue vq;

		begin();
		srand(seed);
		for (unsigned i = 0; i < 40; i++)
			config_space[0x40 + rand() % 192] =
				(uint8_t)(rand() % 3 ? rand() % 10 : rand());
		for (unsigned i = 0; i < BAR_LEN; i++)
			bar4[i] = (uint8_t)rand();
		if (try())
			continue;
		if (!enable(&vq, seed % 64, (uint16_t)rand())) {
			notify(&vq);
			queue_disable(&vq);
		}
		done();
	}
}
