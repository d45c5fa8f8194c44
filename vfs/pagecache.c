/* SPDX-License-Identifier: BSD-2-Clause */
/* Files through the pages of their objects. */
#include "vfs/pagecache.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/page.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vm/iter.h"
#include "vm/object.h"
#include "vm/vmspace.h"

/* Held at once; bounds how long a big write keeps others out. */
#define WRITE_CHUNK MIB(1)

/* From a page that is not there: zeros, or it is read in first. */
static noinline ssize_t read_missing(struct inode *ino, struct iter *to,
				     uint64_t at, size_t n)
{
	struct page *p;
	int err;

	if (ino->flags & INODE_SPARSE)
		return iter_zero(to, n);
	err = object_page(ino->object, at / PAGE_SIZE, &p);
	if (err)
		return err;
	n = iter_copy_to_page(to, p, at % PAGE_SIZE, n);
	page_put(p);
	return n;
}

/* The end of a read whose last step, at `at`, gave fewer bytes or an error. */
static noinline ssize_t read_short(off_t *pos, uint64_t at, ssize_t got)
{
	size_t done = at - *pos + MAX(got, 0);

	*pos += done;
	return done ? (ssize_t)done : got < 0 ? got : -EFAULT;
}

ssize_t pagecache_read(struct file *f, struct iter *to, off_t *pos)
{
	struct object *o = f->inode->object;
	uint64_t at = *pos, size;
	size_t n, got;
	struct page *p;

	inode_touch_atime(f->inode, f->path.mount, f->flags);
	while (to->count) {
		size = READ_ONCE(o->size);
		if (at >= size)
			break;
		n = MIN(PAGE_SIZE - at % PAGE_SIZE, MIN(to->count, size - at));
		p = object_peek(o, at / PAGE_SIZE);
		if (likely(p)) {
			got = iter_copy_to_page(to, p, at % PAGE_SIZE, n);
			page_put(p);
		} else {
			got = read_missing(f->inode, to, at, n);
		}
		if (unlikely(got != n))
			return read_short(pos, at, got);
		at += n;
	}
	n = at - *pos;
	*pos = at;
	return n;
}

static void clear_part(struct page *p, size_t from, size_t to)
{
	char *v;

	if (from >= to)
		return;
	v = page_map_local(p);
	memset(v + from, 0, to - from);
	page_unmap_local(v);
}

/* One write's part in one page. */
struct part {
	struct inode *ino;
	struct iter *from;
	uint64_t index;
	size_t offset, len;
};

/* Copies with faults off; bytes, 0 when the source went away. */
static size_t copy_in(const struct part *w, struct page *p)
{
	size_t n;

	w->from->faults_off = true;
	n = iter_copy_from_page(w->from, p, w->offset, w->len);
	w->from->faults_off = false;
	return n;
}

/* Makes a page that nobody sees before it is filled.  -EEXIST: a fault made
 * it first. */
static ssize_t write_fresh(const struct part *w)
{
	const struct inode_ops *ops = w->ino->ops;
	struct page *p;
	size_t n = 0;
	int err = ops->reserve ? ops->reserve(w->ino, 1) : 0;

	if (err)
		return err;
	p = page_alloc(0, ALLOC_MOVABLE);
	if (!p)
		err = -ENOMEM;
	else
		n = copy_in(w, p);
	if (n) {
		clear_part(p, 0, w->offset);
		clear_part(p, w->offset + n, PAGE_SIZE);
		err = object_insert(w->ino->object, w->index, p);
		if (err)
			iter_revert(w->from, n);
	}
	if (n && !err)
		return n;
	if (p)
		page_put(p);
	if (ops->reserve && ops->reserve(w->ino, -1))
		return -ENOSPC; /* giving back does not fail */
	return err;
}

