/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * splice(2) and tee(2).  The pipe's mutex is held over the other file's read or
 * write, so that nothing is taken that cannot be delivered; two pipes are
 * locked in the order of their addresses.
 */
#include "vfs/splice.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/pipe.h"
#include "vfs/pipe_priv.h"
#include "vfs/poll.h"
#include "vm/iter.h"

struct transfer {
	struct pipe *from, *to;
	size_t len, done;
	bool nonblock;
	bool keep;     /* tee */
	uint32_t next; /* tee: the slot to be shared next */
};

bool splice_is_pipe(const struct file *f)
{
	return f->ops == &pipe_file_ops;
}

static void tell_readers(struct pipe *p)
{
	waitq_wake_key(&p->readable, ~0u, POLLIN | POLLRDNORM);
}

static void tell_writers(struct pipe *p)
{
	waitq_wake_key(&p->writable, ~0u, POLLOUT | POLLWRNORM);
}

static int wait_readable(struct pipe *p)
{
	return waitq_wait_interruptible(
		&p->readable, !pipe_is_empty(p) || !READ_ONCE(p->writers));
}

static int wait_writable(struct pipe *p)
{
	return waitq_wait_interruptible(
		&p->writable, !pipe_is_full(p) || !READ_ONCE(p->readers));
}

/* One page's worth of a pipe into a file.  0: the end; -EAGAIN: empty. */
static ssize_t put_first(struct pipe *p, const struct splice_end *out,
			 size_t len)
{
	struct pipe_slot *s = &p->ring[p->head % p->slots];
	struct iter_pvec vec = { s->page, s->start, 0 };
	struct iter it;
	ssize_t n;

	if (pipe_is_empty(p))
		return p->writers ? -EAGAIN : 0;
	vec.len = (uint32_t)MIN(len, (size_t)s->len);
	iter_pages(&it, &vec, 1);
	n = file_write(out->file, &it, out->pos);
	if (n <= 0)
		return n;
	s->start += (uint32_t)n;
	s->len -= (uint32_t)n;
	if (!s->len)
		pipe_drop_first(p);
	return n;
}

static ssize_t pipe_to_file(struct pipe *p, const struct splice_end *out,
			    size_t len, bool nonblock)
{
	size_t done = 0;
	ssize_t n = 0;
	bool empty;

	while (done < len) {
		mutex_lock(&p->lock);
		empty = pipe_is_empty(p);
		n = put_first(p, out, len - done);
		mutex_unlock(&p->lock);
		if (n > 0) {
			done += (size_t)n;
			tell_writers(p);
			continue;
		}
		if (n != -EAGAIN || !empty || done || nonblock)
			break;
		n = wait_readable(p);
		if (n)
			break;
	}
	return done ? (ssize_t)done : n;
}

/* Up to a page of a file into a pipe. */
static ssize_t add_from(struct pipe *p, const struct splice_end *in, size_t len)
{
	struct iter_pvec vec = { .len = (uint32_t)MIN(len, PAGE_SIZE) };
	struct iter it;
	ssize_t n;

	if (!p->readers)
		return -EPIPE;
	if (pipe_is_full(p))
		return -EAGAIN;
	vec.page = page_alloc(0, 0);
	if (!vec.page)
		return -ENOMEM;
	iter_pages(&it, &vec, 1);
	n = file_read(in->file, &it, in->pos);
	if (n <= 0) {
		page_put(vec.page);
		return n;
	}
	p->ring[p->tail % p->slots] =
		(struct pipe_slot){ vec.page, 0, (uint32_t)n };
	p->tail++;
	return n;
}

static ssize_t file_to_pipe(const struct splice_end *in, struct pipe *p,
			    size_t len, bool nonblock)
{
	bool regular = S_ISREG(in->file->inode->mode), full;
	size_t done = 0;
	ssize_t n = 0;

	while (done < len) {
		mutex_lock(&p->lock);
		full = pipe_is_full(p);
		n = add_from(p, in, len - done);
		mutex_unlock(&p->lock);
		if (n > 0) {
			done += (size_t)n;
			tell_readers(p);
			/* Another read might wait for what never comes. */
			if (!regular)
				break;
			continue;
		}
		if (n != -EAGAIN || !full || done || nonblock)
			break;
		n = wait_writable(p);
		if (n)
			break;
	}
	return done ? (ssize_t)done : n;
}

