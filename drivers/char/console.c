/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input goes through a ring with one producer, the serial port's interrupt;
 * what finds it full is lost.  Output is polled and shares the serial port
 * with the log, whose lines it never breaks.
 */
#include "drivers/char/console.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/print.h"
#include "core/spinlock.h"
#include "drivers/serial/uart8250.h"
#include "sched/waitq.h"
#include "vfs/devfs.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

#define CONSOLE_MAJOR 5
#define CONSOLE_MINOR 1
#define COM1_LINE     4
#define RING_SIZE     1024u /* a power of two */
#define CHUNK         256

static struct {
	struct waitq readable;
	struct spinlock lock;
	/* protected by lock: */
	uint32_t head, tail; /* bytes ever put in and taken out */
	char ring[RING_SIZE];
} input = {
	.readable = WAITQ(input.readable),
	.lock = SPINLOCK(RANK_PORT),
};

static void received(char c)
{
	spin_lock(&input.lock);
	if (input.head - input.tail < RING_SIZE)
		input.ring[input.head++ % RING_SIZE] = c;
	spin_unlock(&input.lock);
	waitq_wake_key(&input.readable, ~0u, POLLIN | POLLRDNORM);
}

static bool has_input(void)
{
	return READ_ONCE(input.head) != READ_ONCE(input.tail);
}

static size_t take(char *buf, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&input.lock);
	size_t n = 0;

	while (n < len && input.tail != input.head)
		buf[n++] = input.ring[input.tail++ % RING_SIZE];
	spin_unlock_irqrestore(&input.lock, flags);
	return n;
}

/* Takes at least one byte, or says why not. */
static ssize_t wait_input(const struct file *f, char *buf, size_t len)
{
	size_t n;
	int err;

	while ((n = take(buf, len)) == 0) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&input.readable, has_input());
		if (err)
			return err;
	}
	return n;
}

static ssize_t console_read(struct file *f, struct iter *to, off_t *pos)
{
	char chunk[CHUNK];
	ssize_t n;

	if (!to->count)
		return 0;
	n = wait_input(f, chunk, MIN(to->count, sizeof(chunk)));
	if (n > 0 && iter_copy_to(to, chunk, n) < n)
		return -EFAULT;
	return n;
}

static ssize_t console_write(struct file *f, struct iter *from, off_t *pos)
{
	char chunk[CHUNK];
	size_t done = 0, want, n;

	while (from->count) {
		want = MIN(from->count, sizeof(chunk));
		n = iter_copy_from(from, chunk, want);
		uart8250_write(chunk, n);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
	}
	return done;
}

static int console_fsync(struct file *f, bool data_only)
{
	return 0;
}

static unsigned console_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, &input.readable);
	return POLLOUT | POLLWRNORM | (has_input() ? POLLIN | POLLRDNORM : 0);
}

static int console_open(struct inode *ino, struct file *f)
{
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_NOPOS_LOCK;
	return 0;
}

static const struct file_ops console_ops = {
	.open = console_open,
	.read = console_read,
	.write = console_write,
	.fsync = console_fsync,
	.poll = console_poll,
};

static struct devfs_node node = {
	.name = "console",
	.type = S_IFCHR,
	.mode = 0600,
	.major = CONSOLE_MAJOR,
	.minor = CONSOLE_MINOR,
	.ops = &console_ops,
};

void console_init(void)
{
	int err = devfs_add(&node);

	if (err)
		print("console: %d\n", err);
	err = uart8250_input_start(COM1_LINE, received);
	if (err && err != -ENODEV)
		print("console: no input: %d\n", err);
}
