/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes.  Data lies in pages that stand in a ring; a write first fills the
 * last page up, then adds new ones.  `spare` keeps one empty page, so that a
 * pipe in use allocates nothing.
 *
 * Readers wait on `readable`, writers on `writable`; poll waits on both.  A
 * change of what either can do is made under the mutex and told after it.
 */
#include "vfs/pipe.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/pipe_priv.h"
#include "vfs/poll.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

#define MAX_SLOTS 256u /* 1 MiB, /proc/sys/fs/pipe-max-size */

static struct slab pipe_slab = SLAB("pipe", struct pipe);

static struct pipe *create(void)
{
	struct pipe *p = slab_alloc(&pipe_slab, ALLOC_ZERO);

	if (!p)
		return NULL;
	/* Other files' locks are taken under it by splice.c, but no pipe's. */
	mutex_init(&p->lock, RANK_NONE);
	waitq_init(&p->readable);
	waitq_init(&p->writable);
	p->ring = p->first_ring;
	p->slots = PIPE_DEFAULT_SLOTS;
	return p;
}

static void destroy(struct pipe *p)
{
	for (; p->head != p->tail; p->head++)
		page_put(p->ring[p->head % p->slots].page);
	if (p->spare)
		page_put(p->spare);
	if (p->ring != p->first_ring)
		kfree(p->ring);
	slab_free(&pipe_slab, p);
}

void pipe_free(struct inode *ino)
{
	if (ino->pipe)
		destroy(ino->pipe);
	ino->pipe = NULL;
}

void pipe_drop_first(struct pipe *p)
{
	struct page *page = p->ring[p->head % p->slots].page;

	if (p->spare || !pipe_owns(page))
		page_put(page);
	else
		p->spare = page;
	p->head++;
}

/* Everything that is there, as far as it fits; -EFAULT with nothing moved. */
static ssize_t read_locked(struct pipe *p, struct iter *to)
{
	size_t done = 0, n, want;
	struct pipe_slot *s;

	while (to->count && !pipe_is_empty(p)) {
		s = &p->ring[p->head % p->slots];
		want = MIN(to->count, s->len);
		n = iter_copy_to_page(to, s->page, s->start, want);
		s->start += n;
		s->len -= n;
		done += n;
		if (!s->len)
			pipe_drop_first(p);
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
	}
	return done;
}

static ssize_t pipe_read(struct file *f, struct iter *to, off_t *pos)
{
	struct pipe *p = f->inode->pipe;
	bool was_full;
	ssize_t n;
	int err;

	if (!to->count)
		return 0;
	for (;;) {
		mutex_lock(&p->lock);
		was_full = pipe_is_full(p);
		n = read_locked(p, to);
		if (!n && p->writers)
			n = -EAGAIN;
		mutex_unlock(&p->lock);
		if (n != -EAGAIN)
			break;
		if (f->flags & O_NONBLOCK)
			return n;
		err = waitq_wait_interruptible(&p->readable,
					       !pipe_is_empty(p) ||
						       !READ_ONCE(p->writers));
		if (err)
			return err;
	}
	if (was_full && n > 0)
		waitq_wake_key(&p->writable, ~0u, POLLOUT | POLLWRNORM);
	if (n > 0)
		inode_touch_atime(f->inode, f->path.mount, f->flags);
	return n;
}

/* Room for a write that must not be torn. */
static bool fits(const struct pipe *p, size_t len)
{
	const struct pipe_slot *last = &p->ring[(p->tail - 1) % p->slots];
	uint32_t free = p->slots - (p->tail - p->head);
	size_t in_last = 0;

	if (!pipe_is_empty(p))
		in_last = PAGE_SIZE - last->start - last->len;
	return len <= in_last || free * PAGE_SIZE >= len;
}

/* Fills the last page up when what is left of it holds the whole rest of a
 * small write. */
static ssize_t append(struct pipe *p, struct iter *from)
{
	struct pipe_slot *s = &p->ring[(p->tail - 1) % p->slots];
	size_t n, len = from->count % PAGE_SIZE;

	if (pipe_is_empty(p) || !len || s->start + s->len + len > PAGE_SIZE)
		return 0;
	if (unlikely(!pipe_owns(s->page)))
		return 0;
	n = iter_copy_from_page(from, s->page, s->start + s->len, len);
	s->len += n;
	return n ? (ssize_t)n : -EFAULT;
}

