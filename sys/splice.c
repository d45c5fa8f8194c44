/* SPDX-License-Identifier: BSD-2-Clause */
/* splice(2), tee(2) and vmsplice(2). */
#include "vfs/splice.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "core/entry.h"
#include "sys/syscalls.h"
#include "sys/written.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

struct two_files {
	struct fdref in, out;
};

static bool get_two(struct two_files *t, int in, int out)
{
	t->in = fdtable_get((unsigned)in);
	if (!t->in.file)
		return false;
	t->out = fdtable_get((unsigned)out);
	if (!t->out.file)
		fdtable_put(t->in);
	return t->out.file;
}

static long put_two(struct two_files *t, long n)
{
	fdtable_put(t->in);
	fdtable_put(t->out);
	return written(n);
}

/* An offset in user memory, if there is one. */
static int get_offset(uaddr_t at, off_t *off)
{
	if (!at)
		return 0;
	if (copy_from_user(off, at, sizeof(*off)))
		return -EFAULT;
	return *off < 0 ? -EINVAL : 0;
}

static long splice_at(struct two_files *t, uaddr_t in_at, uaddr_t out_at,
		      size_t len, unsigned flags)
{
	off_t in_off = 0, out_off = 0;
	struct splice_end in = { t->in.file, in_at ? &in_off : NULL };
	struct splice_end out = { t->out.file, out_at ? &out_off : NULL };
	long n = 0;

	/* A pipe has no position, good or bad. */
	if ((in_at && splice_is_pipe(in.file)) ||
	    (out_at && splice_is_pipe(out.file)))
		return -ESPIPE;
	n = get_offset(in_at, &in_off);
	if (!n)
		n = get_offset(out_at, &out_off);
	if (!n)
		n = splice_files(&in, &out, len, flags);
	if (n > 0 && in_at && copy_to_user(in_at, &in_off, sizeof(in_off)))
		n = -EFAULT;
	if (n > 0 && out_at && copy_to_user(out_at, &out_off, sizeof(out_off)))
		n = -EFAULT;
	return n;
}

long sys_splice(int in, uaddr_t in_at, int out, uaddr_t out_at, size_t len,
		unsigned flags)
{
	struct two_files t;

	if (!len)
		return 0;
	if (flags & ~SPLICE_ALL)
		return -EINVAL;
	if (!get_two(&t, in, out))
		return -EBADF;
	return put_two(&t,
		       splice_at(&t, in_at, out_at, MIN(len, RW_MAX), flags));
}

long sys_tee(int in, int out, size_t len, unsigned flags)
{
	struct two_files t;

	if (flags & ~SPLICE_ALL)
		return -EINVAL;
	if (!len)
		return 0;
	if (!get_two(&t, in, out))
		return -EBADF;
	return put_two(&t, splice_tee(t.in.file, t.out.file, len, flags));
}

/* A gift is copied: what becomes of the giver's pages is left open. */
long sys_vmsplice(int fd, uaddr_t vec, unsigned long n, unsigned flags)
{
	struct fdref ref;
	bool pipe, writes;

	if (flags & ~SPLICE_ALL)
		return -EINVAL;
	ref = fdtable_get((unsigned)fd);
	if (!ref.file)
		return -EBADF;
	pipe = splice_is_pipe(ref.file);
	writes = ref.file->mode & FMODE_WRITE;
	fdtable_put(ref);
	if (!n)
		return 0;
	if (!pipe)
		return -EBADF;
	return writes ? sys_writev(fd, vec, n) : sys_readv(fd, vec, n);
}