static void lock_both(struct transfer *t)
{
	mutex_lock(t->from < t->to ? &t->from->lock : &t->to->lock);
	mutex_lock(t->from < t->to ? &t->to->lock : &t->from->lock);
}

static void unlock_both(struct transfer *t)
{
	mutex_unlock(&t->from->lock);
	mutex_unlock(&t->to->lock);
}

/* One slot, or a part of it, is shared with the other pipe or goes there. */
static void move_slot(struct transfer *t)
{
	struct pipe *from = t->from, *to = t->to;
	struct pipe_slot *s = &from->ring[t->next % from->slots];
	uint32_t n = (uint32_t)MIN(t->len - t->done, (size_t)s->len);

	page_get(s->page);
	to->ring[to->tail % to->slots] =
		(struct pipe_slot){ s->page, s->start, n };
	to->tail++;
	t->done += n;
	t->next++;
	if (t->keep)
		return;
	s->start += n;
	s->len -= n;
	if (!s->len)
		pipe_drop_first(from);
}

/* As much as there is and fits; why nothing did. */
static ssize_t move_locked(struct transfer *t)
{
	if (!t->to->readers)
		return -EPIPE;
	t->next = t->from->head;
	while (t->done < t->len && t->next != t->from->tail &&
	       !pipe_is_full(t->to))
		move_slot(t);
	if (t->done || !t->len)
		return (ssize_t)t->done;
	return pipe_is_empty(t->from) && !t->from->writers ? 0 : -EAGAIN;
}

static ssize_t pipe_to_pipe(struct transfer *t)
{
	ssize_t n;

	for (;;) {
		lock_both(t);
		n = move_locked(t);
		unlock_both(t);
		if (n != -EAGAIN || t->nonblock)
			break;
		n = pipe_is_empty(t->from) ? wait_readable(t->from)
					   : wait_writable(t->to);
		if (n)
			return n;
	}
	if (n > 0) {
		tell_readers(t->to);
		if (!t->keep)
			tell_writers(t->from);
	}
	return n;
}

static int check(const struct file *in, const struct file *out)
{
	if (!(in->mode & FMODE_READ) || !(out->mode & FMODE_WRITE))
		return -EBADF;
	return in->inode == out->inode && splice_is_pipe(in) ? -EINVAL : 0;
}

static int check_ends(const struct splice_end *in, const struct splice_end *out)
{
	bool from = splice_is_pipe(in->file), to = splice_is_pipe(out->file);
	int err = check(in->file, out->file);

	if (err)
		return err;
	if (!from && !to)
		return -EINVAL;
	if ((from && in->pos) || (to && out->pos) ||
	    (in->pos && (in->file->mode & FMODE_NOPREAD)) ||
	    (out->pos && (out->file->mode & FMODE_NOPREAD)))
		return -ESPIPE;
	return !to && (out->file->flags & O_APPEND) ? -EINVAL : 0;
}

ssize_t splice_files(const struct splice_end *in, const struct splice_end *out,
		     size_t len, unsigned flags)
{
	bool nonblock = flags & SPLICE_NONBLOCK;
	int err = check_ends(in, out);

	if (err)
		return err;
	if (splice_is_pipe(in->file))
		nonblock |= (in->file->flags & O_NONBLOCK) != 0;
	if (splice_is_pipe(out->file))
		nonblock |= (out->file->flags & O_NONBLOCK) != 0;
	if (!splice_is_pipe(in->file))
		return file_to_pipe(in, out->file->inode->pipe, len, nonblock);
	if (!splice_is_pipe(out->file))
		return pipe_to_file(in->file->inode->pipe, out, len, nonblock);
	return pipe_to_pipe(&(struct transfer){
		.from = in->file->inode->pipe,
		.to = out->file->inode->pipe,
		.len = len,
		.nonblock = nonblock,
	});
}

ssize_t splice_tee(struct file *in, struct file *out, size_t len,
		   unsigned flags)
{
	int err = check(in, out);

	if (err)
		return err;
	if (!splice_is_pipe(in) || !splice_is_pipe(out))
		return -EINVAL;
	return pipe_to_pipe(&(struct transfer){
		.from = in->inode->pipe,
		.to = out->inode->pipe,
		.len = len,
		.nonblock = (flags & SPLICE_NONBLOCK) ||
			    ((in->flags | out->flags) & O_NONBLOCK),
		.keep = true,
	});
}
