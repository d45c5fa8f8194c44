/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, duplicating and closing descriptors; fcntl(2), ioctl(2), flock(2),
 * pipe(2). */
#include "arch/abi.h"
#include "arch/atomic.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/lock.h"
#include "vfs/memfd.h"
#include "vfs/pipe.h"
#include "vm/usercopy.h"

#define OPEN_FLAGS                                                      \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | \
	 O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | O_LARGEFILE |       \
	 O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH |    \
	 O_TMPFILE_BIT)

static long open_name(int dirfd, const char *name,
		      const struct path_open_args *a)
{
	struct file *f;
	int err, fd = fdtable_reserve(0, a->flags & O_CLOEXEC);

	if (fd < 0)
		return fd;
	err = path_open_at(dirfd, name, a, &f);
	if (err) {
		fdtable_release(fd);
		return err;
	}
	fdtable_install(fd, f);
	return fd;
}

static long open_user(int dirfd, uaddr_t user, const struct path_open_args *a)
{
	char *name;
	long ret = path_copy_user(user, &name);

	if (ret)
		return ret;
	ret = open_name(dirfd, name, a);
	path_copy_free(name);
	return ret;
}

long sys_openat(int dirfd, uaddr_t path, int flags, unsigned mode)
{
	struct path_open_args a = {
		.flags = (flags & OPEN_FLAGS) | O_LARGEFILE,
		.mode = mode,
	};

	return open_user(dirfd, path, &a);
}

long sys_open(uaddr_t path, int flags, unsigned mode)
{
	return sys_openat(AT_FDCWD, path, flags, mode);
}

long sys_creat(uaddr_t path, unsigned mode)
{
	return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* openat2(2): what a newer caller knows must be zero. */
static int get_how(struct open_how *how, uaddr_t user, size_t size)
{
	char c;
	size_t i;
	int err;

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_from_user(how, user, sizeof(*how));
	for (i = sizeof(*how); i < size && !err; i++) {
		err = copy_from_user(&c, user + i, 1);
		if (!err && c)
			err = -E2BIG;
	}
	return err;
}

static int check_how(const struct open_how *how)
{
	const uint64_t resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
				 RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |
				 RESOLVE_IN_ROOT | RESOLVE_CACHED;
	bool creates = how->flags & (O_CREAT | O_TMPFILE_BIT);
	const uint64_t with_path =
		O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;

	if ((how->flags & ~(uint64_t)OPEN_FLAGS) || (how->resolve & ~resolve))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) &&
	    (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if (how->mode & ~(creates ? (uint64_t)S_IALLUGO : 0))
		return -EINVAL;
	if ((how->flags & O_PATH) && (how->flags & ~with_path))
		return -EINVAL;
	/* Only if no sleeping were needed: who asks is told to ask again. */
	return how->resolve & RESOLVE_CACHED ? -EAGAIN : 0;
}

long sys_openat2(int dirfd, uaddr_t path, uaddr_t how_user, size_t size)
{
	static const struct {
		unsigned abi, path;
	} map[] = {
		{ RESOLVE_NO_XDEV, PATH_NO_XDEV },
		{ RESOLVE_NO_MAGICLINKS, PATH_NO_MAGICLINKS },
		{ RESOLVE_NO_SYMLINKS, PATH_NO_SYMLINKS | PATH_NO_MAGICLINKS },
		{ RESOLVE_BENEATH, PATH_BENEATH },
		{ RESOLVE_IN_ROOT, PATH_IN_ROOT },
	};
	struct path_open_args a = {};
	struct open_how how;
	size_t i;
	int err = get_how(&how, how_user, size);

	if (!err)
		err = check_how(&how);
	if (err)
		return err;
	a.flags = how.flags | O_LARGEFILE;
	a.mode = how.mode;
	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (how.resolve & map[i].abi)
			a.resolve |= map[i].path;
	return open_user(dirfd, path, &a);
}

long sys_close(int fd)
{
	int err = fdtable_close(fd);

	/* The descriptor is gone: restarting would close another's. */
	return err == -ERESTARTSYS ? -EINTR : err;
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	bool keep_tail = last != UINT32_MAX;
	int err;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = fdtable_unshare(keep_tail || (flags & CLOSE_RANGE_CLOEXEC)
					      ? UINT32_MAX
					      : first);
		if (err)
			return err;
	}
	fdtable_close_range(first, last, flags & CLOSE_RANGE_CLOEXEC);
	return 0;
}

static long dup_from(struct file *f, unsigned from, bool cloexec)
{
	int fd = fdtable_reserve(from, cloexec);

	if (fd >= 0)
		fdtable_install(fd, file_get(f));
	return fd;
}

