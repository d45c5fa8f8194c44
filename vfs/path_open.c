/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open(2): the last component.  What exists goes through one place that
 * checks kinds and permissions in Linux's order; O_CREAT looks for the name
 * with its directory locked, so that one of two openers creates it.
 */
#include "arch/abi.h"
#include "lib/fmt.h"

#include "abi/errno.h"
#include "sched/cred.h"
#include "vfs/dir.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/notify.h"
#include "vfs/path_priv.h"

/* What O_PATH leaves of the flags. */
#define PATH_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

static unsigned wanted_access(uint32_t flags)
{
	static const unsigned may[] = { MAY_READ, MAY_WRITE,
					MAY_READ | MAY_WRITE,
					MAY_READ | MAY_WRITE };

	return may[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static bool is_device(uint32_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

/* The kinds that cannot be opened so, whoever asks. */
static int check_kind(const struct path *p, uint32_t flags, unsigned may)
{
	uint32_t mode = p->dentry->inode->mode;

	if ((flags & O_CREAT) && S_ISDIR(mode))
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	if ((flags & O_DIRECTORY) && !S_ISDIR(mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (S_ISLNK(mode))
		return -ELOOP;
	if (S_ISDIR(mode) && (may & MAY_WRITE))
		return -EISDIR;
	if (is_device(mode) && (p->mount->flags & MOUNT_NODEV))
		return -EACCES;
	return 0;
}

static int check_access(const struct path *p, uint32_t flags, unsigned may)
{
	const struct inode *ino = p->dentry->inode;
	int err;

	if ((may & MAY_WRITE) && (S_ISREG(ino->mode) || S_ISDIR(ino->mode))) {
		err = mount_writable(p->mount);
		if (err)
			return err;
	}
	err = inode_permission(ino, may);
	if (!err && (flags & O_NOATIME) && !inode_owned(ino))
		err = -EPERM;
	return err;
}

static int truncate_opened(struct dentry *d)
{
	struct inode_change c = {
		.valid = INODE_SET_SIZE | INODE_SET_MTIME,
		.mtime = inode_now(),
	};

	return inode_change(d, &c, true);
}

static int open_existing(const struct path *p, uint32_t flags,
			 struct file **out)
{
	unsigned may = wanted_access(flags);
	int err = check_kind(p, flags, may);

	if (!err && !(flags & O_PATH))
		err = check_access(p, flags, may);
	if (!err)
		err = file_open_path(p, flags, out);
	if (err || !(flags & O_TRUNC) || !S_ISREG(p->dentry->inode->mode))
		return err;
	err = truncate_opened(p->dentry);
	if (err)
		file_put(*out);
	return err;
}

/* Looks for the name in its locked directory, or makes it there: *d is
 * referenced, *created tells which. */
static int find_or_create(struct walk *w, const struct path_open_args *a,
			  struct dentry **d, bool *created)
{
	struct inode_spec spec = {
		.mode = S_IFREG | (a->mode & S_IALLUGO & ~path_umask()),
	};
	int err;

	mutex_lock(&w->inode->lock);
	err = dir_find_locked(w->at.dentry, &w->key, d);
	*created = !err && !*d;
	if (*created)
		err = dir_create_locked(&w->at, &w->key, &spec, d);
	mutex_unlock(&w->inode->lock);
	return err;
}

/* What is found under O_CREAT: *again when it was a link to go through. */
static int open_found(struct walk *w, struct dentry *d, uint32_t flags,
		      struct file **out, bool *again)
{
	struct path p = { mount_get(w->at.mount), d };
	int err;

	path_cross_mounts(&p);
	if (flags & O_EXCL) {
		err = -EEXIST;
	} else if (S_ISLNK(p.dentry->inode->mode) && !(flags & O_NOFOLLOW)) {
		*again = true;
		err = walk_through_link(w, p.dentry->inode);
	} else {
		err = open_existing(&p, flags, out);
	}
	path_put(&p);
	return err;
}

static int open_created(struct walk *w, struct dentry *d, uint32_t flags,
			struct file **out)
{
	struct path p = { w->at.mount, d };
	int err = file_open_path(&p, flags & ~O_TRUNC, out);

	if (!err)
		(*out)->mode |= FMODE_CREATED;
	dentry_put(d);
	return err;
}

/* ".", ".." or the root, which nobody creates. */
static int open_dots(struct walk *w, uint32_t flags, struct file **out)
{
	int err = walk_dots(w);

	if (err)
		return err;
	err = open_existing(&w->at, flags, out);
	path_put(&w->at);
	walk_end(w);
	return err;
}

static int open_create(struct walk *w, int dirfd, const char *name,
		       const struct path_open_args *a, struct file **out)
{
	bool created, again;
	struct dentry *d;
	int err;

	w->parent_only = true;
	err = walk_begin(w, dirfd, name);
	while (!err) {
		if (w->kind != PATH_NAME)
			return open_dots(w, a->flags, out);
		again = false;
		err = w->slash ? -EISDIR : find_or_create(w, a, &d, &created);
		if (!err && created)
			err = open_created(w, d, a->flags, out);
		else if (!err)
			err = open_found(w, d, a->flags, out, &again);
		if (again) /* on error the walk has cleaned up */
			continue;
		path_put(&w->at);
		walk_end(w);
		return err;
	}
	return err;
}

/* O_TMPFILE: a file in this directory that has no name (yet). */
static int open_nameless(const struct path *dir, const struct path_open_args *a,
			 struct file **out)
{
	struct inode *parent = dir->dentry->inode, *ino;
	struct path p = { dir->mount, NULL };
	struct dentry_key key;
	char name[24];
	int err;

	if (!parent->ops->tmpfile)
		return -EOPNOTSUPP;
	err = check_access(dir, 0, MAY_WRITE | MAY_EXEC);
	if (!err)
		err = parent->ops->tmpfile(
			parent, S_IFREG | (a->mode & S_IALLUGO & ~path_umask()),
			&ino);
	if (err)
		return err;
	if (!(a->flags & O_EXCL))
		ino->flags |= INODE_LINKABLE;
	dentry_key_init(&key, name,
			fmt_snprintf(name, sizeof(name), "#%llu",
				     (unsigned long long)ino->ino));
	p.dentry = dentry_create(dir->dentry, &key);
	if (!p.dentry) {
		inode_put(ino);
		return -ENOMEM;
	}
	dentry_attach(p.dentry, ino);
	err = file_open_path(&p, a->flags & ~(O_EXCL | O_TRUNC), out);
	dentry_put(p.dentry);
	return err;
}

static int open_plain(struct walk *w, int dirfd, const char *name,
		      const struct path_open_args *a, struct file **out)
{
	int err = walk_begin(w, dirfd, name);

	if (err)
		return err;
	if (a->flags & O_TMPFILE_BIT)
		err = S_ISDIR(w->inode->mode) ? open_nameless(&w->at, a, out)
					      : -ENOTDIR;
	else
		err = open_existing(&w->at, a->flags, out);
	path_put(&w->at);
	walk_end(w);
	return err;
}

/* Flags that contradict each other. */
static int check_flags(const struct path_open_args *a)
{
	uint32_t f = a->flags;

	if ((f & O_CREAT) && (f & O_DIRECTORY))
		return -EINVAL;
	if (!(f & O_TMPFILE_BIT))
		return 0;
	if ((f & (O_TMPFILE | O_CREAT)) != O_TMPFILE)
		return -EINVAL;
	return (f & O_ACCMODE) == O_RDONLY ? -EINVAL : 0;
}

int path_open_at(int dirfd, const char *name, const struct path_open_args *args,
		 struct file **out)
{
	struct path_open_args a = *args;
	struct walk w;
	int err;

	if (a.flags & O_PATH)
		a.flags &= PATH_FLAGS;
	err = check_flags(&a);
	if (err)
		return err;
	w.parent_only = false;
	w.flags = a.resolve;
	if (!(a.flags & O_NOFOLLOW))
		w.flags |= PATH_FOLLOW;
	if (unlikely(a.flags & O_CREAT))
		err = open_create(&w, dirfd, name, &a, out);
	else
		err = open_plain(&w, dirfd, name, &a, out);
	if (!err)
		notify_file(*out, IN_OPEN);
	return err;
}

int path_open(int dirfd, const char *name, uint32_t flags, uint32_t mode,
	      struct file **out)
{
	struct path_open_args a = { .flags = flags, .mode = mode };

	return path_open_at(dirfd, name, &a, out);
}
