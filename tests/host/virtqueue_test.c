/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drivers/bus/virtqueue against a model of the device: an honest one in random
 * order, and dishonest ones that must not get the driver to touch what is not
 * its own.
 */
#include <string.h>

#include "drivers/bus/virtqueue.c"
#include "test.h"

#define SIZE   16
#define TOKENS 64

static unsigned complaints;

void print(const char *fmt, ...)
{
	complaints++;
}

/* The queue, and the device's own view of its rings. */
static struct {
	struct virtqueue vq;
	void *ring;
	struct vring_desc *desc;
	uint16_t *avail; /* flags, idx, ring[SIZE], used_event */
	uint16_t *used;  /* flags, idx, then elements, avail_event */
	uint16_t avail_seen, used_idx;
} q;

static struct vring_used_elem *used_elem(unsigned i)
{
	return (struct vring_used_elem *)(q.used + 2) + i % SIZE;
}

static void make(bool event_idx)
{
	size_t bytes = virtqueue_ring_bytes(SIZE);

	free(q.ring);
	free(q.vq.slots);
	memset(&q, 0, sizeof(q));
	complaints = 0;
	/* Exactly as long as it says, for the sanitizer. */
	q.ring = malloc(bytes);
	memset(q.ring, 0, bytes);
	q.vq.slots = calloc(SIZE, sizeof(struct virtqueue_slot));
	virtqueue_init(&q.vq, q.ring, SIZE, event_idx);
	q.desc = q.ring;
	q.avail = (void *)((char *)q.ring + virtqueue_avail_offset(SIZE));
	q.used = (void *)((char *)q.ring + virtqueue_used_offset(SIZE));
}

/* The device takes the next available head; -1: none. */
static int device_pop(void)
{
	if (q.avail_seen == q.avail[1])
		return -1;
	return q.avail[2 + q.avail_seen++ % SIZE];
}

static void device_push(uint32_t id, uint32_t len)
{
	*used_elem(q.used_idx) = (struct vring_used_elem){ id, len };
	q.used[1] = ++q.used_idx;
}

static int add(unsigned n_out, unsigned n_in, uintptr_t token)
{
	struct virtqueue_seg seg[SIZE + 1];

	for (unsigned i = 0; i < n_out + n_in; i++)
		seg[i] = (struct virtqueue_seg){ token * 1000 + i, 10 + i };
	return virtqueue_add(&q.vq, seg, n_out, n_in, (void *)token);
}

TEST(chains)
{
	uint16_t i;

	make(false);
	CHECK_EQ(add(2, 3, 7), 0);
	i = device_pop();
	for (unsigned k = 0; k < 5; k++) {
		CHECK_EQ(q.desc[i].addr, 7000 + k);
		CHECK_EQ(q.desc[i].len, 10 + k);
		CHECK_EQ(!!(q.desc[i].flags & DESC_WRITE), k >= 2);
		CHECK_EQ(!!(q.desc[i].flags & DESC_NEXT), k < 4);
		i = q.desc[i].next;
	}
	CHECK_EQ(device_pop(), -1);
	CHECK_EQ(virtqueue_in_flight(&q.vq), 5);
}

TEST(full)
{
	make(true);
	CHECK_EQ(add(0, 0, 1), -ENOSPC);
	CHECK_EQ(add(SIZE, 1, 1), -ENOSPC);
	CHECK_EQ(add(SIZE - 1, 0, 1), 0);
	CHECK_EQ(add(1, 1, 2), -ENOSPC);
	CHECK_EQ(add(0, 1, 2), 0);
	CHECK_EQ(add(0, 1, 3), -ENOSPC);
	CHECK_EQ(virtqueue_in_flight(&q.vq), SIZE);
}

/* What is with the device: token by head, and the bytes it may write. */
static struct {
	uintptr_t token;
	uint32_t in_len;
	bool popped;
} held[SIZE];

static unsigned popped_count(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SIZE; i++)
		n += held[i].popped;
	return n;
}

static void give_back_any(uint16_t *order, unsigned *done)
{
	unsigned i;

	do {
		i = test_below(SIZE);
	} while (!held[i].popped);
	device_push(i, held[i].in_len + test_below(100));
	held[i].popped = false;
	order[(*done)++ % SIZE] = i;
}

static void take_all(const uint16_t *order, unsigned *taken)
{
	uint32_t len;
	void *token;

	while ((token = virtqueue_take(&q.vq, &len))) {
		unsigned i = order[(*taken)++ % SIZE];

		CHECK_EQ((uintptr_t)token, held[i].token);
		CHECK(len <= held[i].in_len);
		held[i].token = 0;
	}
}

/* Long enough for the 16-bit indices to wrap. */
TEST(random_order)
{
	unsigned done = 0, taken = 0;
	int head;
	uint16_t order[SIZE];
	uintptr_t token = 1;

	make(true);
	memset(held, 0, sizeof(held));
	while (taken < 200000) {
		unsigned n_out = test_below(3), n_in = test_below(3);
		unsigned slot = q.avail[1] % SIZE;

		if (!add(n_out, n_in, token % TOKENS + 1)) {
			head = q.avail[2 + slot];
			CHECK(!held[head].token);
			held[head].token = token++ % TOKENS + 1;
			held[head].in_len = 0;
			for (unsigned k = 0; k < n_in; k++)
				held[head].in_len += 10 + n_out + k;
		}
		while (test_below(2) && (head = device_pop()) >= 0)
			held[head].popped = true;
		while (test_below(3) && popped_count())
			give_back_any(order, &done);
		if (test_below(2))
			take_all(order, &taken);
	}
	CHECK_EQ(complaints, 0);
	CHECK(!q.vq.broken);
}

