/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio 1.1, 2.6.  Descriptors that are not in use form a list through the
 * slots, not through the descriptor table, which the device can write.
 *
 * With VIRTIO_F_EVENT_IDX each side names the index at which it wants to be
 * told; an interrupt is then asked for once each time.  Without it interrupts
 * stay on from the first wish on.
 *
 * The interrupt asks for no lock, so what it looks at is written with care: it
 * must not miss a wish because somebody else took the entry meanwhile.
 */
#include "drivers/bus/virtqueue.h"

#include "arch/atomic.h"

#include "abi/errno.h"
#include "core/print.h"

struct vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[]; /* and behind it used_event */
};

struct vring_used_elem {
	uint32_t id;
	uint32_t len;
};

struct vring_used {
	uint16_t flags;
	uint16_t idx;
	struct vring_used_elem ring[]; /* and behind it avail_event */
};

#define DESC_NEXT          1
#define DESC_WRITE         2
#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY     1

static uint16_t *used_event(const struct virtqueue *vq)
{
	return &vq->avail->ring[vq->size];
}

static const uint16_t *avail_event(const struct virtqueue *vq)
{
	return (const uint16_t *)&vq->used->ring[vq->size];
}

size_t virtqueue_avail_offset(uint16_t size)
{
	return sizeof(struct vring_desc) * size;
}

size_t virtqueue_used_offset(uint16_t size)
{
	size_t avail = sizeof(struct vring_avail) + 2 * (size + 1ul);

	return ALIGN_UP(virtqueue_avail_offset(size) + avail, 4ul);
}

size_t virtqueue_ring_bytes(uint16_t size)
{
	return virtqueue_used_offset(size) + sizeof(struct vring_used) +
	       sizeof(struct vring_used_elem) * size + 2;
}

void virtqueue_init(struct virtqueue *vq, void *ring, uint16_t size,
		    bool event_idx)
{
	char *base = ring;

	vq->size = size;
	vq->event_idx = event_idx;
	vq->desc = ring;
	vq->avail = (void *)(base + virtqueue_avail_offset(size));
	vq->used = (void *)(base + virtqueue_used_offset(size));
	vq->free_head = 0;
	vq->free_count = size;
	for (unsigned i = 0; i < size; i++)
		vq->slots[i].next = (i + 1) & (size - 1);
	/* No interrupts: by index, the one just passed. */
	if (event_idx)
		*used_event(vq) = 0xffff;
	else
		vq->avail->flags = AVAIL_NO_INTERRUPT;
}

/* Fills the descriptors of one chain; returns the first free one after it. */
static uint16_t fill_chain(struct virtqueue *vq,
			   const struct virtqueue_seg *seg, unsigned n_out,
			   unsigned n)
{
	uint16_t i = vq->free_head;

	for (unsigned k = 0; k < n; k++) {
		struct vring_desc *d = &vq->desc[i];

		d->addr = seg[k].addr;
		d->len = seg[k].len;
		d->flags = (k < n_out ? 0 : DESC_WRITE) |
			   (k + 1 < n ? DESC_NEXT : 0);
		d->next = vq->slots[i].next;
		i = vq->slots[i].next;
	}
	return i;
}

int virtqueue_add(struct virtqueue *vq, const struct virtqueue_seg *seg,
		  unsigned n_out, unsigned n_in, void *token)
{
	unsigned n = n_out + n_in;
	uint16_t head = vq->free_head;
	uint32_t in_len = 0;

	if (vq->broken)
		return -EIO;
	if (n == 0 || n > vq->free_count)
		return -ENOSPC;
	for (unsigned k = n_out; k < n; k++)
		in_len += seg[k].len;
	vq->free_head = fill_chain(vq, seg, n_out, n);
	vq->free_count -= n;
	vq->slots[head].token = token;
	vq->slots[head].in_len = in_len;
	vq->slots[head].count = n;

	WRITE_ONCE(vq->avail->ring[vq->avail_idx & (vq->size - 1)], head);
	dma_wmb();
	WRITE_ONCE(vq->avail->idx, ++vq->avail_idx);
	return 0;
}

bool virtqueue_kick_needed(struct virtqueue *vq)
{
	uint16_t old = vq->kicked_idx, new = vq->avail_idx, event;

	vq->kicked_idx = new;
	if (vq->broken || old == new)
		return false;
	/* The device must see the index before we see its wish (2.6.7.1). */
	dma_mb();
	if (!vq->event_idx)
		return !(READ_ONCE(vq->used->flags) & USED_NO_NOTIFY);
	event = READ_ONCE(*avail_event(vq));
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

static void *broken(struct virtqueue *vq, const char *why)
{
	vq->broken = true;
	print("virtqueue %u: the device broke it: %s\n", vq->index, why);
	return NULL;
}

static void free_chain(struct virtqueue *vq, uint16_t head)
{
	struct virtqueue_slot *slot = &vq->slots[head];
	uint16_t tail = head;

	for (unsigned k = 1; k < slot->count; k++)
		tail = vq->slots[tail].next;
	vq->slots[tail].next = vq->free_head;
	vq->free_head = head;
	vq->free_count += slot->count;
	slot->token = NULL;
}

void *virtqueue_take(struct virtqueue *vq, uint32_t *len)
{
	uint16_t idx = READ_ONCE(vq->used->idx);
	struct vring_used_elem *elem;
	uint32_t id, written;
	void *token;

	*len = 0;
	if (vq->broken || idx == vq->last_used)
		return NULL;
	if ((uint16_t)(idx - vq->last_used) > virtqueue_in_flight(vq))
		return broken(vq, "more used than available");
	dma_rmb();
	elem = &vq->used->ring[vq->last_used & (vq->size - 1)];
	id = READ_ONCE(elem->id);
	written = READ_ONCE(elem->len);
	if (id >= vq->size || !vq->slots[id].token)
		return broken(vq, "used what was not available");
	vq->last_used++;
	token = vq->slots[id].token;
	*len = MIN(written, vq->slots[id].in_len);
	free_chain(vq, id);
	return token;
}

bool virtqueue_pending(const struct virtqueue *vq)
{
	return READ_ONCE(vq->used->idx) != READ_ONCE(vq->last_used) &&
	       !READ_ONCE(vq->broken);
}

bool virtqueue_interrupt_on(struct virtqueue *vq)
{
	WRITE_ONCE(vq->armed_at, vq->last_used);
	WRITE_ONCE(vq->armed, true);
	if (vq->event_idx)
		WRITE_ONCE(*used_event(vq), vq->last_used);
	else
		WRITE_ONCE(vq->avail->flags, 0);
	/* The device must see the wish before we look (2.6.8). */
	dma_mb();
	return virtqueue_pending(vq);
}

/* Disarming may undo a new wish that comes at the same moment; whoever made it
 * is on the wait queue already, is woken by this callback, and asks again. */
bool virtqueue_interrupted(struct virtqueue *vq)
{
	if (!READ_ONCE(vq->armed) ||
	    READ_ONCE(vq->used->idx) == READ_ONCE(vq->armed_at))
		return false;
	WRITE_ONCE(vq->armed, false);
	return true;
}
