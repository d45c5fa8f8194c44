/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port as a file: a stream of bytes each way.
 *
 * Interrupts only wake.  Whoever reads or writes takes what the device has
 * finished, and asks for an interrupt just before it sleeps, so that a busy
 * stream runs without any.  Nobody takes the wish back: several may wait for
 * the same queue.
 *
 * Writers copy without a lock into a block of their own and then queue it, so
 * a write is one piece up to TX_CHUNK bytes.  Readers copy straight out of the
 * receive buffers, one at a time.
 */
#include "arch/mmu.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/panic.h"
#include "drivers/console/virtio_console_priv.h"
#include "mm/page.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

/* QEMU fills a buffer with what one read from a socket gives: 4 KiB. */
#define RX_BUF_LEN     PAGE_SIZE
#define TX_CHUNK_ORDER 3
#define TX_CHUNK       (PAGE_SIZE << TX_CHUNK_ORDER)
#define TX_BYTES_MAX   (4 * TX_CHUNK)
/* Buffers given back before the device is told, at the latest. */
#define RX_KICK_BATCH 16

void virtio_port_init(struct vport *p, struct vconsole *vc, uint32_t id)
{
	p->vc = vc;
	p->id = id;
	waitq_init(&p->readable);
	waitq_init(&p->writable);
	spin_init(&p->lock, RANK_PORT);
	/* Ranks with a file's position, in whose place it stands. */
	mutex_init(&p->read_lock, RANK_FILE_POS);
	mutex_init(&p->open_lock, RANK_DEVICE);
}

static void wake_all(struct vport *p)
{
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
	virtio_tty_kick(p);
}

void virtio_port_set_host(struct vport *p, bool open)
{
	spin_lock(&p->lock);
	p->host_open = open;
	p->host_was_open |= open;
	spin_unlock(&p->lock);
	wake_all(p);
}

void virtio_port_set_added(struct vport *p, bool added)
{
	spin_lock(&p->lock);
	if (p->added != added)
		p->host_open = p->host_was_open = false;
	p->added = added;
	spin_unlock(&p->lock);
	wake_all(p);
}

void virtio_port_received(struct virtqueue *vq)
{
	struct vport *p = vq->ctx;

	waitq_wake_key(&p->readable, ~0u, POLLIN | POLLRDNORM);
	virtio_tty_kick(p);
}

void virtio_port_sent(struct virtqueue *vq)
{
	struct vport *p = vq->ctx;

	waitq_wake_key(&p->writable, ~0u, POLLOUT | POLLWRNORM);
	virtio_tty_kick(p);
}

/* The other side has gone, not: has not come yet. */
static bool hung_up_locked(const struct vport *p)
{
	assert_held(&p->lock);
	return !p->added || (p->host_was_open && !p->host_open);
}

static void kick(struct vport *p, struct virtqueue *vq)
{
	bool needed;

	spin_lock(&p->lock);
	needed = virtqueue_kick_needed(vq);
	spin_unlock(&p->lock);
	if (needed)
		virtio_notify(vq);
}

/* Receiving */

static int give_rx(struct vport *p, char *buf)
{
	struct virtqueue_seg seg = { arch_virt_to_phys(buf), RX_BUF_LEN };
	int err;

	spin_lock(&p->lock);
	err = virtqueue_add(p->rx, &seg, 0, 1, buf);
	spin_unlock(&p->lock);
	return err;
}

/* One buffer is enough to go on with; more make it fast. */
static int fill_rx(struct vport *p)
{
	unsigned given = 0;
	char *buf;

	while (given < p->rx->size) {
		buf = page_alloc_virt(0, 0);
		if (!buf)
			break;
		if (give_rx(p, buf)) {
			page_free_virt(buf, 0);
			break;
		}
		given++;
	}
	kick(p, p->rx);
	return given ? 0 : -ENOMEM;
}

/* Sees to it that there is something to copy; false: nothing has come. */
static bool next_rx(struct vport *p)
{
	uint32_t len;
	char *buf;

	while (!p->rx_left) {
		spin_lock(&p->lock);
		buf = virtqueue_take(p->rx, &len);
		spin_unlock(&p->lock);
		if (!buf)
			return false;
		p->rx_buf = buf;
		p->rx_off = 0;
		WRITE_ONCE(p->rx_left, len);
		if (!len && give_rx(p, buf))
			page_free_virt(buf, 0);
	}
	return true;
}

