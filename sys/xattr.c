/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended attributes (xattr(7)).  No file system here keeps any: lists are
 * empty, everything else is refused as Linux refuses it on a file system
 * without them, after the same checks of its arguments.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

#define XATTR_CREATE   1
#define XATTR_REPLACE  2
#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536

/* Whether the file is there and, with `write`, might be changed. */
static long check_path(uaddr_t path, unsigned how, bool write)
{
	struct path p;
	long err = path_lookup_user(AT_FDCWD, path, how, &p);

	if (err)
		return err;
	if (write)
		err = mount_writable(p.mount);
	path_put(&p);
	return err;
}

static long check_fd(int fd, bool write)
{
	struct fdref ref = fdtable_get((unsigned)fd);
	long err = 0;

	if (!ref.file)
		return -EBADF;
	if (write)
		err = mount_writable(ref.file->path.mount);
	fdtable_put(ref);
	return err;
}

static long refuse(uaddr_t name)
{
	char text[XATTR_NAME_MAX + 1];
	ssize_t len = usercopy_string(text, name, sizeof(text));

	if (len == 0 || len == -ENAMETOOLONG)
		return -ERANGE;
	return len < 0 ? len : -EOPNOTSUPP;
}

static long refuse_set(uaddr_t name, size_t size, int flags)
{
	long err;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = refuse(name);
	if (err == -EOPNOTSUPP && size > XATTR_SIZE_MAX)
		err = -E2BIG;
	return err;
}

long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size,
		  int flags)
{
	long err = check_path(path, PATH_FOLLOW, true);

	return err ? err : refuse_set(name, size, flags);
}

long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size,
		   int flags)
{
	long err = check_path(path, 0, true);

	return err ? err : refuse_set(name, size, flags);
}

long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, size_t size, int flags)
{
	long err = check_fd(fd, true);

	return err ? err : refuse_set(name, size, flags);
}

long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size)
{
	long err = check_path(path, PATH_FOLLOW, false);

	return err ? err : refuse(name);
}

long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size)
{
	long err = check_path(path, 0, false);

	return err ? err : refuse(name);
}

long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, size_t size)
{
	long err = check_fd(fd, false);

	return err ? err : refuse(name);
}

long sys_listxattr(uaddr_t path, uaddr_t list, size_t size)
{
	return check_path(path, PATH_FOLLOW, false);
}

long sys_llistxattr(uaddr_t path, uaddr_t list, size_t size)
{
	return check_path(path, 0, false);
}

long sys_flistxattr(int fd, uaddr_t list, size_t size)
{
	return check_fd(fd, false);
}

long sys_removexattr(uaddr_t path, uaddr_t name)
{
	long err = check_path(path, PATH_FOLLOW, true);

	return err ? err : refuse(name);
}

long sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	long err = check_path(path, 0, true);

	return err ? err : refuse(name);
}

long sys_fremovexattr(int fd, uaddr_t name)
{
	long err = check_fd(fd, true);

	return err ? err : refuse(name);
}
