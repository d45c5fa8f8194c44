/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/null, zero, full, random and urandom: Linux's numbers and manners
 * (null(4), full(4), random(4)).  random never blocks: the generator is seeded
 * from its first use on.
 *
 * There is no state, so there are no locks and positions do not matter.  Long
 * reads look for signals now and then.
 */
#include "drivers/char/mem.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/print.h"
#include "core/random.h"
#include "sched/thread.h"
#include "vfs/devfs.h"
#include "vfs/file.h"
#include "vm/iter.h"

#define MEM_MAJOR 1

/* Bytes between two looks for a signal. */
#define ZERO_CHUNK   KIB(64)
#define RANDOM_CHUNK 256

static bool interrupted(void)
{
	return thread_signal_pending(thread_current(), THREAD_SLEEPING);
}

static int mem_open(struct inode *ino, struct file *f)
{
	f->mode |= FMODE_NOPOS_LOCK;
	return 0;
}

/* Any position will do, and it stays at 0. */
static off_t mem_seek(struct file *f, off_t off, int whence)
{
	return 0;
}

static ssize_t null_read(struct file *f, struct iter *to, off_t *pos)
{
	return 0;
}

static ssize_t null_write(struct file *f, struct iter *from, off_t *pos)
{
	size_t len = from->count;

	iter_advance(from, len);
	return len;
}

static ssize_t zero_read(struct file *f, struct iter *to, off_t *pos)
{
	size_t done = 0, want, n;

	while (to->count) {
		want = MIN(to->count, ZERO_CHUNK);
		n = iter_zero(to, want);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (unlikely(to->count) && interrupted())
			break;
	}
	return done;
}

static ssize_t full_write(struct file *f, struct iter *from, off_t *pos)
{
	return -ENOSPC;
}

static ssize_t random_read(struct file *f, struct iter *to, off_t *pos)
{
	char chunk[RANDOM_CHUNK];
	size_t done = 0, want, n;

	while (to->count) {
		want = MIN(to->count, sizeof(chunk));
		random_bytes(chunk, want);
		n = iter_copy_to(to, chunk, want);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (to->count && interrupted())
			break;
	}
	return done;
}

static ssize_t random_write(struct file *f, struct iter *from, off_t *pos)
{
	char chunk[RANDOM_CHUNK];
	size_t done = 0, want, n;

	while (from->count) {
		want = MIN(from->count, sizeof(chunk));
		n = iter_copy_from(from, chunk, want);
		random_add(chunk, n);
		done += n;
		if (n < want)
			return done ? (ssize_t)done : -EFAULT;
		if (from->count && interrupted())
			break;
	}
	return done;
}

static const struct file_ops null_ops = {
	.open = mem_open,
	.read = null_read,
	.write = null_write,
	.seek = mem_seek,
};

static const struct file_ops zero_ops = {
	.open = mem_open,
	.read = zero_read,
	.write = null_write,
	.seek = mem_seek,
};

static const struct file_ops full_ops = {
	.open = mem_open,
	.read = zero_read,
	.write = full_write,
	.seek = mem_seek,
};

static const struct file_ops random_ops = {
	.open = mem_open,
	.read = random_read,
	.write = random_write,
	.seek = mem_seek,
};

#define MEM_NODE(n, number, o)                                    \
	{                                                         \
		.name = (n), .type = S_IFCHR, .mode = 0666,       \
		.major = MEM_MAJOR, .minor = (number), .ops = (o) \
	}

static struct devfs_node nodes[] = {
	MEM_NODE("null", 3, &null_ops),
	MEM_NODE("zero", 5, &zero_ops),
	MEM_NODE("full", 7, &full_ops),
	MEM_NODE("random", 8, &random_ops),
	MEM_NODE("urandom", 9, &random_ops),
	/* What a device manager would make; shells rely on them. */
	{ .name = "fd", .link = "/proc/self/fd" },
	{ .name = "stdin", .link = "/proc/self/fd/0" },
	{ .name = "stdout", .link = "/proc/self/fd/1" },
	{ .name = "stderr", .link = "/proc/self/fd/2" },
};

void mem_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		int err = devfs_add(&nodes[i]);

		if (err)
			print("%s: %d\n", nodes[i].name, err);
	}
}
