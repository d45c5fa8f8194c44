/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing: read(2), write(2) and their relatives.  Broken pipes
 * and files grown too far become signals here. */
#include "vfs/file.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "sys/syscalls.h"
#include "sys/vectors.h"
#include "sys/written.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/super.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

#define COPY_ORDER 3 /* pages of a buffer between two files */

/* For /proc/PID/io. */
static ssize_t counted_read(ssize_t n)
{
	struct thread_io *io = &thread_current()->io;

	io->reads++;
	io->read_bytes += n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t counted_write(ssize_t n)
{
	struct thread_io *io = &thread_current()->io;

	io->writes++;
	io->write_bytes += n > 0 ? (size_t)n : 0;
	return written(n);
}

/* Here and below O_PATH descriptors may come along: they can neither read nor
 * write, which file_read and file_write find out. */
long sys_read(int fd, uaddr_t buf, size_t len)
{
	struct fdref ref = fdtable_get_any(fd);
	struct iter it;
	ssize_t n;

	if (unlikely(!ref.file))
		return -EBADF;
	iter_user(&it, buf, MIN(len, RW_MAX));
	n = (ssize_t)len < 0 ? -EFAULT : file_read(ref.file, &it, NULL);
	fdtable_put(ref);
	return counted_read(n);
}

long sys_write(int fd, uaddr_t buf, size_t len)
{
	struct fdref ref = fdtable_get_any(fd);
	struct iter it;
	ssize_t n;

	if (unlikely(!ref.file))
		return -EBADF;
	iter_user(&it, buf, MIN(len, RW_MAX));
	n = (ssize_t)len < 0 ? -EFAULT : file_write(ref.file, &it, NULL);
	fdtable_put(ref);
	return counted_write(n);
}

static int may_seek(const struct file *f)
{
	return (f->mode & FMODE_NOPREAD) ? -ESPIPE : 0;
}

long sys_pread64(int fd, uaddr_t buf, size_t len, int64_t pos)
{
	struct fdref ref;
	struct iter it;
	off_t at = pos;
	ssize_t n;

	if (pos < 0)
		return -EINVAL;
	ref = fdtable_get_any(fd);
	if (unlikely(!ref.file))
		return -EBADF;
	iter_user(&it, buf, MIN(len, RW_MAX));
	n = may_seek(ref.file);
	if (!n)
		n = (ssize_t)len < 0 ? -EFAULT : file_read(ref.file, &it, &at);
	fdtable_put(ref);
	return counted_read(n);
}

long sys_pwrite64(int fd, uaddr_t buf, size_t len, int64_t pos)
{
	struct fdref ref;
	struct iter it;
	off_t at = pos;
	ssize_t n;

	if (pos < 0)
		return -EINVAL;
	ref = fdtable_get_any(fd);
	if (unlikely(!ref.file))
		return -EBADF;
	iter_user(&it, buf, MIN(len, RW_MAX));
	n = may_seek(ref.file);
	if (!n)
		n = (ssize_t)len < 0 ? -EFAULT : file_write(ref.file, &it, &at);
	fdtable_put(ref);
	return counted_write(n);
}

typedef ssize_t transfer(struct file *f, struct iter *it, off_t *pos);

/* pos NULL: the file's own. */
static ssize_t do_vectors(int fd, uaddr_t user, unsigned long n, off_t *pos,
			  transfer *fn)
{
	struct fdref ref = fdtable_get(fd);
	struct vectors v;
	struct iter it;
	ssize_t ret;

	if (!ref.file)
		return -EBADF;
	ret = pos ? may_seek(ref.file) : 0;
	if (!ret)
		ret = vectors_get(&v, user, n);
	if (!ret) {
		iter_user_vec(&it, v.vec, v.n);
		ret = fn(ref.file, &it, pos);
		vectors_free(&v);
	}
	fdtable_put(ref);
	return ret;
}

long sys_readv(int fd, uaddr_t vec, unsigned long n)
{
	return counted_read(do_vectors(fd, vec, n, NULL, file_read));
}

long sys_writev(int fd, uaddr_t vec, unsigned long n)
{
	return counted_write(do_vectors(fd, vec, n, NULL, file_write));
}

/* Offsets come in two registers; on 64-bit CPUs the second says nothing. */
static int64_t join(unsigned long lo, unsigned long hi)
{
	if (sizeof(long) == 8)
		return lo;
	return (int64_t)((uint64_t)hi << 32 | lo);
}

long sys_preadv(int fd, uaddr_t vec, unsigned long n, unsigned long lo,
		unsigned long hi)
{
	off_t pos = join(lo, hi);

	if (pos < 0)
		return -EINVAL;
	return counted_read(do_vectors(fd, vec, n, &pos, file_read));
}

long sys_pwritev(int fd, uaddr_t vec, unsigned long n, unsigned long lo,
		 unsigned long hi)
{
	off_t pos = join(lo, hi);

	if (pos < 0)
		return -EINVAL;
	return counted_write(do_vectors(fd, vec, n, &pos, file_write));
}

static int check_rwf(int flags)
{
	return flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC) ? -EOPNOTSUPP : 0;
}