long sys_dup(int fd)
{
	struct fdref ref = fdtable_get_any(fd);
	long ret;

	if (!ref.file)
		return -EBADF;
	ret = dup_from(ref.file, 0, false);
	fdtable_put(ref);
	return ret;
}

static long dup_to(int from, int to, bool cloexec)
{
	struct fdref ref = fdtable_get_any(from);
	int err;

	if (!ref.file)
		return -EBADF;
	/* Counted: what it replaces may be the last thing that held it. */
	file_get(ref.file);
	err = fdtable_replace(to, ref.file, cloexec);
	file_put(ref.file);
	fdtable_put(ref);
	return err ? err : to;
}

long sys_dup2(int from, int to)
{
	struct fdref ref;

	if (from != to)
		return dup_to(from, to, false);
	ref = fdtable_get_any(from);
	if (!ref.file)
		return -EBADF;
	fdtable_put(ref);
	return to;
}

long sys_dup3(int from, int to, int flags)
{
	if (from == to || (flags & ~O_CLOEXEC))
		return -EINVAL;
	return dup_to(from, to, flags & O_CLOEXEC);
}

static long dup_above(struct file *f, unsigned long from, bool cloexec)
{
	if (from >= thread_current()->files->limit)
		return -EINVAL;
	return dup_from(f, from, cloexec);
}

/* A struct flock as bytes [start, end]. */
static int lock_range(struct file *f, const struct flock *fl,
		      struct lock_request *rq)
{
	off_t start = fl->start, end;

	if (fl->whence == SEEK_CUR)
		start += f->pos;
	else if (fl->whence == SEEK_END)
		start += inode_size(f->inode);
	else if (fl->whence != SEEK_SET)
		return -EINVAL;
	if (start < 0)
		return -EINVAL;
	end = fl->len ? start + fl->len - 1 : INT64_MAX;
	if (fl->len < 0) {
		end = start - 1;
		start += fl->len;
	}
	if (start < 0)
		return -EINVAL;
	if (fl->len > 0 && end < start)
		return -EOVERFLOW;
	rq->start = start;
	rq->end = end;
	return 0;
}

static int lock_decode(struct file *f, uaddr_t user, bool ofd, struct flock *fl,
		       struct lock_request *rq)
{
	int err = copy_from_user(fl, user, sizeof(*fl));

	if (err)
		return err;
	if (ofd && fl->pid)
		return -EINVAL;
	rq->type = fl->type;
	rq->whole_file = false;
	rq->owner = ofd ? (void *)f : (void *)thread_current()->files;
	rq->pid = ofd ? LOCK_PID_FILE : process_current()->pid;
	return lock_range(f, fl, rq);
}

static long lock_get(struct file *f, uaddr_t user, bool ofd)
{
	struct lock_request rq, found;
	struct flock fl;
	int err = lock_decode(f, user, ofd, &fl, &rq);

	if (err)
		return err;
	if (fl.type != F_RDLCK && fl.type != F_WRLCK)
		return -EINVAL;
	fl.type = F_UNLCK;
	if (lock_test(f, &rq, &found)) {
		fl.type = found.type;
		fl.whence = SEEK_SET;
		fl.start = found.start;
		fl.len = found.end == INT64_MAX ? 0
						: found.end - found.start + 1;
		fl.pid = found.pid;
	}
	return copy_to_user(user, &fl, sizeof(fl));
}

static bool refers_to(int fd, const struct file *f)
{
	struct fdref ref = fdtable_get_any((unsigned)fd);
	bool same = ref.file == f;

	if (ref.file)
		fdtable_put(ref);
	return same;
}

static long lock_put(int fd, struct file *f, uaddr_t user, bool ofd, bool wait)
{
	struct lock_request rq;
	struct flock fl;
	int err = lock_decode(f, user, ofd, &fl, &rq);

	if (err)
		return err;
	if (fl.type < F_RDLCK || fl.type > F_UNLCK)
		return -EINVAL;
	if ((fl.type == F_RDLCK && !(f->mode & FMODE_READ)) ||
	    (fl.type == F_WRLCK && !(f->mode & FMODE_WRITE)))
		return -EBADF;
	err = lock_set(f, &rq, wait);
	smp_mb(); /* pairs with drop() in vfs/fdtable.c */
	if (err || ofd || fl.type == F_UNLCK || refers_to(fd, f))
		return err;
	/* Another thread's close has not seen the lock, and none will. */
	lock_drop_owner(f->inode, rq.owner);
	return -EBADF;
}

