/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file's position is a byte of the log, and so is a record's number: it
 * grows, and tells a reader that lines were lost by more than their length.
 * Nothing announces a new line, so a reader that waits looks now and then.
 *
 * No state but the log's and the position, which vfs locks.
 */
#include "drivers/char/kmsg.h"

#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/print.h"
#include "core/timer.h"
#include "sched/thread.h"
#include "vfs/devfs.h"
#include "vfs/file.h"
#include "vm/iter.h"

#define KMSG_MAJOR  1
#define KMSG_MINOR  11
#define LEVEL       6 /* the log does not keep any: "informational" */
#define LOOK_PERIOD (100 * NSEC_PER_MSEC)

/* The decimal number at *p, which moves behind it and blanks before it. */
static uint64_t take_number(const char **p)
{
	uint64_t n = 0;

	while (**p == ' ')
		(*p)++;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = n * 10 + (**p - '0');
	return n;
}

/* Lines begin with "[seconds.micros] "; *line moves to the text. */
static uint64_t take_time(const char **line)
{
	const char *p = *line;
	uint64_t us;

	if (*p++ != '[')
		return 0;
	us = take_number(&p) * 1000000;
	if (*p++ != '.')
		return 0;
	us += take_number(&p);
	if (p[0] != ']' || p[1] != ' ')
		return 0;
	*line = p + 2;
	return us;
}

/* Reads the line at *pos into `line` and terminates it; its length with the
 * newline, 0 at the end of the log. */
static size_t next_line(uint64_t *pos, char *line)
{
	size_t n = print_log_read(pos, line, PRINT_LINE_MAX);
	char *end = memchr(line, '\n', n);
	size_t len = end ? (size_t)(end + 1 - line) : n;

	*pos -= n - len;
	line[len] = '\0';
	return len;
}

static int wait_line(const struct file *f, uint64_t *pos, char *line)
{
	int err;

	while (!next_line(pos, line)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = thread_sleep_until(clock_monotonic() + LOOK_PERIOD,
					 THREAD_SLEEPING);
		if (err)
			return -ERESTARTSYS;
	}
	return 0;
}

static ssize_t kmsg_read(struct file *f, struct iter *to, off_t *pos)
{
	char line[PRINT_LINE_MAX + 1], record[PRINT_LINE_MAX + 64];
	const char *text = line;
	uint64_t at = *pos, us;
	size_t len;
	int err = wait_line(f, &at, line);

	if (err)
		return err;
	us = take_time(&text);
	len = fmt_snprintf(record, sizeof(record), "%u,%llu,%llu,-;%s", LEVEL,
			   (unsigned long long)at, (unsigned long long)us,
			   text);
	if (to->count < len)
		return -EINVAL;
	if (iter_copy_to(to, record, len) < len)
		return -EFAULT;
	*pos = at;
	return len;
}

static ssize_t kmsg_write(struct file *f, struct iter *from, off_t *pos)
{
	static struct ratelimit limit;
	char line[PRINT_LINE_MAX];
	const char *text = line;
	size_t len = from->count, n = MIN(len, sizeof(line) - 1);

	if (iter_copy_from(from, line, n) < n)
		return -EFAULT;
	line[n] = '\0';
	/* The level in front, "<6>", is not kept. */
	if (line[0] == '<' && strchr(line, '>'))
		text = strchr(line, '>') + 1;
	if (print_ratelimit(&limit))
		print("%s", text);
	return len;
}

static off_t kmsg_seek(struct file *f, off_t off, int whence)
{
	char line[PRINT_LINE_MAX];
	uint64_t at = 0;

	if (off || (whence != SEEK_SET && whence != SEEK_END))
		return -EINVAL;
	while (whence == SEEK_END && print_log_read(&at, line, sizeof(line)))
		;
	f->pos = at;
	return 0;
}

static const struct file_ops kmsg_ops = {
	.read = kmsg_read,
	.write = kmsg_write,
	.seek = kmsg_seek,
};

static struct devfs_node node = {
	.name = "kmsg",
	.type = S_IFCHR,
	.mode = 0644,
	.major = KMSG_MAJOR,
	.minor = KMSG_MINOR,
	.ops = &kmsg_ops,
};

void kmsg_init(void)
{
	int err = devfs_add(&node);

	if (err)
		print("kmsg: %d\n", err);
}
