/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syslog(2): the kernel's log in text.  Lines get the level in front that the
 * log itself does not keep.  Two places in the log are remembered: where the
 * reader of SYSLOG_READ is, and what SYSLOG_CLEAR hid.
 */
#include "sys/klog.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/print.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "sched/cred.h"
#include "sched/mutex.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

#define LEVEL       "<6>"
#define LEVEL_LEN   3
#define LINE_MAX    (PRINT_LINE_MAX + LEVEL_LEN)
#define BUFFER_SIZE (1 << 16) /* at least what the log holds */
#define LOOK_PERIOD (100 * NSEC_PER_MSEC)

enum {
	KLOG_CLOSE,
	KLOG_OPEN,
	KLOG_READ,
	KLOG_READ_ALL,
	KLOG_READ_CLEAR,
	KLOG_CLEAR,
	KLOG_CONSOLE_OFF,
	KLOG_CONSOLE_ON,
	KLOG_CONSOLE_LEVEL,
	KLOG_SIZE_UNREAD,
	KLOG_SIZE_BUFFER,
};

int klog_restricted;

static struct mutex klog_lock = MUTEX(klog_lock, RANK_MUTEX_LEAF);
/* protected by klog_lock: */
static uint64_t read_at, clear_at;

/* The next line with its level; its length, 0 at the end. */
static size_t next_line(uint64_t *pos, char line[LINE_MAX + 1])
{
	size_t n = print_log_read(pos, line + LEVEL_LEN, PRINT_LINE_MAX);
	char *end = memchr(line + LEVEL_LEN, '\n', n);
	size_t len = end ? (size_t)(end + 1 - line) - LEVEL_LEN : n;

	*pos -= n - len;
	memcpy(line, LEVEL, LEVEL_LEN);
	return len ? len + LEVEL_LEN : 0;
}

/* Bytes from `pos` to the end as text. */
static size_t text_size(uint64_t pos, char *line)
{
	size_t sum = 0, n;

	while ((n = next_line(&pos, line)))
		sum += n;
	return sum;
}

/* Where the whole lines end that fit, from `pos` on. */
static uint64_t fitting(uint64_t pos, size_t len, char *line)
{
	for (;;) {
		uint64_t at = pos;
		size_t n = next_line(&at, line);

		if (!n || n > len)
			return pos;
		pos = at;
		len -= n;
	}
}

/* Whole lines from *pos to `end`, as many as fit, and moves it. */
static long copy_lines(uint64_t *pos, uint64_t end, uaddr_t buf, size_t len,
		       char *line)
{
	size_t done = 0, n;

	while (*pos < end) {
		uint64_t at = *pos;

		n = next_line(&at, line);
		if (!n || n > len - done)
			break;
		if (copy_to_user(buf + done, line, n))
			return done ? (long)done : -EFAULT;
		*pos = at;
		done += n;
	}
	return (long)done;
}

/* No lock is held over a user copy: the lines are taken first, and given back
 * if they could not be copied and nobody has read on. */
static long take_lines(uaddr_t buf, size_t len, char *line)
{
	uint64_t pos, end;
	long n;

	mutex_lock(&klog_lock);
	pos = read_at;
	read_at = end = fitting(pos, len, line);
	mutex_unlock(&klog_lock);
	n = copy_lines(&pos, end, buf, len, line);
	if (likely(pos >= end))
		return n;
	mutex_lock(&klog_lock);
	if (read_at == end)
		read_at = pos;
	mutex_unlock(&klog_lock);
	return n;
}

static long read_some(uaddr_t buf, size_t len, char *line)
{
	long n;

	while (!(n = take_lines(buf, len, line))) {
		if (text_size(READ_ONCE(read_at), line))
			break;
		if (thread_sleep_until(clock_monotonic() + LOOK_PERIOD,
				       THREAD_SLEEPING))
			return -ERESTARTSYS;
	}
	return n;
}

/* The last lines, as many as fit. */
static long read_all(uaddr_t buf, size_t len, bool clear, char *line)
{
	uint64_t pos = READ_ONCE(clear_at), end;
	size_t size = text_size(pos, line);
	long n;

	while (size > len)
		size -= next_line(&pos, line);
	end = fitting(pos, len, line);
	n = copy_lines(&pos, end, buf, len, line);
	if (clear && n >= 0) {
		mutex_lock(&klog_lock);
		clear_at = MAX(clear_at, pos);
		mutex_unlock(&klog_lock);
	}
	return n;
}

static long clear_all(char *line)
{
	mutex_lock(&klog_lock);
	while (next_line(&clear_at, line))
		;
	mutex_unlock(&klog_lock);
	return 0;
}

static bool allowed(int type)
{
	const struct cred *c = cred_current();

	if (!READ_ONCE(klog_restricted) &&
	    (type == KLOG_READ_ALL || type == KLOG_SIZE_BUFFER))
		return true;
	return cred_capable(c, CAP_SYSLOG) || cred_capable(c, CAP_SYS_ADMIN);
}

static long act(int type, uaddr_t buf, int len, char *line)
{
	bool reads = type >= KLOG_READ && type <= KLOG_READ_CLEAR;

	if (reads && (!buf || len < 0))
		return -EINVAL;
	if (reads && !len)
		return 0;
	switch (type) {
	case KLOG_READ: return read_some(buf, (size_t)len, line);
	case KLOG_READ_ALL:
	case KLOG_READ_CLEAR:
		return read_all(buf, (size_t)len, type == KLOG_READ_CLEAR,
				line);
	case KLOG_CLEAR: return clear_all(line);
	case KLOG_CONSOLE_LEVEL: return len < 1 || len > 8 ? -EINVAL : 0;
	case KLOG_SIZE_UNREAD: return (long)text_size(READ_ONCE(read_at), line);
	case KLOG_SIZE_BUFFER: return BUFFER_SIZE;
	default: return 0;
	}
}

long sys_syslog(int type, uaddr_t buf, int len)
{
	char *line;
	long ret;

	if (!allowed(type))
		return -EPERM;
	if (type < KLOG_CLOSE || type > KLOG_SIZE_BUFFER)
		return -EINVAL;
	line = kmalloc(LINE_MAX + 1, 0);
	if (!line)
		return -ENOMEM;
	ret = act(type, buf, len, line);
	kfree(line);
	return ret;
}
