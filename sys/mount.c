/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls about mounts and whole file systems: mount, umount2, statfs.
 */
#include "vfs/mount.h"

#include "arch/abi.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vfs/super.h"
#include "vm/usercopy.h"

#define MOUNT_FLAGS                                                 \
	(MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC | \
	 MOUNT_NOATIME | MOUNT_NODIRATIME | MOUNT_RELATIME)
#define MS_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* A string that may be absent; *out NULL then. */
static int copy_optional(uaddr_t from, char **out)
{
	*out = NULL;
	return from ? path_copy_user(from, out) : 0;
}

static void free_optional(char *s)
{
	if (s)
		path_copy_free(s);
}

/* Options are a page, which need not be all there (mount(2)). */
static int copy_options(uaddr_t from, char **out)
{
	size_t left;

	*out = NULL;
	if (!from)
		return 0;
	*out = path_buffer_alloc();
	if (!*out)
		return -ENOMEM;
	left = arch_copy_from_user(*out, from, PATH_MAX - 1);
	(*out)[PATH_MAX - 1 - left] = '\0';
	if (left < PATH_MAX - 1)
		return 0;
	path_copy_free(*out);
	*out = NULL;
	return -EFAULT;
}

static int bind(const char *source, const struct path *at, unsigned long flags)
{
	struct path from;
	int err;

	if (!source || !*source)
		return -EINVAL;
	err = path_lookup(AT_FDCWD, source, PATH_FOLLOW, &from);
	if (err)
		return err;
	if (flags & MS_MOVE)
		err = mount_move(&from, at);
	else
		err = mount_bind(&from, at, flags & MS_REC);
	path_put(&from);
	return err;
}

static int mount_at(struct mount_args *a, const struct path *at,
		    unsigned long flags)
{
	if (!cred_capable(cred_current(), CAP_SYS_ADMIN))
		return -EPERM;
	a->flags = flags & MOUNT_FLAGS;
	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		a->flags |= MOUNT_RELATIME;
	if (flags & MS_REMOUNT)
		return mount_remount(at, a->flags);
	if (flags & (MS_BIND | MS_MOVE))
		return bind(a->source, at, flags);
	/* There is one tree for all: nothing to propagate to. */
	if (flags & MS_PROPAGATION)
		return at->dentry == at->mount->root ? 0 : -EINVAL;
	return a->type ? mount_new(a, at) : -EINVAL;
}

static int mount_named(struct mount_args *a, uaddr_t target,
		       unsigned long flags)
{
	struct path at;
	int err = path_lookup_user(AT_FDCWD, target, PATH_FOLLOW, &at);

	if (err)
		return err;
	err = mount_at(a, &at, flags);
	path_put(&at);
	return err;
}

long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type,
	       unsigned long flags, uaddr_t data)
{
	char *s = NULL, *d = NULL, *t = NULL;
	int err = copy_optional(type, &t);

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(unsigned long)MS_MGC_MSK;
	if (!err)
		err = copy_optional(source, &s);
	if (!err)
		err = copy_options(data, &d);
	if (!err) {
		struct mount_args a = { .type = t, .source = s, .data = d };

		err = mount_named(&a, target, flags);
	}
	free_optional(d);
	free_optional(s);
	free_optional(t);
	return err;
}

long sys_umount2(uaddr_t target, int flags)
{
	unsigned how = flags & UMOUNT_NOFOLLOW ? 0 : PATH_FOLLOW;
	struct path at;
	long err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if ((flags & MNT_EXPIRE) && (flags & (MNT_FORCE | MNT_DETACH)))
		return -EINVAL;
	err = path_lookup_user(AT_FDCWD, target, how, &at);
	if (err)
		return err;
	if (!cred_capable(cred_current(), CAP_SYS_ADMIN))
		err = -EPERM;
	else
		err = mount_remove(&at, flags & MNT_DETACH);
	path_put(&at);
	return err;
}

static uint32_t statfs_flags(const struct mount *m)
{
	uint32_t flags = READ_ONCE(m->flags);
	uint32_t st =
		ST_VALID | (flags & (ST_RDONLY | ST_NOSUID | ST_NODEV |
				     ST_NOEXEC | ST_NOATIME | ST_NODIRATIME));

	if (m->super->readonly)
		st |= ST_RDONLY;
	return flags & MOUNT_RELATIME ? st | ST_RELATIME : st;
}

static long put_statfs(const struct path *p, uaddr_t to)
{
	struct super *sb = p->mount->super;
	struct super_stat st = { 0 };
	struct abi_statfs a;

	sb->ops->stat(sb, &st);
	memset(&a, 0, sizeof(a));
	a.type = st.type;
	a.bsize = a.frsize = st.block_size;
	a.blocks = st.blocks;
	a.bfree = a.bavail = st.free;
	a.files = st.files;
	a.ffree = st.files_free;
	a.fsid[0] = sb->dev_minor;
	a.fsid[1] = sb->dev_major;
	a.namelen = NAME_MAX;
	a.flags = statfs_flags(p->mount);
	return copy_to_user(to, &a, sizeof(a));
}

long sys_statfs(uaddr_t path, uaddr_t to)
{
	struct path p;
	long err = path_lookup_user(AT_FDCWD, path, PATH_FOLLOW, &p);

	if (err)
		return err;
	err = put_statfs(&p, to);
	path_put(&p);
	return err;
}

long sys_fstatfs(int fd, uaddr_t to)
{
	struct fdref ref = fdtable_get_any((unsigned)fd);
	long err;

	if (!ref.file)
		return -EBADF;
	err = put_statfs(&ref.file->path, to);
	fdtable_put(ref);
	return err;
}
