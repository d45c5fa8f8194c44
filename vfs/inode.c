/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes: birth, references, permissions and attribute changes.  The rules
 * about who may change what follow chmod(2), chown(2), utimensat(2) and
 * capabilities(7).
 */
#include "vfs/inode.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/timer.h"
#include "sched/cred.h"
#include "vfs/dentry.h"
#include "vfs/lock.h"
#include "vfs/mount.h"
#include "vfs/notify.h"
#include "vfs/super.h"
#include "vm/object.h"

nsec_t inode_now(void)
{
	return clock_realtime();
}

void inode_init(struct inode *ino, struct super *sb, uint32_t mode)
{
	const struct cred *c = cred_current();

	ino->mode = mode;
	ino->uid = c->fsuid;
	ino->gid = c->fsgid;
	ino->super = sb;
	ino->ino = atomic64_add_return(&sb->next_ino, 1);
	atomic32_store(&ino->refs, 1);
	atomic32_store(&ino->nlink, 1);
	ino->btime = ino->atime = ino->mtime = ino->ctime = inode_now();
	mutex_init(&ino->lock, RANK_INODE);
}

void inode_inherit(struct inode *ino, const struct inode *dir)
{
	if (!(dir->mode & S_ISGID))
		return;
	ino->gid = dir->gid;
	if (S_ISDIR(ino->mode))
		ino->mode |= S_ISGID;
	else if ((ino->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		 !cred_in_group(cred_current(), dir->gid) &&
		 !cred_capable(cred_current(), CAP_FSETID))
		ino->mode &= ~S_ISGID; /* not a group to lend */
}

void inode_put_last(struct inode *ino)
{
	lock_free_all(ino);
	if (unlikely(ino->watches))
		notify_free_list(ino->watches);
	ino->ops->release(ino);
}

uint64_t inode_size(const struct inode *ino)
{
	return ino->object ? READ_ONCE(ino->object->size)
			   : READ_ONCE(ino->size);
}

int inode_permission_for(const struct cred *c, const struct inode *ino,
			 unsigned may)
{
	uint32_t mode = READ_ONCE(ino->mode), allowed = mode;

	if (c->fsuid == ino->uid)
		allowed >>= 6;
	else if (cred_in_group(c, ino->gid))
		allowed >>= 3;
	if (!(may & ~allowed & 7))
		return 0;
	/* capabilities(7): execution needs an x bit somewhere, search not. */
	if ((S_ISDIR(mode) || !(may & MAY_EXEC) || (mode & 0111)) &&
	    cred_capable(c, CAP_DAC_OVERRIDE))
		return 0;
	if ((may == MAY_READ || (S_ISDIR(mode) && !(may & MAY_WRITE))) &&
	    cred_capable(c, CAP_DAC_READ_SEARCH))
		return 0;
	return -EACCES;
}

int inode_permission(const struct inode *ino, unsigned may)
{
	return inode_permission_for(cred_current(), ino, may);
}

bool inode_owned(const struct inode *ino)
{
	const struct cred *c = cred_current();

	return c->fsuid == ino->uid || cred_capable(c, CAP_FOWNER);
}

void inode_change_apply(struct inode *ino, const struct inode_change *c)
{
	if (c->valid & INODE_SET_MODE)
		ino->mode = (ino->mode & S_IFMT) | (c->mode & S_IALLUGO);
	if (c->valid & INODE_SET_UID)
		ino->uid = c->uid;
	if (c->valid & INODE_SET_GID)
		ino->gid = c->gid;
	if (c->valid & INODE_SET_ATIME)
		ino->atime = c->atime;
	if (c->valid & INODE_SET_MTIME)
		ino->mtime = c->mtime;
	if (c->valid & INODE_SET_CTIME)
		ino->ctime = c->ctime;
}

static bool may_chown(const struct inode *ino, const struct inode_change *c)
{
	const struct cred *me = cred_current();

	if (cred_capable(me, CAP_CHOWN))
		return true;
	if ((c->valid & INODE_SET_UID) &&
	    (me->fsuid != ino->uid || c->uid != ino->uid))
		return false;
	if (c->valid & INODE_SET_GID)
		return me->fsuid == ino->uid &&
		       (c->gid == ino->gid || cred_in_group(me, c->gid));
	return true;
}

static int may_change(const struct inode *ino, const struct inode_change *c,
		      bool times_now)
{
	if (!may_chown(ino, c))
		return -EPERM;
	if ((c->valid & INODE_SET_MODE) && !inode_owned(ino))
		return -EPERM;
	/* A new size was allowed when the file was opened or looked up. */
	if (!(c->valid & (INODE_SET_ATIME | INODE_SET_MTIME)) ||
	    (c->valid & INODE_SET_SIZE) || inode_owned(ino))
		return 0;
	return times_now ? inode_permission(ino, MAY_WRITE) : -EPERM;
}

/* The set-id bits that a write or chown takes away. */
static uint32_t without_set_id(uint32_t mode)
{
	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		mode &= ~S_ISGID;
	return mode & ~S_ISUID;
}

static void adjust_mode(const struct inode *ino, struct inode_change *c)
{
	const struct cred *me = cred_current();
	uint32_t gid = c->valid & INODE_SET_GID ? c->gid : ino->gid;
	bool content =
		c->valid & (INODE_SET_UID | INODE_SET_GID | INODE_SET_SIZE);

	if (c->valid & INODE_SET_MODE) {
		if (!cred_in_group(me, gid) && !cred_capable(me, CAP_FSETID))
			c->mode &= ~S_ISGID;
	} else if (content && !S_ISDIR(ino->mode) &&
		   without_set_id(ino->mode) != ino->mode &&
		   !((c->valid & INODE_SET_SIZE) &&
		     cred_capable(me, CAP_FSETID))) {
		c->valid |= INODE_SET_MODE;
		c->mode = without_set_id(ino->mode);
	}
}

/* What a change is to who watches (inotify(7)). */
static uint32_t event_of(unsigned valid)
{
	const unsigned both = INODE_SET_ATIME | INODE_SET_MTIME;
	uint32_t e = 0;

	if (valid & (INODE_SET_MODE | INODE_SET_UID | INODE_SET_GID))
		e |= IN_ATTRIB;
	if (valid & INODE_SET_SIZE)
		e |= IN_MODIFY;
	if ((valid & both) == both)
		e |= IN_ATTRIB;
	else if (valid & INODE_SET_ATIME)
		e |= IN_ACCESS;
	else if (valid & INODE_SET_MTIME)
		e |= IN_MODIFY;
	return e;
}

int inode_change(struct dentry *d, struct inode_change *c, bool times_now)
{
	struct inode *ino = d->inode;
	int err;

	mutex_lock(&ino->lock);
	err = may_change(ino, c, times_now);
	if (!err && (c->valid & INODE_SET_SIZE) &&
	    (int32_t)atomic32_load(&ino->writers) < 0)
		err = -ETXTBSY;
	if (!err) {
		adjust_mode(ino, c);
		c->valid |= INODE_SET_CTIME;
		c->ctime = inode_now();
		if (ino->ops->change)
			err = ino->ops->change(ino, c);
		else if (c->valid & INODE_SET_SIZE)
			err = -EINVAL;
		else
			inode_change_apply(ino, c);
	}
	mutex_unlock(&ino->lock);
	if (!err && event_of(c->valid))
		notify_dentry(d, event_of(c->valid));
	return err;
}

void inode_drop_privs_locked(struct inode *ino)
{
	uint32_t mode = ino->mode;

	if ((mode & (S_ISUID | S_ISGID)) &&
	    !cred_capable(cred_current(), CAP_FSETID))
		ino->mode = without_set_id(mode);
}

void inode_touch_atime_now(struct inode *ino, const struct mount *m,
			   uint32_t file_flags)
{
	uint32_t flags = READ_ONCE(m->flags);

	if ((flags & (MOUNT_NOATIME | MOUNT_RDONLY)) || ino->super->readonly ||
	    ((flags & MOUNT_NODIRATIME) && S_ISDIR(ino->mode)) ||
	    (file_flags & O_NOATIME))
		return;
	ino->atime = inode_now();
}