static ssize_t write_part(const struct part *w)
{
	struct page *p = object_peek(w->ino->object, w->index);
	ssize_t n;
	int err;

	if (!p && (w->ino->flags & INODE_SPARSE)) {
		n = write_fresh(w);
		if (n != -EEXIST)
			return n;
	}
	if (!p) {
		err = object_page(w->ino->object, w->index, &p);
		if (err)
			return err;
	}
	n = copy_in(w, p);
	if (!(w->ino->flags & INODE_SPARSE))
		object_dirty(w->ino->object, p);
	page_put(p);
	return n;
}

/* Writes at `at` as far as the source is in memory; bytes, or -errno with
 * nothing written. */
static ssize_t write_locked(struct inode *ino, struct iter *from, uint64_t at,
			    size_t len)
{
	struct part w = { .ino = ino, .from = from };
	size_t done = 0;
	ssize_t n = 0;

	while (done < len) {
		w.index = at / PAGE_SIZE;
		w.offset = at % PAGE_SIZE;
		w.len = MIN(PAGE_SIZE - w.offset, len - done);
		n = write_part(&w);
		if (n <= 0)
			break;
		at += n;
		done += n;
		if ((size_t)n < w.len)
			break;
	}
	if (!done)
		return n;
	if (at > ino->object->size)
		WRITE_ONCE(ino->object->size, at);
	return done;
}

static ssize_t write_chunk(struct file *f, struct iter *from, off_t *pos)
{
	struct inode *ino = f->inode;
	size_t len = MIN(from->count, WRITE_CHUNK);
	ssize_t n = iter_fault_in_read(from, len);

	if (n)
		return n;
	mutex_lock(&ino->lock);
	if (f->flags & O_APPEND)
		*pos = ino->object->size;
	if (*pos > INT64_MAX - (off_t)len ||
	    (len && (uint64_t)*pos >= file_size_limit())) {
		n = -EFBIG;
	} else {
		len = MIN(len, file_size_limit() - (uint64_t)*pos);
		n = write_locked(ino, from, *pos, len);
		if (n > 0)
			*pos += n;
		if (n > 0) {
			inode_touch_mtime(ino);
			inode_drop_privs_locked(ino);
		}
	}
	mutex_unlock(&ino->lock);
	return n;
}

ssize_t pagecache_write(struct file *f, struct iter *from, off_t *pos)
{
	size_t done = 0;
	ssize_t n = 0;

	while (from->count) {
		n = write_chunk(f, from, pos);
		if (n < 0)
			break;
		/* 0: its source was taken away between the two; again. */
		done += n;
	}
	return done ? (ssize_t)done : n;
}

int pagecache_mmap(struct file *f, struct map_request *rq)
{
	inode_touch_atime(f->inode, f->path.mount, f->flags);
	rq->object = f->inode->object;
	object_get(rq->object);
	return 0;
}

/* Clears a part of one page, if the page is there. */
static void clear_in_place(struct object *o, uint64_t from, uint64_t to)
{
	struct page *p = object_peek(o, from / PAGE_SIZE);

	if (!p)
		return;
	clear_part(p, from % PAGE_SIZE, (to - 1) % PAGE_SIZE + 1);
	page_put(p);
}

void pagecache_set_size_locked(struct inode *ino, uint64_t size)
{
	struct object *o = ino->object;
	uint64_t old = o->size, low = MIN(old, size);

	WRITE_ONCE(o->size, size);
	if (size < old)
		object_truncate(o, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	/* A mapping may have written behind the end. */
	if (low % PAGE_SIZE)
		clear_in_place(o, low, ALIGN_UP(low, PAGE_SIZE));
}

void pagecache_punch_locked(struct inode *ino, uint64_t from, uint64_t to)
{
	uint64_t first = ALIGN_UP(from, PAGE_SIZE);
	uint64_t end = ALIGN_DOWN(to, PAGE_SIZE);

	if (first > end) { /* inside one page */
		clear_in_place(ino->object, from, to);
		return;
	}
	if (from < first)
		clear_in_place(ino->object, from, first);
	if (end < to)
		clear_in_place(ino->object, end, to);
	if (first < end)
		object_drop(ino->object, first / PAGE_SIZE, end / PAGE_SIZE);
}
