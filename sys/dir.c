/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that make, remove and move names, and those about the running
 * process's directories.  Each copies its strings and calls vfs/ once; the old
 * calls without a directory descriptor are the new ones at AT_FDCWD.
 */
#include "vfs/dir.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

static long create(int dirfd, uaddr_t path, const struct inode_spec *spec)
{
	char *name;
	long err = path_copy_user(path, &name);

	if (err)
		return err;
	err = dir_create(dirfd, name, spec);
	path_copy_free(name);
	return err;
}

long sys_mkdirat(int dirfd, uaddr_t path, unsigned mode)
{
	/* mkdir(2): the set-id bits are not the caller's to give. */
	return create(dirfd, path,
		      &(struct inode_spec){ .mode = S_IFDIR | (mode & 01777) });
}

long sys_mkdir(uaddr_t path, unsigned mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_mknodat(int dirfd, uaddr_t path, unsigned mode, unsigned dev)
{
	struct inode_spec spec = {
		.mode = mode & (S_IFMT | S_IALLUGO),
		.major = dev >> 8 & 0xfff,
		.minor = (dev & 0xff) | (dev >> 12 & 0xfff00),
	};

	switch (mode & S_IFMT) {
	case 0: spec.mode |= S_IFREG; break;
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK: break;
	case S_IFDIR: return -EPERM;
	default: return -EINVAL;
	}
	return create(dirfd, path, &spec);
}

long sys_mknod(uaddr_t path, unsigned mode, unsigned dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_symlinkat(uaddr_t target, int dirfd, uaddr_t path)
{
	struct inode_spec spec = { .mode = S_IFLNK | 0777 };
	char *text;
	long err = path_copy_user(target, &text);

	if (err)
		return err;
	spec.target = text;
	err = *text ? create(dirfd, path, &spec) : -ENOENT;
	path_copy_free(text);
	return err;
}

long sys_symlink(uaddr_t target, uaddr_t path)
{
	return sys_symlinkat(target, AT_FDCWD, path);
}

static long remove_name(int dirfd, uaddr_t path,
			int (*fn)(int dirfd, const char *name))
{
	char *name;
	long err = path_copy_user(path, &name);

	if (err)
		return err;
	err = fn(dirfd, name);
	path_copy_free(name);
	return err;
}

long sys_unlinkat(int dirfd, uaddr_t path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return remove_name(dirfd, path,
			   flags & AT_REMOVEDIR ? dir_rmdir : dir_unlink);
}

long sys_unlink(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, 0);
}

long sys_rmdir(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

static long link_to(const struct path *target, int dirfd, uaddr_t path)
{
	char *name;
	long err = path_copy_user(path, &name);

	if (err)
		return err;
	err = dir_link(target, dirfd, name);
	path_copy_free(name);
	return err;
}

long sys_linkat(int from_fd, uaddr_t from, int to_fd, uaddr_t to, int flags)
{
	unsigned how = flags & AT_SYMLINK_FOLLOW ? PATH_FOLLOW : 0;
	struct path target;
	long err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	/* A descriptor may have been passed on by someone who could search. */
	if (flags & AT_EMPTY_PATH) {
		if (!cred_capable(cred_current(), CAP_DAC_READ_SEARCH))
			return -ENOENT;
		how |= PATH_EMPTY;
	}
	err = path_lookup_user(from_fd, from, how, &target);
	if (err)
		return err;
	err = link_to(&target, to_fd, to);
	path_put(&target);
	return err;
}

long sys_link(uaddr_t from, uaddr_t to)
{
	return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long sys_renameat2(int from_fd, uaddr_t from, int to_fd, uaddr_t to,
		   unsigned flags)
{
	struct dir_rename_args a = { from_fd, to_fd, .flags = flags };
	char *a_name, *b_name;
	long err = path_copy_user(from, &a_name);

	if (err)
		return err;
	err = path_copy_user(to, &b_name);
	if (!err) {
		a.from = a_name;
		a.to = b_name;
		err = dir_rename(&a);
		path_copy_free(b_name);
	}
	path_copy_free(a_name);
	return err;
}

long sys_renameat(int from_fd, uaddr_t from, int to_fd, uaddr_t to)
{
	return sys_renameat2(from_fd, from, to_fd, to, 0);
}

long sys_rename(uaddr_t from, uaddr_t to)
{
	return sys_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static long put_text(uaddr_t to, size_t size, const char *text, size_t len)
{
	len = MIN(len, size);
	return copy_to_user(to, text, len) ? -EFAULT : (long)len;
}

static long read_link(const struct path *p, char *buf, uaddr_t to, size_t size)
{
	struct inode *ino = p->dentry->inode;
	ssize_t len;

	inode_touch_atime(ino, p->mount, 0);
	if (ino->link)
		return put_text(to, size, ino->link, strlen(ino->link));
	len = ino->ops->readlink(ino, buf, PATH_MAX);
	return len < 0 ? len : put_text(to, size, buf, (size_t)len);
}

long sys_readlinkat(int dirfd, uaddr_t path, uaddr_t to, int size)
{
	struct path p;
	char *name;
	bool empty;
	long ret;

	if (size <= 0)
		return -EINVAL;
	ret = path_copy_user(path, &name);
	if (ret)
		return ret;
	empty = !*name;
	ret = path_lookup(dirfd, name, PATH_EMPTY, &p);
	if (!ret) {
		if (S_ISLNK(p.dentry->inode
				    ->mode)) /* the buffer has served as a name */
			ret = read_link(&p, name, to, (size_t)size);
		else
			ret = empty ? -ENOENT : -EINVAL;
		path_put(&p);
	}
	path_copy_free(name);
	return ret;
}

long sys_readlink(uaddr_t path, uaddr_t to, int size)
{
	return sys_readlinkat(AT_FDCWD, path, to, size);
}

long sys_chdir(uaddr_t path)
{
	struct path p;
	long err = path_lookup_user(AT_FDCWD, path,
				    PATH_FOLLOW | PATH_DIRECTORY, &p);

	if (err)
		return err;
	err = inode_permission(p.dentry->inode, MAY_EXEC);
	if (!err)
		path_set_cwd(&p);
	path_put(&p);
	return err;
}

long sys_fchdir(int fd)
{
	struct fdref ref = fdtable_get_any((unsigned)fd);
	long err;

	if (!ref.file)
		return -EBADF;
	if (!S_ISDIR(ref.file->inode->mode))
		err = -ENOTDIR;
	else
		err = inode_permission(ref.file->inode, MAY_EXEC);
	if (!err)
		path_set_cwd(&ref.file->path);
	fdtable_put(ref);
	return err;
}

long sys_chroot(uaddr_t path)
{
	struct path p;
	long err = path_lookup_user(AT_FDCWD, path,
				    PATH_FOLLOW | PATH_DIRECTORY, &p);

	if (err)
		return err;
	err = inode_permission(p.dentry->inode, MAY_EXEC);
	if (!err && !cred_capable(cred_current(), CAP_SYS_CHROOT))
		err = -EPERM;
	if (!err)
		path_set_root(&p);
	path_put(&p);
	return err;
}

static long put_cwd(const struct path *cwd, char *buf, uaddr_t to, size_t size)
{
	char *name;
	size_t len;

	if (!dentry_is_live(cwd->dentry))
		return -ENOENT;
	name = path_name(cwd, buf, PATH_MAX);
	if (!name)
		return -ENAMETOOLONG;
	len = strlen(name) + 1;
	if (len > size)
		return -ERANGE;
	return copy_to_user(to, name, len) ? -EFAULT : (long)len;
}

long sys_getcwd(uaddr_t to, unsigned long size)
{
	struct path cwd;
	char *buf = path_buffer_alloc();
	long ret;

	if (!buf)
		return -ENOMEM;
	path_cwd(&cwd);
	ret = put_cwd(&cwd, buf, to, size);
	path_put(&cwd);
	path_copy_free(buf);
	return ret;
}
