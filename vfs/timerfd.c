/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd_create(2).  The timer fires once and tells those who wait; what a
 * period brought since then is counted when somebody looks, and only then is
 * it armed again.  So a period of a nanosecond costs nothing while nobody
 * reads.
 *
 * The lock is taken in the timer's interrupt as well.
 */
#include "vfs/timerfd.h"

#include "arch/abi.h"
#include "lib/div.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

struct timerfd {
	struct spinlock lock;
	/* protected by lock: */
	nsec_t deadline, interval; /* deadline 0: disarmed */
	uint64_t ticks;
	bool fired; /* and was not armed again */

	struct timer timer;
	struct waitq wait;
	int clock; /* constant */
};

static struct slab timerfd_slab = SLAB("timerfd", struct timerfd);
static const struct file_ops timerfd_ops;

static void on_fire(struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);
	unsigned long flags = spin_lock_irqsave(&t->lock);
	bool due = t->deadline && !t->fired && t->deadline <= clock_monotonic();

	if (due) {
		t->ticks++;
		t->fired = true;
	}
	spin_unlock_irqrestore(&t->lock, flags);
	if (due)
		waitq_wake_key(&t->wait, ~0u, POLLIN | POLLRDNORM);
}

/* Counts the periods since it fired and arms it for the next one. */
static void catch_up_locked(struct timerfd *t)
{
	uint64_t missed;

	if (!t->fired)
		return;
	t->fired = false;
	if (!t->interval) {
		t->deadline = 0;
		return;
	}
	missed = div_u64_wide(clock_monotonic() - t->deadline, t->interval);
	t->ticks += missed;
	t->deadline += (nsec_t)(missed + 1) * t->interval;
	timer_arm(&t->timer, t->deadline);
}

static uint64_t take(struct timerfd *t)
{
	unsigned long flags = spin_lock_irqsave(&t->lock);
	uint64_t ticks = 0;

	if (t->ticks) {
		catch_up_locked(t);
		ticks = t->ticks;
		t->ticks = 0;
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return ticks;
}

static ssize_t timerfd_read(struct file *f, struct iter *to, off_t *pos)
{
	struct timerfd *t = f->priv;
	uint64_t ticks;
	int err;

	if (to->count < sizeof(ticks))
		return -EINVAL;
	while (!(ticks = take(t))) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&t->wait, READ_ONCE(t->ticks));
		if (err)
			return err;
	}
	if (iter_copy_to(to, &ticks, sizeof(ticks)) != sizeof(ticks))
		return -EFAULT;
	return sizeof(ticks);
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->priv;

	poll_wait(pt, &t->wait);
	return READ_ONCE(t->ticks) ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->priv;

	(void)timer_cancel_sync(&t->timer);
	slab_free(&timerfd_slab, t);
}

static const struct file_ops timerfd_ops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
};

int timerfd_create(int clock, uint32_t flags, struct file **out)
{
	struct timerfd *t;
	int err;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	    clock != CLOCK_BOOTTIME)
		return -EINVAL;
	t = slab_alloc(&timerfd_slab, ALLOC_ZERO);
	if (!t)
		return -ENOMEM;
	spin_init(&t->lock, RANK_POLL);
	waitq_init(&t->wait);
	timer_init(&t->timer, on_fire);
	t->clock = clock;
	err = file_open_anon("[timerfd]", &timerfd_ops, t, O_RDWR | flags, out);
	if (err)
		slab_free(&timerfd_slab, t);
	return err;
}

static void get_locked(struct timerfd *t, struct timerfd_setting *out)
{
	nsec_t left;

	catch_up_locked(t);
	left = t->deadline - clock_monotonic();
	out->interval = t->interval;
	out->value = !t->deadline ? 0 : MAX(left, 1);
}

int timerfd_gettime(struct file *f, struct timerfd_setting *out)
{
	struct timerfd *t = f->priv;
	unsigned long flags;

	if (f->ops != &timerfd_ops)
		return -EINVAL;
	flags = spin_lock_irqsave(&t->lock);
	get_locked(t, out);
	spin_unlock_irqrestore(&t->lock, flags);
	return 0;
}

/* A deadline on the monotonic clock; saturates. */
static nsec_t deadline_of(const struct timerfd *t, nsec_t value, bool absolute)
{
	nsec_t now = clock_monotonic();

	if (absolute && t->clock == CLOCK_REALTIME)
		value -= clock_realtime();
	else if (absolute)
		value -= now;
	if (value > INT64_MAX - now)
		return INT64_MAX;
	return MAX(now + value, 1);
}

int timerfd_settime(struct file *f, bool absolute,
		    const struct timerfd_setting *set,
		    struct timerfd_setting *old)
{
	struct timerfd *t = f->priv;
	unsigned long flags;

	if (f->ops != &timerfd_ops)
		return -EINVAL;
	/* A firing that is under way finds nothing due or the new deadline's
	 * own timer, never the old one's count. */
	(void)timer_cancel_sync(&t->timer);
	flags = spin_lock_irqsave(&t->lock);
	get_locked(t, old);
	(void)timer_cancel(&t->timer);
	t->ticks = 0;
	t->fired = false;
	t->interval = set->interval;
	t->deadline = 0;
	if (set->value) {
		t->deadline = deadline_of(t, set->value, absolute);
		timer_arm(&t->timer, t->deadline);
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return 0;
}
