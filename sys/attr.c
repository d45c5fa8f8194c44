/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that change a file's attributes and size, or ask whether that
 * would be allowed.  Kinds and mounts are checked here, owners and permissions
 * in vfs/inode.c.
 */
#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

#define KEEP 0xffffffffu /* -1: the owner or group stays */

static long change(const struct path *p, struct inode_change *c, bool times_now)
{
	long err = mount_writable(p->mount);

	return err ? err : inode_change(p->dentry, c, times_now);
}

static long change_at(int dirfd, uaddr_t path, unsigned how,
		      struct inode_change *c)
{
	struct path p;
	long err = path_lookup_user(dirfd, path, how, &p);

	if (err)
		return err;
	err = change(&p, c, false);
	path_put(&p);
	return err;
}

static long change_fd(int fd, struct inode_change *c)
{
	struct fdref ref = fdtable_get((unsigned)fd);
	long err;

	if (!ref.file)
		return -EBADF;
	err = change(&ref.file->path, c, false);
	fdtable_put(ref);
	return err;
}

long sys_fchmodat(int dirfd, uaddr_t path, unsigned mode)
{
	struct inode_change c = { .valid = INODE_SET_MODE,
				  .mode = mode & S_IALLUGO };

	return change_at(dirfd, path, PATH_FOLLOW, &c);
}

long sys_chmod(uaddr_t path, unsigned mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

long sys_fchmod(int fd, unsigned mode)
{
	struct inode_change c = { .valid = INODE_SET_MODE,
				  .mode = mode & S_IALLUGO };

	return change_fd(fd, &c);
}

static struct inode_change owner_change(unsigned uid, unsigned gid)
{
	struct inode_change c = { .uid = uid, .gid = gid };

	if (uid != KEEP)
		c.valid |= INODE_SET_UID;
	if (gid != KEEP)
		c.valid |= INODE_SET_GID;
	return c;
}

long sys_fchownat(int dirfd, uaddr_t path, unsigned uid, unsigned gid,
		  int flags)
{
	struct inode_change c = owner_change(uid, gid);
	unsigned how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= PATH_EMPTY;
	return change_at(dirfd, path, how, &c);
}

long sys_chown(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, unsigned uid, unsigned gid)
{
	struct inode_change c = owner_change(uid, gid);

	return change_fd(fd, &c);
}

/* Growing past RLIMIT_FSIZE also raises SIGXFSZ. */
static int check_size(const struct inode *ino, uint64_t size)
{
	const struct signal_info info = { .signo = SIGXFSZ };
	uint64_t limit = process_current()->limit[RLIMIT_FSIZE].cur;

	if (size <= inode_size(ino) || size <= limit)
		return 0;
	if (signal_send_task(task_current(), &info))
		return -EFBIG; /* the error says it too */
	return -EFBIG;
}

static long truncate_path(const struct path *p, uint64_t size)
{
	struct inode *ino = p->dentry->inode;
	struct inode_change c = {
		.valid = INODE_SET_SIZE | INODE_SET_MTIME,
		.size = size,
		.mtime = inode_now(),
	};
	long err;

	if (!S_ISREG(ino->mode))
		return S_ISDIR(ino->mode) ? -EISDIR : -EINVAL;
	err = mount_writable(p->mount);
	if (!err)
		err = inode_permission(ino, MAY_WRITE);
	if (!err)
		err = check_size(ino, size);
	return err ? err : inode_change(p->dentry, &c, true);
}

long sys_truncate(uaddr_t path, long size)
{
	struct path p;
	long err;

	if (size < 0)
		return -EINVAL;
	err = path_lookup_user(AT_FDCWD, path, PATH_FOLLOW, &p);
	if (err)
		return err;
	err = truncate_path(&p, (uint64_t)size);
	path_put(&p);
	return err;
}

long sys_ftruncate(int fd, unsigned long size)
{
	struct fdref ref;
	long err;

	if ((long)size < 0)
		return -EINVAL;
	ref = fdtable_get((unsigned)fd);
	if (!ref.file)
		return -EBADF;
	if (!S_ISREG(ref.file->inode->mode) || !(ref.file->mode & FMODE_WRITE))
		err = -EINVAL;
	else
		err = check_size(ref.file->inode, size);
	if (!err)
		err = file_truncate(ref.file, size);
	fdtable_put(ref);
	return err;
}

/* access(2) asks for the real user: credentials with the real ids in the place
 * of those that files see. */
static const struct cred *real_cred(void)
{
	const struct cred *c = cred_current();
	uint64_t caps = c->uid ? 0 : c->cap_permitted;
	struct cred *n;

	if (c->uid == c->fsuid && c->gid == c->fsgid &&
	    c->cap_effective == caps)
		return cred_get(c);
	n = cred_copy(c, c->group_count);
	if (n) {
		n->fsuid = n->uid;
		n->fsgid = n->gid;
		n->cap_effective = caps;
	}
	return n;
}

static long may_access(const struct path *p, unsigned may)
{
	const struct inode *ino = p->dentry->inode;
	uint32_t type = ino->mode & S_IFMT;
	long err;

	if (!may)
		return 0;
	if ((may & MAY_EXEC) && type == S_IFREG &&
	    (p->mount->flags & MOUNT_NOEXEC))
		return -EACCES;
	err = inode_permission(ino, may);
	if (err || !(may & MAY_WRITE))
		return err;
	if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK)
		return 0;
	return mount_writable(p->mount);
}

static long access_at(int dirfd, uaddr_t path, unsigned how, unsigned may)
{
	struct path p;
	long err = path_lookup_user(dirfd, path, how, &p);

	if (err)
		return err;
	err = may_access(&p, may);
	path_put(&p);
	return err;
}

long sys_faccessat2(int dirfd, uaddr_t path, int mode, int flags)
{
	struct thread *me = thread_current();
	unsigned how = flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW;
	const struct cred *own = me->cred, *c;
	long err;

	if (mode & ~(R_OK | W_OK | X_OK))
		return -EINVAL;
	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= PATH_EMPTY;
	if (flags & AT_EACCESS)
		return access_at(dirfd, path, how, (unsigned)mode);
	c = real_cred();
	if (!c)
		return -ENOMEM;
	me->cred = c;
	err = access_at(dirfd, path, how, (unsigned)mode);
	me->cred = own;
	cred_put(c);
	return err;
}

long sys_faccessat(int dirfd, uaddr_t path, int mode)
{
	return sys_faccessat2(dirfd, path, mode, 0);
}

long sys_access(uaddr_t path, int mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}

long sys_umask(unsigned mask)
{
	return path_set_umask(mask);
}
