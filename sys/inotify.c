/* SPDX-License-Identifier: BSD-2-Clause */
/* inotify(7): decoding; vfs/inotify.c does it. */
#include "vfs/inotify.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/inotify.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"

long sys_inotify_init1(int flags)
{
	struct file *f;
	int fd, err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = inotify_create((unsigned)flags & O_NONBLOCK, &f);
	if (err)
		return err;
	fd = fdtable_add(f, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd;
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static long add_watch(struct file *f, uaddr_t name, uint32_t mask)
{
	unsigned how = mask & IN_DONT_FOLLOW ? 0 : PATH_FOLLOW;
	struct path p;
	long ret;

	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		return -EINVAL;
	if (!inotify_is(f))
		return -EINVAL;
	if (mask & IN_ONLYDIR)
		how |= PATH_DIRECTORY;
	ret = path_lookup_user(AT_FDCWD, name, how, &p);
	if (ret)
		return ret;
	ret = inode_permission(p.dentry->inode, MAY_READ);
	if (!ret)
		ret = inotify_add(f, p.dentry->inode, mask);
	path_put(&p);
	return ret;
}

long sys_inotify_add_watch(int fd, uaddr_t name, unsigned mask)
{
	struct fdref ref;
	long ret;

	if (!mask || (mask & ~IN_KNOWN))
		return -EINVAL;
	ref = fdtable_get((unsigned)fd);
	if (!ref.file)
		return -EBADF;
	ret = add_watch(ref.file, name, mask);
	fdtable_put(ref);
	return ret;
}

long sys_inotify_rm_watch(int fd, int wd)
{
	struct fdref ref = fdtable_get((unsigned)fd);
	long ret = -EINVAL;

	if (!ref.file)
		return -EBADF;
	if (inotify_is(ref.file))
		ret = inotify_remove(ref.file, wd);
	fdtable_put(ref);
	return ret;
}