/* What O_PATH descriptors can do as well. */
static long fcntl_any(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD: return dup_above(f, arg, false);
	case F_DUPFD_CLOEXEC: return dup_above(f, arg, true);
	case F_GETFD: return fdtable_cloexec(fd);
	case F_SETFD: return fdtable_set_cloexec(fd, arg & FD_CLOEXEC);
	case F_GETFL: return f->flags;
	default: return (f->mode & FMODE_PATH) ? -EBADF : -EINVAL;
	}
}

static long fcntl_file(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETFL: return file_set_flags(f, arg);
	case F_GETLK: return lock_get(f, arg, false);
	case F_SETLK: return lock_put(fd, f, arg, false, false);
	case F_SETLKW: return lock_put(fd, f, arg, false, true);
	case F_OFD_GETLK: return lock_get(f, arg, true);
	case F_OFD_SETLK: return lock_put(fd, f, arg, true, false);
	case F_OFD_SETLKW: return lock_put(fd, f, arg, true, true);
	case F_GETOWN:
	case F_GETSIG: return 0;
	case F_GETPIPE_SZ: return pipe_size(f);
	case F_SETPIPE_SZ: return pipe_set_size(f, arg);
	case F_GETLEASE: return F_UNLCK;
	case F_ADD_SEALS: return memfd_add_seals(f, arg);
	case F_GET_SEALS: return memfd_seals(f);
	default: return fcntl_any(fd, f, cmd, arg);
	}
}

long sys_fcntl(int fd, unsigned cmd, unsigned long arg)
{
	struct fdref ref = fdtable_get_any(fd);
	long ret;

	if (!ref.file)
		return -EBADF;
	if (ref.file->mode & FMODE_PATH)
		ret = fcntl_any(fd, ref.file, cmd, arg);
	else
		ret = fcntl_file(fd, ref.file, cmd, arg);
	fdtable_put(ref);
	return ret;
}

long sys_ioctl(int fd, unsigned cmd, unsigned long arg)
{
	struct fdref ref = fdtable_get(fd);
	long ret;

	if (!ref.file)
		return -EBADF;
	if (cmd == FIOCLEX || cmd == FIONCLEX)
		ret = fdtable_set_cloexec(fd, cmd == FIOCLEX);
	else
		ret = file_ioctl(ref.file, cmd, arg);
	fdtable_put(ref);
	return ret;
}

long sys_flock(int fd, unsigned op)
{
	static const uint16_t types[] = {
		[LOCK_SH] = F_RDLCK, [LOCK_EX] = F_WRLCK, [LOCK_UN] = F_UNLCK
	};
	unsigned kind = op & ~LOCK_NB;
	struct lock_request rq = { .whole_file = true, .end = INT64_MAX };
	struct fdref ref = fdtable_get(fd);
	int err = -EINVAL;

	if (!ref.file)
		return -EBADF;
	if (kind == LOCK_SH || kind == LOCK_EX || kind == LOCK_UN) {
		rq.owner = ref.file;
		rq.type = types[kind];
		err = lock_set(ref.file, &rq, !(op & LOCK_NB));
	}
	fdtable_put(ref);
	return err;
}

/* Two files as two descriptors; both references pass or both are dropped. */
static int add_pair(struct file *const f[2], bool cloexec, uaddr_t user)
{
	int fd[2], err;

	fd[0] = fdtable_reserve(0, cloexec);
	if (fd[0] < 0)
		return fd[0];
	fd[1] = fdtable_reserve(0, cloexec);
	err = fd[1] < 0 ? fd[1] : copy_to_user(user, fd, sizeof(fd));
	if (err) {
		fdtable_release(fd[0]);
		if (fd[1] >= 0)
			fdtable_release(fd[1]);
		return err;
	}
	fdtable_install(fd[0], f[0]);
	fdtable_install(fd[1], f[1]);
	return 0;
}

long sys_pipe2(uaddr_t user, int flags)
{
	struct file *f[2];
	int err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_create(flags, &f[0], &f[1]);
	if (err)
		return err;
	err = add_pair(f, flags & O_CLOEXEC, user);
	if (err) {
		file_put(f[0]);
		file_put(f[1]);
	}
	return err;
}

long sys_pipe(uaddr_t user)
{
	return sys_pipe2(user, 0);
}

void fd_limit_changed(struct process *p)
{
	bool own = p == process_current();
	struct fdtable *files =
		own ? thread_current()->files : process_files(p);

	if (!files)
		return;
	fdtable_set_limit(files, p->limit[RLIMIT_NOFILE].cur);
	if (!own)
		fdtable_put_table(files);
}
