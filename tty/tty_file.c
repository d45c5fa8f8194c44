/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs do with an open terminal: read, write, poll.  User memory is
 * touched with no lock held: bytes go through a buffer of the call's own.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "tty/ldisc.h"
#include "tty/tty_priv.h"
#include "vfs/poll.h"
#include "vm/iter.h"

#define SMALL     256 /* bytes of buffer on the stack */
#define TENTH     (NSEC_PER_SEC / 10)
#define WAKE_ROOM 256 /* poll says writable from here on */

/* A read under way. */
struct reading {
	struct file *f;
	struct tty *tty;
	uint8_t *buf;
	size_t len, done;
	size_t least;    /* enough to return with */
	nsec_t deadline; /* NSEC_FOREVER: none; 0: do not wait at all */
	nsec_t between;  /* from each byte to the next; 0: no limit */
	bool end;
};

/* VMIN and VTIME, termios(3). */
static void set_limits(struct reading *r)
{
	struct termios2 *t = &r->tty->termios;
	nsec_t time = t->cc[VTIME] * TENTH;

	r->least = 1;
	r->deadline = NSEC_FOREVER;
	if (t->lflag & ICANON)
		return;
	if (t->cc[VMIN]) {
		r->least = MIN(r->len, (size_t)t->cc[VMIN]);
		r->between = time;
	} else {
		r->deadline = time ? clock_monotonic() + time : 0;
	}
}

/* Takes what there is; true: the read is over, with *err where nothing came. */
static bool take(struct reading *r, int *err)
{
	struct tty *tty = r->tty;
	size_t n = 0;
	bool over;

	spin_lock(&tty->lock);
	if (!tty_hung_up(r->f))
		n = ldisc_read_locked(tty, r->buf + r->done, r->len - r->done,
				      &r->end);
	r->done += n;
	over = r->end || r->done >= r->least || tty_hung_up(r->f);
	if (!over && tty->other_closed) {
		*err = -EIO;
		over = true;
	}
	spin_unlock(&tty->lock);
	if (n && r->between)
		r->deadline = clock_monotonic() + r->between;
	return over;
}

static bool something(const struct reading *r)
{
	struct tty *tty = r->tty;
	bool yes;

	spin_lock(&tty->lock);
	yes = ldisc_readable_locked(tty, 1) || tty->other_closed ||
	      tty_hung_up(r->f);
	spin_unlock(&tty->lock);
	return yes;
}

static int wait_for_more(struct reading *r)
{
	if (!r->deadline)
		return -ETIMEDOUT;
	if (r->f->flags & O_NONBLOCK)
		return -EAGAIN;
	return waitq_wait_deadline(&r->tty->readable, something(r),
				   THREAD_SLEEPING, r->deadline);
}

/* Bytes in the buffer, or why there are none. */
static ssize_t fill(struct reading *r)
{
	int err = tty_hung_up(r->f) ? 0 : tty_job_check(r->tty, SIGTTIN);

	if (err)
		return err;
	set_limits(r);
	while (!take(r, &err)) {
		err = wait_for_more(r);
		if (err == -ETIMEDOUT)
			return r->done;
		if (err)
			break;
		err = tty_hung_up(r->f) ? 0 : tty_job_check(r->tty, SIGTTIN);
		if (err)
			break;
	}
	tty_after(r->tty);
	return r->done ? (ssize_t)r->done : err;
}

ssize_t tty_read(struct file *f, struct iter *to, off_t *pos)
{
	uint8_t small[SMALL];
	struct reading r = {
		.f = f,
		.tty = tty_of_file(f),
		.buf = small,
		.len = MIN(to->count, (size_t)TTY_IN_SIZE),
	};
	ssize_t n;

	if (!to->count)
		return 0;
	if (r.len > SMALL) {
		r.buf = kmalloc(r.len, 0);
		if (!r.buf)
			return -ENOMEM;
	}
	n = fill(&r);
	if (n > 0 && iter_copy_to(to, r.buf, n) < (size_t)n)
		n = -EFAULT;
	if (r.buf != small)
		kfree(r.buf);
	return n;
}