/* What has come, as far as it fits; 0: nothing; -EFAULT. */
static ssize_t take_rx(struct vport *p, struct iter *to)
{
	unsigned given = 0;
	size_t done = 0, want, n;

	while (to->count && next_rx(p)) {
		want = MIN(to->count, (size_t)p->rx_left);
		n = iter_copy_to(to, p->rx_buf + p->rx_off, want);
		done += n;
		p->rx_off += n;
		WRITE_ONCE(p->rx_left, p->rx_left - n);
		if (n < want) {
			if (!done)
				return -EFAULT;
			break;
		}
		if (p->rx_left)
			break;
		if (give_rx(p, p->rx_buf))
			page_free_virt(p->rx_buf, 0);
		else if (++given % RX_KICK_BATCH == 0)
			kick(p, p->rx);
	}
	if (given)
		kick(p, p->rx);
	return done;
}

static bool has_input_locked(struct vport *p)
{
	return READ_ONCE(p->rx_left) || virtqueue_pending(p->rx);
}

/* Something to read or an end to tell; else an interrupt will come. */
static bool read_ready(struct vport *p)
{
	bool ready;

	spin_lock(&p->lock);
	ready = has_input_locked(p) || hung_up_locked(p) || p->rx->broken ||
		virtqueue_interrupt_on(p->rx);
	spin_unlock(&p->lock);
	return ready;
}

/* What came before the end is read before it. */
static bool at_end(struct vport *p)
{
	bool end;

	spin_lock(&p->lock);
	end = (hung_up_locked(p) && !has_input_locked(p)) || p->rx->broken;
	spin_unlock(&p->lock);
	return end;
}

static ssize_t port_read(struct file *f, struct iter *to, off_t *pos)
{
	struct vport *p = f->priv;
	ssize_t n;
	bool end;

	while (to->count) {
		if (!read_ready(p)) {
			if (f->flags & O_NONBLOCK)
				return -EAGAIN;
			n = waitq_wait_interruptible(&p->readable,
						     read_ready(p));
			if (n)
				return n;
		}
		/* The end must be seen before looking for bytes again. */
		end = at_end(p);
		mutex_lock(&p->read_lock);
		n = take_rx(p, to);
		mutex_unlock(&p->read_lock);
		if (n || end)
			return n;
	}
	return 0;
}

/* Sending */

static unsigned order_for(size_t len)
{
	unsigned order = 0;

	while (order < TX_CHUNK_ORDER && (PAGE_SIZE << order) < len)
		order++;
	return order;
}

/* A block for up to *len bytes, which is lowered to what fits. */
static char *alloc_tx(size_t *len)
{
	unsigned order = order_for(*len);
	char *buf = NULL;

	if (order)
		buf = page_alloc_virt(order, ALLOC_ATOMIC);
	if (!buf) {
		order = 0;
		buf = page_alloc_virt(0, 0);
	}
	if (!buf)
		return NULL;
	page_of_virt(buf)->index = order;
	*len = MIN(*len, (size_t)PAGE_SIZE << order);
	return buf;
}

static void free_tx(char *buf)
{
	page_free_virt(buf, page_of_virt(buf)->index);
}

static size_t tx_size(char *buf)
{
	return (size_t)PAGE_SIZE << page_of_virt(buf)->index;
}

/* Frees what the device has taken. */
static void reap_tx(struct vport *p)
{
	uint32_t len;
	char *buf;

	while (virtqueue_pending(p->tx)) {
		spin_lock(&p->lock);
		buf = virtqueue_take(p->tx, &len);
		if (buf)
			p->tx_bytes -= tx_size(buf);
		spin_unlock(&p->lock);
		if (!buf)
			return;
		free_tx(buf);
	}
}

static bool has_room_locked(const struct vport *p)
{
	return p->host_open && p->tx->free_count && p->tx_bytes < TX_BYTES_MAX;
}

static bool write_ready(struct vport *p)
{
	bool ready, again;

	do {
		reap_tx(p);
		spin_lock(&p->lock);
		ready = has_room_locked(p) || hung_up_locked(p) ||
			p->tx->broken;
		again = !ready && virtqueue_interrupt_on(p->tx);
		spin_unlock(&p->lock);
	} while (again);
	return ready;
}

bool virtio_port_drained(struct vport *p)
{
	bool ready, again;

	do {
		reap_tx(p);
		spin_lock(&p->lock);
		ready = !virtqueue_in_flight(p->tx) || hung_up_locked(p) ||
			p->tx->broken;
		again = !ready && virtqueue_interrupt_on(p->tx);
		spin_unlock(&p->lock);
	} while (again);
	return ready;
}

/* Queues a block; -ENOSPC: others were faster, wait again. */
static int queue_tx(struct vport *p, char *buf, size_t len)
{
	struct virtqueue_seg seg = { arch_virt_to_phys(buf), len };
	int err;

	spin_lock(&p->lock);
	err = hung_up_locked(p) ? -EPIPE
				: virtqueue_add(p->tx, &seg, 1, 0, buf);
	if (!err)
		p->tx_bytes += tx_size(buf);
	spin_unlock(&p->lock);
	if (!err)
		kick(p, p->tx);
	return err;
}