long sys_preadv2(int fd, uaddr_t vec, unsigned long n, unsigned long lo,
		 unsigned long hi, int flags)
{
	int err = check_rwf(flags);

	if (err)
		return err;
	if (join(lo, hi) == -1)
		return sys_readv(fd, vec, n);
	return sys_preadv(fd, vec, n, lo, hi);
}

long sys_pwritev2(int fd, uaddr_t vec, unsigned long n, unsigned long lo,
		  unsigned long hi, int flags)
{
	int err = check_rwf(flags);

	if (err)
		return err;
	if (join(lo, hi) == -1)
		return sys_writev(fd, vec, n);
	return sys_pwritev(fd, vec, n, lo, hi);
}

long sys_lseek(int fd, long off, unsigned whence)
{
	struct fdref ref = fdtable_get(fd);
	off_t ret;

	if (!ref.file)
		return -EBADF;
	ret = whence > SEEK_HOLE ? -EINVAL : file_seek(ref.file, off, whence);
	fdtable_put(ref);
	return ret;
}

/* Bytes on their way from one file to another. */
struct copy {
	struct file *in, *out;
	off_t *in_pos, *out_pos; /* NULL: the file's own */
	size_t len;
};

static ssize_t copy_some(const struct copy *c, char *buf, size_t len)
{
	struct iter it;
	ssize_t got, put;
	off_t before = c->in_pos ? *c->in_pos : 0;

	iter_kernel(&it, buf, len);
	got = file_read(c->in, &it, c->in_pos);
	if (got <= 0)
		return got;
	iter_kernel(&it, buf, got);
	put = file_write(c->out, &it, c->out_pos);
	/* What was read and not written is to be read again. */
	if (put < got && c->in_pos)
		*c->in_pos = before + MAX(put, 0);
	else if (put < got && file_seek(c->in, MAX(put, 0) - got, SEEK_CUR) < 0)
		return put; /* a stream: the rest is lost, as on Linux */
	return put;
}

static ssize_t copy_all(const struct copy *c)
{
	size_t size = PAGE_SIZE << COPY_ORDER, done = 0;
	char *buf = page_alloc_virt(COPY_ORDER, 0);
	ssize_t n = 0;

	if (!buf)
		return -ENOMEM;
	while (done < c->len) {
		n = copy_some(c, buf, MIN(size, c->len - done));
		if (n <= 0)
			break;
		done += n;
	}
	page_free_virt(buf, COPY_ORDER);
	return done ? (ssize_t)done : n;
}

static int get_pos(uaddr_t user, off_t *pos)
{
	int err = copy_from_user(pos, user, sizeof(*pos));

	return err ? err : *pos < 0 ? -EINVAL : 0;
}

static ssize_t send(struct copy *c, uaddr_t offset)
{
	off_t pos;
	ssize_t n;
	int err;

	if (!(c->in->mode & FMODE_READ) || !(c->out->mode & FMODE_WRITE))
		return -EBADF;
	if (c->out->flags & O_APPEND)
		return -EINVAL;
	/* What cannot seek might lose data on the way: only into a pipe. */
	if (!(c->in->mode & FMODE_SEEK) && !S_ISFIFO(c->out->inode->mode))
		return -EINVAL;
	if (offset) {
		err = may_seek(c->in);
		if (!err)
			err = get_pos(offset, &pos);
		if (err)
			return err;
		c->in_pos = &pos;
	}
	n = copy_all(c);
	if (offset && copy_to_user(offset, &pos, sizeof(pos)))
		return -EFAULT;
	return n;
}

long sys_sendfile(int out, int in, uaddr_t offset, size_t len)
{
	struct fdref from = fdtable_get(in), to = fdtable_get(out);
	struct copy c = { from.file, to.file, NULL, NULL, MIN(len, RW_MAX) };
	ssize_t n = -EBADF;

	if (from.file && to.file)
		n = send(&c, offset);
	if (from.file)
		fdtable_put(from);
	if (to.file)
		fdtable_put(to);
	return written(n);
}

static int check_range_copy(const struct copy *c)
{
	uint32_t in = c->in->inode->mode, out = c->out->inode->mode;

	if (S_ISDIR(in) || S_ISDIR(out))
		return -EISDIR;
	if (!S_ISREG(in) || !S_ISREG(out))
		return -EINVAL;
	if (!(c->in->mode & FMODE_READ) || !(c->out->mode & FMODE_WRITE) ||
	    (c->out->flags & O_APPEND))
		return -EBADF;
	return 0;
}