static bool can_write(struct file *f)
{
	struct tty *tty = tty_of_file(f);
	bool yes;

	spin_lock(&tty->lock);
	yes = (!tty->stopped && ldisc_out_room_locked(tty) >= WAKE_ROOM) ||
	      tty->other_closed || tty_hung_up(f);
	spin_unlock(&tty->lock);
	return yes;
}

/* What fits now; -EIO when the line is gone. */
static ssize_t put_some(struct file *f, const uint8_t *buf, size_t len)
{
	struct tty *tty = tty_of_file(f);
	ssize_t n = -EIO;

	spin_lock(&tty->lock);
	if (!tty_hung_up(f) && !tty->other_closed)
		n = tty->stopped ? 0 : ldisc_write_locked(tty, buf, len);
	spin_unlock(&tty->lock);
	if (n > 0 && tty->ops->start)
		tty->ops->start(tty);
	return n;
}

static int put_all(struct file *f, const uint8_t *buf, size_t len, size_t *done)
{
	struct tty *tty = tty_of_file(f);
	ssize_t n;
	int err;

	for (*done = 0; *done < len;) {
		n = put_some(f, buf + *done, len - *done);
		if (n < 0)
			return n;
		*done += n;
		if (n)
			continue;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&tty->writable, can_write(f));
		if (err)
			return err;
	}
	return 0;
}

ssize_t tty_write(struct file *f, struct iter *from, off_t *pos)
{
	struct tty *tty = tty_of_file(f);
	uint8_t chunk[SMALL];
	size_t total = 0, n, done;
	int err = 0;

	if (tty_hung_up(f))
		return -EIO;
	if (READ_ONCE(tty->termios.lflag) & TOSTOP)
		err = tty_job_check(tty, SIGTTOU);
	while (!err && from->count) {
		n = iter_copy_from(from, chunk,
				   MIN(from->count, sizeof(chunk)));
		if (!n) {
			err = -EFAULT;
			break;
		}
		err = put_all(f, chunk, n, &done);
		total += done;
	}
	return total ? (ssize_t)total : err;
}

unsigned tty_poll(struct file *f, struct poll_table *pt)
{
	struct tty *tty = tty_of_file(f);
	const uint8_t *cc = tty->termios.cc;
	uint32_t want = cc[VMIN] && !cc[VTIME] ? cc[VMIN] : 1;
	unsigned events = 0;

	poll_wait(pt, &tty->readable);
	poll_wait(pt, &tty->writable);
	spin_lock(&tty->lock);
	if (ldisc_readable_locked(tty, want))
		events |= POLLIN | POLLRDNORM;
	if (tty->other_closed)
		events |= POLLHUP;
	if (!tty->stopped && ldisc_out_room_locked(tty) >= WAKE_ROOM)
		events |= POLLOUT | POLLWRNORM;
	if (tty_hung_up(f))
		events = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM |
			 POLLWRNORM;
	spin_unlock(&tty->lock);
	return events;
}

static bool drained(struct tty *tty)
{
	bool yes;

	spin_lock(&tty->lock);
	yes = ldisc_out_empty_locked(tty);
	spin_unlock(&tty->lock);
	return yes && (!tty->ops->drained || tty->ops->drained(tty));
}

int tty_drain(struct tty *tty)
{
	if (!tty->ops->drained)
		return 0; /* a pty: nobody waits for its reader */
	return waitq_wait_interruptible(&tty->writable, drained(tty));
}

int tty_drain_until(struct tty *tty, nsec_t deadline)
{
	return waitq_wait_deadline(&tty->writable, drained(tty), THREAD_BLOCKED,
				   deadline);
}

int tty_fsync(struct file *f, bool data_only)
{
	return tty_drain(tty_of_file(f));
}