static int wait_room(struct vport *p, const struct file *f)
{
	if (write_ready(p))
		return 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return waitq_wait_interruptible(&p->writable, write_ready(p));
}

/* One block of what is left; bytes or -errno. */
static ssize_t send_some(struct vport *p, struct iter *from, struct file *f)
{
	size_t len = MIN(from->count, (size_t)TX_CHUNK);
	char *buf = alloc_tx(&len);
	int err;

	if (!buf)
		return -ENOMEM;
	len = iter_copy_from(from, buf, len);
	err = len ? queue_tx(p, buf, len) : -EFAULT;
	while (err == -ENOSPC) {
		err = wait_room(p, f);
		if (!err)
			err = queue_tx(p, buf, len);
	}
	if (!err)
		return len;
	free_tx(buf);
	return err;
}

static ssize_t port_write(struct file *f, struct iter *from, off_t *pos)
{
	struct vport *p = f->priv;
	ssize_t done = 0, n;

	while (from->count) {
		n = wait_room(p, f);
		if (!n)
			n = send_some(p, from, f);
		if (n < 0)
			return done ? done : n;
		done += n;
	}
	reap_tx(p);
	return done;
}

static int port_fsync(struct file *f, bool data_only)
{
	struct vport *p = f->priv;
	int err =
		waitq_wait_interruptible(&p->writable, virtio_port_drained(p));

	if (err)
		return err;
	return virtqueue_in_flight(p->tx) ? -EIO : 0;
}

static unsigned port_poll(struct file *f, struct poll_table *pt)
{
	struct vport *p = f->priv;
	unsigned events;

	poll_wait(pt, &p->readable);
	poll_wait(pt, &p->writable);
	events = write_ready(p) ? POLLOUT | POLLWRNORM : 0;
	spin_lock(&p->lock);
	if (hung_up_locked(p))
		events = POLLHUP;
	spin_unlock(&p->lock);
	if (read_ready(p))
		events |= POLLIN | POLLRDNORM;
	return events;
}

static int fill_rx_once(struct vport *p)
{
	int err = p->rx_filled ? 0 : fill_rx(p);

	p->rx_filled |= !err;
	return err;
}

int virtio_port_begin(struct vport *p, bool read)
{
	int err = 0;

	mutex_lock(&p->open_lock);
	if (read)
		err = fill_rx_once(p);
	if (!err && p->opens++ == 0)
		virtio_console_control(p->vc, p->id, CONTROL_PORT_OPEN, 1);
	mutex_unlock(&p->open_lock);
	return err;
}

void virtio_port_end(struct vport *p)
{
	reap_tx(p);
	mutex_lock(&p->open_lock);
	if (--p->opens == 0)
		virtio_console_control(p->vc, p->id, CONTROL_PORT_OPEN, 0);
	mutex_unlock(&p->open_lock);
}

size_t virtio_port_send(struct vport *p, const void *buf, size_t len)
{
	char *block;

	if (!write_ready(p))
		return 0;
	block = alloc_tx(&len);
	if (!block)
		return 0;
	memcpy(block, buf, len);
	if (!queue_tx(p, block, len))
		return len;
	free_tx(block);
	return 0;
}

bool virtio_port_pull(struct vport *p,
		      size_t (*take)(struct vport *p, const void *buf,
				     size_t len))
{
	bool refused = false;
	uint32_t n;

	mutex_lock(&p->read_lock);
	do {
		while (!refused && next_rx(p)) {
			n = (uint32_t)take(p, p->rx_buf + p->rx_off,
					   p->rx_left);
			p->rx_off += n;
			WRITE_ONCE(p->rx_left, p->rx_left - n);
			refused = p->rx_left != 0;
			if (!refused && give_rx(p, p->rx_buf))
				page_free_virt(p->rx_buf, 0);
		}
		kick(p, p->rx);
	} while (!refused && read_ready(p) && !at_end(p));
	mutex_unlock(&p->read_lock);
	return !refused;
}

static int port_open(struct inode *ino, struct file *f)
{
	struct vport *p = devfs_priv(ino);

	if (p->is_tty)
		return -EBUSY;
	f->priv = p;
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_NOPOS_LOCK;
	return virtio_port_begin(p, f->mode & FMODE_READ);
}

static void port_release(struct file *f)
{
	virtio_port_end(f->priv);
}

const struct file_ops virtio_port_ops = {
	.open = port_open,
	.release = port_release,
	.read = port_read,
	.write = port_write,
	.fsync = port_fsync,
	.poll = port_poll,
};
