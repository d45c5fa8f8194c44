/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The split virtqueue of virtio 1.x: a ring of buffers that the driver makes
 * available and the device hands back used.
 *
 * Buffers are physically contiguous pieces; the pieces of one request form a
 * chain, first those that the device reads, then those that it writes.  A
 * token names the request and comes back when the device is done.
 *
 * The device is not trusted: what the driver needs to know later stands in
 * memory of its own, and a used entry that was never made available, or more
 * of them than there can be, breaks the queue: it then gives nothing any more
 * and takes nothing.  A length is cut to what the device could have written.
 *
 * Every function but virtqueue_pending() and virtqueue_interrupted() wants the
 * owner's lock, any context.
 * Virtio's numbers are little-endian, as every CPU of ours is.
 */
#pragma once

#include "lib/types.h"

struct virtio_device;
struct vring_desc;
struct vring_avail;
struct vring_used;

struct virtqueue_seg {
	paddr_t addr;
	uint32_t len;
};

struct virtqueue_slot {
	void *token;     /* of the chain that starts here; NULL: none does */
	uint32_t in_len; /* bytes the device may write there */
	uint16_t count;  /* descriptors in the chain */
	uint16_t next;   /* in the chain, or in the free list */
};

struct virtqueue {
	/* constant after virtqueue_init(): */
	struct virtio_device *vd;
	unsigned index; /* which of the device's queues */
	unsigned cpu;   /* takes its interrupts */
	uint16_t size;
	bool event_idx;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	struct virtqueue_slot *slots;
	/* What virtqueue_interrupt_on() asked for; interrupts off, no lock.
	 * May be NULL. */
	void (*callback)(struct virtqueue *vq);
	void *ctx; /* the owner's */

	/* protected by the owner's lock: */
	bool broken;
	uint16_t free_head, free_count;
	uint16_t avail_idx;  /* next entry to fill */
	uint16_t kicked_idx; /* avail_idx at the last look for a kick */
	uint16_t last_used;  /* next entry to take */
	uint16_t armed_at;   /* last_used when a callback was asked for */
	bool armed;          /* ... and it has not been made since */
};

/* Bytes of one physically contiguous, 16-byte aligned block for the rings of
 * `size` entries, and where its parts begin. */
size_t virtqueue_ring_bytes(uint16_t size);
size_t virtqueue_avail_offset(uint16_t size);
size_t virtqueue_used_offset(uint16_t size);

/* Builds an empty queue of `size` entries (a power of two up to 32768) in the
 * zeroed `ring`; vq->slots points to `size` zeroed slots already. */
void virtqueue_init(struct virtqueue *vq, void *ring, uint16_t size,
		    bool event_idx);

/* Makes n_out + n_in pieces available as one request; the device learns of it
 * by a kick.  -ENOSPC: not that many descriptors are free; -EIO: broken. */
int must_check virtqueue_add(struct virtqueue *vq,
			     const struct virtqueue_seg *seg, unsigned n_out,
			     unsigned n_in, void *token);

/* Whether the device wants to be told about what was added since the last
 * call; then virtio_notify(), which needs no lock. */
bool virtqueue_kick_needed(struct virtqueue *vq);

/* The next request that the device has finished, and the bytes it wrote;
 * NULL: none. */
void *virtqueue_take(struct virtqueue *vq, uint32_t *len);

/* Requests made available and not taken back. */
static inline unsigned virtqueue_in_flight(const struct virtqueue *vq)
{
	return vq->size - vq->free_count;
}

/* Whether virtqueue_take() has something; without the lock, a hint. */
bool virtqueue_pending(const struct virtqueue *vq);

/* Asks for one callback at the next used entry, whoever takes that entry.
 * True: there is one already, for which no callback may come. */
bool virtqueue_interrupt_on(struct virtqueue *vq);

/* For the interrupt: whether the callback is due.  Without the lock. */
bool virtqueue_interrupted(struct virtqueue *vq);