static ssize_t add_page(struct pipe *p, struct iter *from)
{
	struct page *page = p->spare ? p->spare : page_alloc(0, 0);
	size_t n;

	if (!page)
		return -ENOMEM;
	p->spare = NULL;
	n = iter_copy_from_page(from, page, 0, MIN(from->count, PAGE_SIZE));
	if (!n) {
		p->spare = page;
		return -EFAULT;
	}
	p->ring[p->tail % p->slots] = (struct pipe_slot){ page, 0, n };
	p->tail++;
	return n;
}

/* What fits now; -EAGAIN: nothing does. */
static ssize_t write_locked(struct pipe *p, struct iter *from)
{
	size_t done = 0;
	ssize_t n;

	if (!p->readers)
		return -EPIPE;
	if (from->count <= PIPE_BUF && !fits(p, from->count))
		return -EAGAIN;
	n = append(p, from);
	while (n >= 0 && from->count) {
		done += n;
		n = pipe_is_full(p) ? -EAGAIN : add_page(p, from);
	}
	if (n > 0)
		done += n;
	return done ? (ssize_t)done : n;
}

static_assert(PIPE_BUF <= PAGE_SIZE, "a small write fits into one slot");

/* Without the lock, so never through the ring, which a resize may free.  What
 * the last page of a full pipe lacks cannot grow: only a slot can help. */
static bool writable_now(const struct pipe *p)
{
	return !READ_ONCE(p->readers) || !pipe_is_full(p);
}

static ssize_t pipe_write(struct file *f, struct iter *from, off_t *pos)
{
	struct pipe *p = f->inode->pipe;
	size_t done = 0;
	ssize_t n = 0;

	while (from->count) {
		mutex_lock(&p->lock);
		n = write_locked(p, from);
		mutex_unlock(&p->lock);
		if (n > 0) {
			/* Not only the first byte: epoll's edges want each. */
			done += n;
			waitq_wake_key(&p->readable, ~0u, POLLIN | POLLRDNORM);
			continue;
		}
		if (n != -EAGAIN || (f->flags & O_NONBLOCK))
			break;
		n = waitq_wait_interruptible(&p->writable, writable_now(p));
		if (n)
			break;
	}
	if (done)
		inode_touch_mtime(f->inode);
	return done ? (ssize_t)done : n;
}

static noinline void wait_for_change(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->inode->pipe;

	if (f->mode & FMODE_READ)
		poll_wait(pt, &p->readable);
	if (f->mode & FMODE_WRITE)
		poll_wait(pt, &p->writable);
}

static unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p;
	unsigned events = 0;

	if (unlikely(pt))
		wait_for_change(f, pt);
	p = f->inode->pipe;
	if (f->mode & FMODE_READ) {
		if (!pipe_is_empty(p))
			events |= POLLIN | POLLRDNORM;
		if (!READ_ONCE(p->writers) && READ_ONCE(p->writer_opens))
			events |= POLLHUP;
	}
	if (f->mode & FMODE_WRITE) {
		if (!pipe_is_full(p))
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(p->readers))
			events |= POLLERR;
	}
	return events;
}

static long count_bytes(struct pipe *p, uaddr_t arg)
{
	uint32_t i, n = 0;

	mutex_lock(&p->lock);
	for (i = p->head; i != p->tail; i++)
		n += p->ring[i % p->slots].len;
	mutex_unlock(&p->lock);
	return arch_put_user32(arg, n);
}

static long pipe_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	return cmd == FIONREAD ? count_bytes(f->inode->pipe, arg) : -ENOTTY;
}

/* The inode's pipe, made by its first opener; inode->lock held. */
static int attach(struct inode *ino)
{
	if (!ino->pipe)
		ino->pipe = create();
	return ino->pipe ? 0 : -ENOMEM;
}

static void count_open(struct pipe *p, const struct file *f)
{
	mutex_lock(&p->lock);
	if (f->mode & FMODE_READ) {
		p->readers++;
		p->reader_opens++;
	}
	if (f->mode & FMODE_WRITE) {
		p->writers++;
		p->writer_opens++;
	}
	mutex_unlock(&p->lock);
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
}

/* What the other end of a FIFO was when this one came. */
struct other_end {
	uint32_t there; /* open now */
	uint32_t opens; /* ever */
};

/* fifo(7): each end waits for the other unless it is told not to.  A pipe
 * that is opened again through /proc/PID/fd never does. */
static int wait_for_other_end(struct pipe *p, const struct file *f,
			      struct other_end other)
{
	bool reads = f->mode & FMODE_READ, writes = f->mode & FMODE_WRITE;

