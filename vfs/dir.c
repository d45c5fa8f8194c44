/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing directories.  Locks: the parent's inode; a rename takes
 * dentry_rename_lock, then both parents, the upper one (or the lower address)
 * first, then a directory that is replaced or removed.
 */
#include "vfs/dir.h"

#include "arch/abi.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "sched/cred.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/notify.h"
#include "vfs/path_priv.h"

int dir_find_locked(struct dentry *parent, const struct dentry_key *k,
		    struct dentry **out)
{
	const struct inode_ops *ops = parent->inode->ops;
	struct dentry *d = dentry_find_locked(parent, k);
	int err;

	*out = NULL;
	if (d) {
		*out = d->inode ? dentry_get(d) : NULL;
		return 0;
	}
	if (!ops->lookup)
		return 0;
	d = dentry_create(parent, k);
	if (!d)
		return -ENOMEM;
	err = ops->lookup(parent->inode, d);
	if (!err && d->inode) {
		if (!(parent->inode->flags & INODE_DYNAMIC))
			dentry_add(d);
		*out = d;
		return 0;
	}
	dentry_put(d);
	return err;
}

/* Whether entries of this directory may come and go. */
static int may_change(const struct path *parent)
{
	const struct inode *dir = parent->dentry->inode;
	int err = mount_writable(parent->mount);

	if (err)
		return err;
	if (dir->flags & INODE_DEAD)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

int dir_create_locked(const struct path *parent, const struct dentry_key *k,
		      const struct inode_spec *spec, struct dentry **out)
{
	struct inode *dir = parent->dentry->inode;
	struct dentry *d;
	int err = may_change(parent);

	if (err)
		return err;
	if (!dir->ops->create)
		return S_ISREG(spec->mode) ? -EACCES : -EPERM;
	if ((S_ISCHR(spec->mode) || S_ISBLK(spec->mode)) &&
	    !cred_capable(cred_current(), CAP_MKNOD))
		return -EPERM;
	d = dentry_create(parent->dentry, k);
	if (!d)
		return -ENOMEM;
	err = dir->ops->create(dir, d, spec);
	if (err) {
		dentry_put(d);
		return err;
	}
	dentry_add(d);
	inode_touch_mtime(dir);
	notify_entry(dir, d, IN_CREATE);
	*out = d;
	return 0;
}

int dir_add(struct dentry *parent, const struct dentry_key *k,
	    const struct inode_spec *spec, struct dentry **out)
{
	struct inode *dir = parent->inode;
	struct dentry *d;
	int err = -EEXIST;

	mutex_lock(&dir->lock);
	if (!dentry_find_locked(parent, k)) {
		d = dentry_create(parent, k);
		err = d ? dir->ops->create(dir, d, spec) : -ENOMEM;
		if (!err)
			dentry_add(d);
		else if (d)
			dentry_put(d);
	}
	mutex_unlock(&dir->lock);
	if (!err)
		*out = d;
	return err;
}

/* The answers for names that cannot be created. */
static int creatable(const struct path_last *last, const struct dentry *found,
		     uint32_t mode)
{
	if (last->kind != PATH_NAME || found)
		return -EEXIST;
	return last->slash && !S_ISDIR(mode) ? -ENOENT : 0;
}

static int create_in(const struct path_last *last,
		     const struct inode_spec *spec)
{
	struct inode *dir = last->parent.dentry->inode;
	struct dentry *d = NULL;
	int err = 0;

	mutex_lock(&dir->lock);
	if (last->kind == PATH_NAME)
		err = dir_find_locked(last->parent.dentry, &last->key, &d);
	if (!err)
		err = creatable(last, d, spec->mode);
	if (d)
		dentry_put(d);
	if (!err)
		err = dir_create_locked(&last->parent, &last->key, spec, &d);
	mutex_unlock(&dir->lock);
	if (!err)
		dentry_put(d);
	return err;
}

int dir_create(int dirfd, const char *name, const struct inode_spec *spec)
{
	struct inode_spec s = *spec;
	struct path_last last;
	int err = path_lookup_parent(dirfd, name, 0, &last);

	if (err)
		return err;
	if (!S_ISLNK(s.mode))
		s.mode &= ~path_umask();
	err = create_in(&last, &s);
	path_put(&last.parent);
	return err;
}

static int link_locked(const struct path *target, const struct path_last *last)
{
	struct inode *ino = target->dentry->inode;
	struct inode *dir = last->parent.dentry->inode;
	struct dentry *d;
	int err = may_change(&last->parent);

	if (err)
		return err;
	if (S_ISDIR(ino->mode) || !dir->ops->link)
		return -EPERM;
	if (!atomic32_load(&ino->nlink) && !(ino->flags & INODE_LINKABLE))
		return -ENOENT;
	d = dentry_create(last->parent.dentry, &last->key);
	if (!d)
		return -ENOMEM;
	err = dir->ops->link(dir, d, ino);
	if (!err) {
		dentry_add(d);
		inode_touch_mtime(dir);
		ino->ctime = dir->ctime;
		notify_inode(ino, IN_ATTRIB);
		notify_entry(dir, d, IN_CREATE);
	}
	dentry_put(d);
	return err;
}

int dir_link(const struct path *target, int dirfd, const char *name)
{
	struct path_last last;
	struct dentry *d = NULL;
	struct inode *dir;
	int err = path_lookup_parent(dirfd, name, 0, &last);

	if (err)
		return err;
	dir = last.parent.dentry->inode;
	mutex_lock(&dir->lock);
	if (last.kind == PATH_NAME)
		err = dir_find_locked(last.parent.dentry, &last.key, &d);
	if (!err)
		err = creatable(&last, d, 0);
	if (!err && target->mount != last.parent.mount)
		err = -EXDEV;
	if (!err)
		err = link_locked(target, &last);
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
	path_put(&last.parent);
	return err;
}

/* unlink(2): a directory with the sticky bit lets only owners remove. */
static bool sticky_forbids(const struct inode *dir, const struct inode *ino)
{
	const struct cred *c = cred_current();

	return (dir->mode & S_ISVTX) && c->fsuid != ino->uid &&
	       c->fsuid != dir->uid && !cred_capable(c, CAP_FOWNER);
}

/* Whether d may leave its directory; `want_dir` says what is asked for. */
static int may_remove(const struct path *parent, const struct dentry *d,
		      bool want_dir)
{
	int err = may_change(parent);

	if (err)
		return err;
	if (sticky_forbids(parent->dentry->inode, d->inode))
		return -EPERM;
	if (S_ISDIR(d->inode->mode) != want_dir)
		return want_dir ? -ENOTDIR : -EISDIR;
	return 0;
}

/* In Linux's order: a file that nobody has open goes before its name. */
static void tell_removed(struct inode *dir, struct dentry *d, bool is_dir)
{
	struct inode *ino = d->inode;

	if (!is_dir)
		notify_inode(ino, IN_ATTRIB);
	if (!atomic32_load(&ino->nlink) && atomic32_load(&d->refs) == 1)
		notify_gone(ino);
	notify_entry(dir, d, IN_DELETE);
}

static int remove_locked(const struct path *parent, struct dentry *d,
			 bool want_dir)
{
	struct inode *dir = parent->dentry->inode;
	int err = may_remove(parent, d, want_dir);

	if (err)
		return err;
	if (!dir->ops->remove)
		return -EPERM;
	/* Nothing is mounted on it while its lock is held. */
	mutex_lock(&d->inode->lock);
	err = mount_is_point(d) ? -EBUSY : dir->ops->remove(dir, d);
	if (!err && want_dir)
		d->inode->flags |= INODE_DEAD;
	if (!err) {
		inode_touch_mtime(dir);
		d->inode->ctime = dir->ctime;
		dentry_remove(d);
	}
	mutex_unlock(&d->inode->lock);
	if (!err && notify_wanted())
		tell_removed(dir, d, want_dir);
	return err;
}

static int remove_in(const struct path_last *last, bool want_dir)
{
	struct inode *dir = last->parent.dentry->inode;
	struct dentry *d;
	int err;

	mutex_lock(&dir->lock);
	err = dir_find_locked(last->parent.dentry, &last->key, &d);
	if (!err && !d)
		err = -ENOENT;
	else if (!err && last->slash && !want_dir)
		err = S_ISDIR(d->inode->mode) ? -EISDIR : -ENOTDIR;
	else if (!err)
		err = remove_locked(&last->parent, d, want_dir);
	mutex_unlock(&dir->lock);
	/* The inode may go with the last reference: outside the lock. */
	if (d)
		dentry_put(d);
	return err;
}

int dir_unlink(int dirfd, const char *name)
{
	struct path_last last;
	int err = path_lookup_parent(dirfd, name, 0, &last);

	if (err)
		return err;
	err = last.kind == PATH_NAME ? remove_in(&last, false) : -EISDIR;
	path_put(&last.parent);
	return err;
}

int dir_rmdir(int dirfd, const char *name)
{
	static const int refuse[] = {
		[PATH_DOT] = -EINVAL,
		[PATH_DOTDOT] = -ENOTEMPTY,
		[PATH_ROOT] = -EBUSY,
	};
	struct path_last last;
	int err = path_lookup_parent(dirfd, name, 0, &last);

	if (err)
		return err;
	err = last.kind == PATH_NAME ? remove_in(&last, true)
				     : refuse[last.kind];
	path_put(&last.parent);
	return err;
}

/* A rename being decided. */
struct rename {
	struct path_last from, to;
	struct dentry *d, *over; /* referenced; over may be NULL */
	unsigned flags;
};

static void lock_parents(struct dentry *a, struct dentry *b)
{
	if (a == b) {
		mutex_lock(&a->inode->lock);
	} else if (dentry_is_below(b, a) || (!dentry_is_below(a, b) && a < b)) {
		mutex_lock(&a->inode->lock);
		mutex_lock(&b->inode->lock);
	} else {
		mutex_lock(&b->inode->lock);
		mutex_lock(&a->inode->lock);
	}
}

static void unlock_parents(struct dentry *a, struct dentry *b)
{
	mutex_unlock(&a->inode->lock);
	if (a != b)
		mutex_unlock(&b->inode->lock);
}

static int check_slashes(const struct rename *r)
{
	if (S_ISDIR(r->d->inode->mode))
		return 0;
	if (r->from.slash)
		return -ENOTDIR;
	return r->to.slash && !(r->flags & RENAME_EXCHANGE) ? -ENOTDIR : 0;
}

static int find_both(struct rename *r)
{
	int err = dir_find_locked(r->from.parent.dentry, &r->from.key, &r->d);

	if (!err)
		err = dir_find_locked(r->to.parent.dentry, &r->to.key,
				      &r->over);
	if (err)
		return err;
	if (!r->d)
		return -ENOENT;
	if (r->over && (r->flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!r->over && (r->flags & RENAME_EXCHANGE))
		return -ENOENT;
	err = check_slashes(r);
	if (err)
		return err;
	/* A directory cannot go below itself, nor replace what it is in. */
	if (dentry_is_below(r->to.parent.dentry, r->d))
		return -EINVAL;
	if (r->over && dentry_is_below(r->from.parent.dentry, r->over))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* A directory that moves changes its "..": it must be writable. */
static int may_move_dir(const struct rename *r, const struct dentry *d)
{
	if (!S_ISDIR(d->inode->mode) ||
	    r->from.parent.dentry == r->to.parent.dentry)
		return 0;
	return inode_permission(d->inode, MAY_WRITE);
}

static int may_rename(const struct rename *r)
{
	bool dir = S_ISDIR(r->d->inode->mode), exchange;
	int err = may_remove(&r->from.parent, r->d, dir);

	exchange = r->flags & RENAME_EXCHANGE;
	if (!err && !r->over)
		err = may_change(&r->to.parent);
	else if (!err)
		err = may_remove(&r->to.parent, r->over,
				 exchange ? S_ISDIR(r->over->inode->mode)
					  : dir);
	if (!err)
		err = may_move_dir(r, r->d);
	if (!err && exchange)
		err = may_move_dir(r, r->over);
	if (!err &&
	    (mount_is_point(r->d) || (r->over && mount_is_point(r->over))))
		err = -EBUSY;
	return err;
}

/* The file system's part, with what is replaced locked as well. */
static int move_inode(struct rename *r)
{
	const struct inode_ops *ops = r->from.parent.dentry->inode->ops;
	bool exchange = r->flags & RENAME_EXCHANGE;
	struct inode *victim = r->over && !exchange ? r->over->inode : NULL;
	int err;

	if (!victim)
		return ops->rename(r->d, r->to.parent.dentry->inode, r->over,
				   exchange);
	mutex_lock(&victim->lock);
	err = mount_is_point(r->over)
		      ? -EBUSY
		      : ops->rename(r->d, r->to.parent.dentry->inode, r->over,
				    false);
	if (!err && S_ISDIR(victim->mode))
		victim->flags |= INODE_DEAD;
	mutex_unlock(&victim->lock);
	return err;
}

static int commit(struct rename *r)
{
	bool exchange = r->flags & RENAME_EXCHANGE;
	const struct dentry_name *name = NULL;
	int err;

	if (!r->from.parent.dentry->inode->ops->rename)
		return -EPERM;
	err = exchange ? dentry_exchange_prepare(r->d, r->over)
		       : dentry_move_prepare(&r->to.key, &name);
	if (err)
		return err;
	err = move_inode(r);
	if (err) {
		if (name)
			dentry_move_cancel(name);
		return err;
	}
	if (exchange) {
		dentry_exchange(r->d, r->over);
		return 0;
	}
	dentry_move(r->d, r->to.parent.dentry, name, r->over);
	return 0;
}

static void touch_all(struct rename *r)
{
	struct inode *to = r->to.parent.dentry->inode;

	inode_touch_mtime(to);
	r->from.parent.dentry->inode->mtime = to->mtime;
	r->from.parent.dentry->inode->ctime = to->mtime;
	r->d->inode->ctime = to->mtime;
	if (r->over)
		r->over->inode->ctime = to->mtime;
}

static int commit_and_tell(struct rename *r)
{
	struct inode *from = r->from.parent.dentry->inode;
	struct inode *to = r->to.parent.dentry->inode;
	bool exchange = r->flags & RENAME_EXCHANGE;
	struct notify_move there, back;
	int err;

	notify_move_begin(&there, r->d);
	if (exchange)
		notify_move_begin(&back, r->over);
	err = commit(r);
	if (err)
		return err;
	touch_all(r);
	notify_move_end(&there, r->d, from, to);
	if (r->over && !exchange)
		notify_inode(r->over->inode, IN_ATTRIB);
	notify_inode(r->d->inode, IN_MOVE_SELF);
	if (exchange) {
		notify_move_end(&back, r->over, to, from);
		notify_inode(r->over->inode, IN_MOVE_SELF);
	}
	return 0;
}

static int rename_locked(struct rename *r)
{
	int err = find_both(r);

	if (err)
		return err;
	/* rename(2): two names of one file: nothing happens. */
	if (r->over && r->over->inode == r->d->inode)
		return 0;
	err = may_rename(r);
	return err ? err : commit_and_tell(r);
}

static int rename_between(struct rename *r)
{
	struct dentry *a = r->from.parent.dentry, *b = r->to.parent.dentry;
	int err;

	if (r->from.parent.mount != r->to.parent.mount)
		return -EXDEV;
	if (r->from.kind != PATH_NAME)
		return -EBUSY;
	if (r->to.kind != PATH_NAME)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	mutex_lock(&dentry_rename_lock);
	lock_parents(a, b);
	err = rename_locked(r);
	unlock_parents(a, b);
	mutex_unlock(&dentry_rename_lock);
	if (r->d)
		dentry_put(r->d);
	if (r->over)
		dentry_put(r->over);
	return err;
}

int dir_rename(const struct dir_rename_args *a)
{
	struct rename r = { .flags = a->flags };
	int err;

	if (a->flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (a->flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = path_lookup_parent(a->from_fd, a->from, 0, &r.from);
	if (err)
		return err;
	err = path_lookup_parent(a->to_fd, a->to, 0, &r.to);
	if (!err) {
		err = rename_between(&r);
		path_put(&r.to.parent);
	}
	path_put(&r.from.parent);
	return err;
}
