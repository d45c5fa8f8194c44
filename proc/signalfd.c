/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signalfd(2).  Who waits stands in one of a few queues, chosen by the process,
 * that live for ever: an epoll may still watch after the process is gone.
 * Processes that share a queue wake each other for nothing now and then.
 */
#include "proc/signalfd.h"

#include "arch/abi.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

#define QUEUES      32
#define UNBLOCKABLE (SIGSET(SIGKILL) | SIGSET(SIGSTOP))

struct signalfd {
	sigset_t mask; /* one word: read and written whole */
};

static struct waitq queues[QUEUES] = { [0 ... QUEUES -
					1] = { .lock = SPINLOCK(RANK_WAITQ) } };
static struct slab signalfd_slab = SLAB("signalfd", struct signalfd);
static const struct file_ops signalfd_ops;

static struct waitq *queue_of(const struct process *p)
{
	return &queues[(unsigned)p->pid % QUEUES];
}

void signalfd_notify(const struct process *p)
{
	struct waitq *q = queue_of(p);

	/* The first waiter makes the list. */
	if (READ_ONCE(q->entries.next))
		waitq_wake_key(q, ~0u, POLLIN | POLLRDNORM);
}

static struct waitq *queue_current(void)
{
	struct waitq *q = queue_of(process_current());
	unsigned long flags;

	if (unlikely(!READ_ONCE(q->entries.next))) {
		flags = spin_lock_irqsave(&q->lock);
		if (!q->entries.next)
			list_init(&q->entries);
		spin_unlock_irqrestore(&q->lock, flags);
	}
	return q;
}

static bool is_pending(const struct signalfd *s)
{
	const struct task *t = task_current();

	return (READ_ONCE(t->pending.set) |
		READ_ONCE(t->process->pending.set)) &
	       READ_ONCE(s->mask);
}

static void encode(const struct signal_info *info, struct signalfd_siginfo *out)
{
	*out = (struct signalfd_siginfo){
		.signo = (uint32_t)info->signo,
		.errnum = info->errnum,
		.code = info->code,
		.pid = (uint32_t)info->pid,
		.uid = info->uid,
		.status = info->status,
		.int_value = (int32_t)info->value,
		.ptr = info->value,
		.addr = info->addr,
	};
	if (info->code == SI_TIMER) {
		out->tid = (uint32_t)info->timer_id;
		out->overrun = (uint32_t)info->overrun;
		out->pid = out->uid = 0;
	}
}

/* What is there and fits; 0: nothing is. */
static ssize_t take(const struct signalfd *s, struct iter *to)
{
	struct signalfd_siginfo out;
	struct signal_info info;
	ssize_t done = 0;

	while (to->count >= sizeof(out) && signal_dequeue(s->mask, &info)) {
		encode(&info, &out);
		if (iter_copy_to(to, &out, sizeof(out)) != sizeof(out))
			return done ? done : -EFAULT;
		done += sizeof(out);
	}
	return done;
}

static ssize_t signalfd_read(struct file *f, struct iter *to, off_t *pos)
{
	struct signalfd *s = f->priv;
	ssize_t n;
	int err;

	if (to->count < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	while (!(n = take(s, to))) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(queue_current(), is_pending(s));
		if (err)
			return err;
	}
	return n;
}

static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, queue_current());
	return is_pending(f->priv) ? POLLIN : 0;
}

static void signalfd_release(struct file *f)
{
	slab_free(&signalfd_slab, f->priv);
}

static const struct file_ops signalfd_ops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
};

int signalfd_create(sigset_t mask, uint32_t flags, struct file **out)
{
	struct signalfd *s = slab_alloc(&signalfd_slab, 0);
	int err;

	if (!s)
		return -ENOMEM;
	s->mask = mask & ~UNBLOCKABLE;
	err = file_open_anon("[signalfd]", &signalfd_ops, s, O_RDWR | flags,
			     out);
	if (err)
		slab_free(&signalfd_slab, s);
	return err;
}

int signalfd_set_mask(struct file *f, sigset_t mask)
{
	struct signalfd *s = f->priv;

	if (f->ops != &signalfd_ops)
		return -EINVAL;
	WRITE_ONCE(s->mask, mask & ~UNBLOCKABLE);
	waitq_wake_key(queue_current(), ~0u, POLLIN | POLLRDNORM);
	return 0;
}