/* copy_file_range(2): ranges of one file must not overlap; what lies behind
 * the end does not count. */
static bool overlaps(struct copy *c)
{
	uint64_t in = c->in_pos ? *c->in_pos : c->in->pos;
	uint64_t out = c->out_pos ? *c->out_pos : c->out->pos;
	uint64_t size = inode_size(c->in->inode);

	c->len = in < size ? MIN(c->len, size - in) : 0;
	return c->in->inode == c->out->inode && in < out + c->len &&
	       out < in + c->len;
}

static ssize_t copy_range(struct copy *c, uaddr_t in_at, uaddr_t out_at)
{
	off_t in_pos, out_pos;
	ssize_t n;
	int err = check_range_copy(c);

	if (!err && in_at)
		err = get_pos(in_at, &in_pos);
	if (!err && out_at)
		err = get_pos(out_at, &out_pos);
	if (err)
		return err;
	c->in_pos = in_at ? &in_pos : NULL;
	c->out_pos = out_at ? &out_pos : NULL;
	if (overlaps(c))
		return -EINVAL;
	n = copy_all(c);
	if (in_at)
		err = copy_to_user(in_at, &in_pos, sizeof(in_pos));
	if (out_at && !err)
		err = copy_to_user(out_at, &out_pos, sizeof(out_pos));
	return err ? err : n;
}

long sys_copy_file_range(int in, uaddr_t in_at, int out, uaddr_t out_at,
			 size_t len, unsigned flags)
{
	struct fdref from, to;
	struct copy c;
	ssize_t n = -EBADF;

	if (flags)
		return -EINVAL;
	from = fdtable_get(in);
	to = fdtable_get(out);
	c = (struct copy){ from.file, to.file, NULL, NULL, MIN(len, RW_MAX) };
	if (from.file && to.file)
		n = copy_range(&c, in_at, out_at);
	if (from.file)
		fdtable_put(from);
	if (to.file)
		fdtable_put(to);
	return n;
}

static int with_file(int fd, int (*fn)(struct file *f))
{
	struct fdref ref = fdtable_get(fd);
	int err;

	if (!ref.file)
		return -EBADF;
	err = fn(ref.file);
	fdtable_put(ref);
	return err;
}

static int sync_all(struct file *f)
{
	return file_fsync(f, false);
}

static int sync_data(struct file *f)
{
	return file_fsync(f, true);
}

long sys_fsync(int fd)
{
	return with_file(fd, sync_all);
}

long sys_fdatasync(int fd)
{
	return with_file(fd, sync_data);
}

long sys_sync(void)
{
	/* sync(2) tells nobody what went wrong. */
	(void)!super_sync_all();
	return 0;
}

static int sync_super(struct file *f)
{
	struct super *sb = f->inode->super;

	return sb->ops->sync ? sb->ops->sync(sb) : 0;
}

long sys_syncfs(int fd)
{
	return with_file(fd, sync_super);
}

static int is_regular(struct file *f)
{
	return S_ISREG(f->inode->mode) || S_ISBLK(f->inode->mode) ||
			       S_ISDIR(f->inode->mode) ||
			       S_ISLNK(f->inode->mode)
		       ? 0
		       : -ESPIPE;
}

/* Only a hint about writing back; fsync is what promises. */
long sys_sync_file_range(int fd, int64_t off, int64_t len, unsigned flags)
{
	if ((flags & ~7u) || off < 0 || len < 0)
		return -EINVAL;
	return with_file(fd, is_regular);
}

long sys_fallocate(int fd, int mode, int64_t off, int64_t len)
{
	struct fdref ref = fdtable_get(fd);
	int err;

	if (!ref.file)
		return -EBADF;
	err = file_fallocate(ref.file, mode, off, len);
	fdtable_put(ref);
	return written(err);
}

static int is_seekable(struct file *f)
{
	return S_ISFIFO(f->inode->mode) ? -ESPIPE : 0;
}

/* Advice: the page cache reads nothing ahead that it could be told of. */
long sys_fadvise64(int fd, int64_t off, size_t len, int advice)
{
	int err = with_file(fd, is_seekable);

	if (!err && (advice < 0 || advice > 5))
		err = -EINVAL;
	return err;
}

static int is_readable(struct file *f)
{
	if (!(f->mode & FMODE_READ))
		return -EBADF;
	return f->inode->object ? 0 : -EINVAL;
}

long sys_readahead(int fd, int64_t off, size_t len)
{
	return with_file(fd, is_readable);
}