static void set_avail_event(uint16_t v)
{
	memcpy(used_elem(SIZE - 1) + 1, &v, sizeof(v));
}

TEST(kicks_by_event)
{
	make(true);
	CHECK(!virtqueue_kick_needed(&q.vq));
	CHECK_EQ(add(1, 0, 1), 0);
	CHECK(virtqueue_kick_needed(&q.vq)); /* avail_event is 0 */
	CHECK_EQ(add(1, 0, 2), 0);
	CHECK(!virtqueue_kick_needed(&q.vq)); /* it still has work */
	set_avail_event(2);
	CHECK_EQ(add(1, 0, 3), 0);
	CHECK_EQ(add(1, 0, 4), 0);
	CHECK(virtqueue_kick_needed(&q.vq)); /* it had come to 2 */
	CHECK(!virtqueue_kick_needed(&q.vq));
}

TEST(kicks_by_flag)
{
	make(false);
	CHECK_EQ(add(1, 0, 1), 0);
	CHECK(virtqueue_kick_needed(&q.vq));
	q.used[0] = USED_NO_NOTIFY;
	CHECK_EQ(add(1, 0, 2), 0);
	CHECK(!virtqueue_kick_needed(&q.vq));
}

TEST(interrupts)
{
	uint32_t len;

	make(true);
	CHECK_EQ(add(0, 1, 1), 0);
	CHECK(!virtqueue_interrupt_on(&q.vq));
	CHECK_EQ(q.avail[2 + SIZE], 0);
	device_push(device_pop(), 5);
	CHECK(virtqueue_pending(&q.vq));
	CHECK(virtqueue_interrupt_on(&q.vq)); /* there is one already */
	CHECK(virtqueue_take(&q.vq, &len));
	CHECK_EQ(len, 5);
	CHECK(!virtqueue_interrupt_on(&q.vq));
	CHECK_EQ(q.avail[2 + SIZE], 1);
	make(false);
	CHECK_EQ(q.avail[0], AVAIL_NO_INTERRUPT);
	CHECK(!virtqueue_interrupt_on(&q.vq));
	CHECK_EQ(q.avail[0], 0);
}

/* A wish is kept although somebody took the entry before the interrupt. */
TEST(callback_due)
{
	uint32_t len;

	for (unsigned event_idx = 0; event_idx < 2; event_idx++) {
		make(event_idx);
		CHECK_EQ(add(0, 1, 1), 0);
		CHECK_EQ(add(0, 1, 2), 0);
		CHECK(!virtqueue_interrupted(&q.vq));
		CHECK(!virtqueue_interrupt_on(&q.vq));
		CHECK(!virtqueue_interrupted(&q.vq));
		device_push(device_pop(), 5);
		CHECK(virtqueue_take(&q.vq, &len));
		CHECK(virtqueue_interrupted(&q.vq));
		CHECK(!virtqueue_interrupted(&q.vq));
		device_push(device_pop(), 5);
		CHECK(!virtqueue_interrupted(&q.vq)); /* nobody asked */
	}
}

static void expect_broken(void)
{
	uint32_t len = 99;

	CHECK(!virtqueue_take(&q.vq, &len));
	CHECK_EQ(len, 0);
	CHECK(q.vq.broken);
	CHECK_EQ(complaints, 1);
	CHECK(!virtqueue_pending(&q.vq));
	CHECK(!virtqueue_take(&q.vq, &len));
	CHECK_EQ(add(1, 0, 1), -EIO);
	CHECK_EQ(complaints, 1);
}

TEST(id_out_of_range)
{
	make(true);
	CHECK_EQ(add(1, 0, 1), 0);
	device_push(SIZE, 0);
	expect_broken();
	make(true);
	CHECK_EQ(add(1, 0, 1), 0);
	device_push(0xffffffff, 0);
	expect_broken();
}

TEST(id_not_a_head)
{
	make(true);
	CHECK_EQ(add(2, 0, 1), 0);
	device_push(1, 0);
	expect_broken();
}

TEST(used_twice)
{
	uint32_t len;

	make(true);
	CHECK_EQ(add(1, 0, 1), 0);
	CHECK_EQ(add(1, 0, 2), 0);
	device_push(0, 0);
	device_push(0, 0);
	CHECK(virtqueue_take(&q.vq, &len));
	expect_broken();
}

TEST(index_jumps)
{
	make(true);
	q.used[1] = 1; /* nothing was available */
	expect_broken();
	make(true);
	CHECK_EQ(add(1, 0, 1), 0);
	q.used[1] = 0x8000;
	expect_broken();
}

TEST(length_lies)
{
	uint32_t len;

	make(true);
	CHECK_EQ(add(1, 1, 1), 0); /* 10 bytes out, 11 in */
	device_push(0, 0xffffffff);
	CHECK(virtqueue_take(&q.vq, &len));
	CHECK_EQ(len, 11);
}

/* The device writes all over the rings; the free list is not in them. */
TEST(scribbled_rings)
{
	uint32_t len;

	make(false);
	for (unsigned round = 0; round < 100; round++) {
		CHECK_EQ(add(2, 2, 1), 0);
		memset(q.desc, 0xff, sizeof(struct vring_desc) * SIZE);
		device_push(q.avail[2 + round % SIZE], 1);
		CHECK(virtqueue_take(&q.vq, &len));
		CHECK_EQ(virtqueue_in_flight(&q.vq), 0);
	}
}