	if (p->nameless || other.there || reads == writes)
		return 0;
	if (f->flags & O_NONBLOCK)
		return reads ? 0 : -ENXIO;
	if (reads)
		return waitq_wait_interruptible(&p->readable,
						READ_ONCE(p->writer_opens) !=
							other.opens);
	return waitq_wait_interruptible(
		&p->writable, READ_ONCE(p->reader_opens) != other.opens);
}

static void count_close(struct pipe *p, const struct file *f)
{
	mutex_lock(&p->lock);
	if (f->mode & FMODE_READ)
		p->readers--;
	if (f->mode & FMODE_WRITE)
		p->writers--;
	mutex_unlock(&p->lock);
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
}

/* The last user of a FIFO takes its contents along.  One lock over all of it:
 * the pipe must not go while another end still wakes its sleepers. */
static void leave(struct inode *ino, const struct file *f)
{
	struct pipe *p, *gone = NULL;

	mutex_lock(&ino->lock);
	p = ino->pipe;
	count_close(p, f);
	if (!p->readers && !p->writers) {
		gone = p;
		ino->pipe = NULL;
	}
	mutex_unlock(&ino->lock);
	if (gone)
		destroy(gone);
}

static int pipe_open(struct inode *ino, struct file *f)
{
	struct other_end other = {};
	struct pipe *p;
	int err;

	/* Whoever is no end would not keep the pipe. */
	if (!(f->mode & (FMODE_READ | FMODE_WRITE)))
		return -EINVAL;
	mutex_lock(&ino->lock);
	err = attach(ino);
	p = ino->pipe;
	if (!err) {
		count_open(p, f);
		/* Before the other end can come, write and go again. */
		if (f->mode & FMODE_READ)
			other = (struct other_end){ p->writers,
						    p->writer_opens };
		else
			other = (struct other_end){ p->readers,
						    p->reader_opens };
	}
	mutex_unlock(&ino->lock);
	if (err)
		return err;
	err = wait_for_other_end(p, f, other);
	if (err)
		leave(ino, f);
	return err;
}

static void pipe_release(struct file *f)
{
	leave(f->inode, f);
}

const struct file_ops pipe_file_ops = {
	.open = pipe_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};

int pipe_create(uint32_t flags, struct file **reader, struct file **writer)
{
	struct inode *ino;
	int err = file_anon_inode(S_IFIFO | 0600, &ino);

	if (err)
		return err;
	ino->file_ops = &pipe_file_ops;
	err = attach(ino);
	flags &= O_NONBLOCK | O_DIRECT;
	if (!err)
		ino->pipe->nameless = true;
	if (!err)
		err = file_open_inode("pipe", ino, flags | O_RDONLY, reader);
	if (err) {
		inode_put(ino);
		return err;
	}
	count_open(ino->pipe, *reader);
	inode_get(ino);
	err = file_open_inode("pipe", ino, flags | O_WRONLY, writer);
	if (err) {
		inode_put(ino);
		file_put(*reader);
		return err;
	}
	count_open(ino->pipe, *writer);
	return 0;
}

int pipe_size(struct file *f)
{
	if (f->ops != &pipe_file_ops)
		return -EBADF;
	return READ_ONCE(f->inode->pipe->slots) * PAGE_SIZE;
}

static int resize_locked(struct pipe *p, uint32_t slots)
{
	uint32_t i, used = p->tail - p->head;
	struct pipe_slot *ring;

	if (used > slots)
		return -EBUSY;
	ring = kmalloc_array(slots, sizeof(*ring), 0);
	if (!ring)
		return -ENOMEM;
	for (i = 0; i < used; i++)
		ring[i] = p->ring[(p->head + i) % p->slots];
	if (p->ring != p->first_ring)
		kfree(p->ring);
	p->ring = ring;
	p->head = 0;
	p->tail = used;
	p->slots = slots;
	return 0;
}

int pipe_set_size(struct file *f, size_t bytes)
{
	struct pipe *p = f->inode->pipe;
	uint32_t slots = 1;
	int err;

	if (f->ops != &pipe_file_ops)
		return -EBADF;
	if (bytes > MAX_SLOTS * PAGE_SIZE)
		return bytes > INT32_MAX ? -EINVAL : -EPERM;
	while (slots * PAGE_SIZE < bytes)
		slots *= 2;
	mutex_lock(&p->lock);
	err = resize_locked(p, slots);
	mutex_unlock(&p->lock);
	waitq_wake_all(&p->writable);
	return err ? err : (int)(slots * PAGE_SIZE);
}
