/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd(2).  The count changes under the lock; who waits is told after it,
 * and each of those who were told looks again.
 */
#include "vfs/eventfd.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "core/spinlock.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

struct eventfd {
	struct spinlock lock;
	/* protected by lock: */
	uint64_t count; /* UINT64_MAX only by overflow, which cannot happen */

	bool one_by_one; /* constant */
	struct waitq wait;
};

static struct slab eventfd_slab = SLAB("eventfd", struct eventfd);

static bool try_take(struct eventfd *e, uint64_t *value)
{
	spin_lock(&e->lock);
	*value = e->one_by_one ? e->count != 0 : e->count;
	e->count -= *value;
	spin_unlock(&e->lock);
	return *value != 0;
}

static ssize_t eventfd_read(struct file *f, struct iter *to, off_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t value;
	int err;

	if (to->count < sizeof(value))
		return -EINVAL;
	while (!try_take(e, &value)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&e->wait, READ_ONCE(e->count));
		if (err)
			return err;
	}
	waitq_wake_key(&e->wait, ~0u, POLLOUT | POLLWRNORM);
	if (iter_copy_to(to, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	return sizeof(value);
}

static bool fits(const struct eventfd *e, uint64_t value)
{
	return UINT64_MAX - READ_ONCE(e->count) > value;
}

static bool try_add(struct eventfd *e, uint64_t value)
{
	bool ok;

	spin_lock(&e->lock);
	ok = fits(e, value);
	if (ok)
		e->count += value;
	spin_unlock(&e->lock);
	return ok;
}

static ssize_t eventfd_write(struct file *f, struct iter *from, off_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t value;
	int err;

	if (from->count < sizeof(value))
		return -EINVAL;
	if (iter_copy_from(from, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	while (!try_add(e, value)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&e->wait, fits(e, value));
		if (err)
			return err;
	}
	waitq_wake_key(&e->wait, ~0u, POLLIN | POLLRDNORM);
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->priv;
	uint64_t count;

	poll_wait(pt, &e->wait);
	count = READ_ONCE(e->count);
	return (count ? POLLIN : 0) | (count < UINT64_MAX - 1 ? POLLOUT : 0);
}

static void eventfd_release(struct file *f)
{
	slab_free(&eventfd_slab, f->priv);
}

static const struct file_ops eventfd_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
};

int eventfd_create(uint32_t count, uint32_t flags, struct file **out)
{
	struct eventfd *e;
	int err;

	if (flags & ~(EFD_SEMAPHORE | O_NONBLOCK))
		return -EINVAL;
	e = slab_alloc(&eventfd_slab, 0);
	if (!e)
		return -ENOMEM;
	spin_init(&e->lock, RANK_POLL);
	waitq_init(&e->wait);
	e->count = count;
	e->one_by_one = flags & EFD_SEMAPHORE;
	err = file_open_anon("[eventfd]", &eventfd_ops, e,
			     O_RDWR | (flags & O_NONBLOCK), out);
	if (err)
		slab_free(&eventfd_slab, e);
	return err;
}
