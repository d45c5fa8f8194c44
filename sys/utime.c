/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that set a file's times: utime, utimes and futimesat in their
 * units, utimensat in its own, all made into one request.
 */
#include "arch/abi.h"
#include "lib/div.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

#define SECONDS_MAX (INT64_MAX / NSEC_PER_SEC - 1)

/* What is wanted: access and modification time; nsec may be UTIME_*. */
struct times {
	int64_t sec[2], nsec[2];
	bool now; /* no times were given */
};

static bool valid_nsec(int64_t nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT ||
	       (nsec >= 0 && nsec < NSEC_PER_SEC);
}

static nsec_t to_nsec(const struct times *t, unsigned i, nsec_t now)
{
	int64_t sec = MAX(MIN(t->sec[i], SECONDS_MAX), -SECONDS_MAX);

	return t->nsec[i] == UTIME_NOW ? now : sec * NSEC_PER_SEC + t->nsec[i];
}

static int set_times(const struct path *p, const struct times *t)
{
	nsec_t now = inode_now();
	bool both_now =
		t->now || (t->nsec[0] == UTIME_NOW && t->nsec[1] == UTIME_NOW);
	struct inode_change c = { .valid = INODE_SET_ATIME | INODE_SET_MTIME,
				  .atime = now,
				  .mtime = now };
	int err;

	if (!t->now && (!valid_nsec(t->nsec[0]) || !valid_nsec(t->nsec[1])))
		return -EINVAL;
	err = mount_writable(p->mount);
	if (err)
		return err;
	if (!both_now) {
		c.atime = to_nsec(t, 0, now);
		c.mtime = to_nsec(t, 1, now);
		if (t->nsec[0] == UTIME_OMIT)
			c.valid &= ~INODE_SET_ATIME;
		if (t->nsec[1] == UTIME_OMIT)
			c.valid &= ~INODE_SET_MTIME;
	}
	return inode_change(p->dentry, &c, both_now);
}

static long set_by_fd(int fd, const struct times *t)
{
	struct fdref ref = fdtable_get((unsigned)fd);
	long err;

	if (!ref.file)
		return -EBADF;
	err = set_times(&ref.file->path, t);
	fdtable_put(ref);
	return err;
}

static long set_at(int dirfd, uaddr_t path, const struct times *t, int flags)
{
	unsigned how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;
	struct path p;
	long err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!path && dirfd != AT_FDCWD)
		return flags ? -EINVAL : set_by_fd(dirfd, t);
	if (flags & AT_EMPTY_PATH)
		how |= PATH_EMPTY;
	err = path_lookup_user(dirfd, path, how, &p);
	if (err)
		return err;
	err = set_times(&p, t);
	path_put(&p);
	return err;
}

long sys_utimensat(int dirfd, uaddr_t path, uaddr_t times, int flags)
{
	struct abi_timespec ts[2];
	struct times t = { .now = !times };

	if (times) {
		if (copy_from_user(ts, times, sizeof(ts)))
			return -EFAULT;
		for (unsigned i = 0; i < 2; i++) {
			t.sec[i] = ts[i].sec;
			t.nsec[i] = ts[i].nsec;
		}
		/* utimensat(2): then not even the path is looked at. */
		if (t.nsec[0] == UTIME_OMIT && t.nsec[1] == UTIME_OMIT)
			return 0;
	}
	return set_at(dirfd, path, &t, flags);
}

long sys_futimesat(int dirfd, uaddr_t path, uaddr_t times)
{
	struct abi_timeval tv[2];
	struct times t = { .now = !times };

	if (times) {
		if (copy_from_user(tv, times, sizeof(tv)))
			return -EFAULT;
		for (unsigned i = 0; i < 2; i++) {
			if (tv[i].usec < 0 || tv[i].usec >= 1000000)
				return -EINVAL;
			t.sec[i] = tv[i].sec;
			t.nsec[i] = tv[i].usec * 1000;
		}
	}
	return set_at(dirfd, path, &t, 0);
}

long sys_utimes(uaddr_t path, uaddr_t times)
{
	return sys_futimesat(AT_FDCWD, path, times);
}

long sys_utime(uaddr_t path, uaddr_t times)
{
	struct abi_utimbuf buf;
	struct times t = { .now = !times };

	if (times) {
		if (copy_from_user(&buf, times, sizeof(buf)))
			return -EFAULT;
		t.sec[0] = buf.actime;
		t.sec[1] = buf.modtime;
	}
	return set_at(AT_FDCWD, path, &t, 0);
}
