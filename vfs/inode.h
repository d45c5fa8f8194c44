/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes: files without their names.
 *
 * An inode is embedded in whatever its file system keeps of the file and
 * belongs to one super (a mounted file system's instance).  It is counted:
 * each dentry and open file that names it holds a reference.  When the last
 * goes, ops->release gets it; walkers may still look at it until an RCU grace
 * period has passed, so release frees through inode->rcu.
 *
 * `lock` serialises changes of a directory's entries or a file's content and
 * attributes; it is held by vfs/ around every changing operation, parents
 * before children.  Attributes are single words and are read without it.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

#include "abi/stat.h"
#include "sched/mutex.h"
#include "sched/rcu.h"

struct cred;
struct dentry;
struct file_ops;
struct inode;
struct lock_list;
struct mount;
struct object;
struct path;
struct pipe;
struct super;
struct watch_list;

/* What to make: mode with its file type, and what that type needs. */
struct inode_spec {
	uint32_t mode;
	uint32_t major, minor; /* devices */
	const char *target;    /* symbolic links */
};

/* What to change; `valid` says which. */
enum {
	INODE_SET_MODE = 1 << 0,
	INODE_SET_UID = 1 << 1,
	INODE_SET_GID = 1 << 2,
	INODE_SET_SIZE = 1 << 3,
	INODE_SET_ATIME = 1 << 4,
	INODE_SET_MTIME = 1 << 5,
	INODE_SET_CTIME = 1 << 6,
};
struct inode_change {
	unsigned valid;
	uint32_t mode, uid, gid;
	uint64_t size;
	nsec_t atime, mtime, ctime;
};

/*
 * Directory operations run with the directory's lock held (rename: both).
 * Permissions, existence and kinds were checked.  create attaches the inode
 * to the new dentry (dentry_attach); the caller makes it visible.
 */
struct inode_ops {
	/* Fills a new dentry for its name, or leaves it without an inode.
	 * NULL: all entries are in the dentry cache already. */
	int (*lookup)(struct inode *dir, struct dentry *d);
	/* NULL for any of these: -EPERM */
	int (*create)(struct inode *dir, struct dentry *d,
		      const struct inode_spec *spec);
	int (*link)(struct inode *dir, struct dentry *d, struct inode *ino);
	int (*remove)(struct inode *dir, struct dentry *d); /* -ENOTEMPTY */
	/* `over` is replaced (NULL: nothing there), or exchanged. */
	int (*rename)(struct dentry *d, struct inode *to, struct dentry *over,
		      bool exchange);
	/* A file without a name, nlink 0.  NULL: -EOPNOTSUPP */
	int (*tmpfile)(struct inode *dir, uint32_t mode, struct inode **out);
	/* NULL: inode_change_apply() is all (never a size). */
	int (*change)(struct inode *ino, const struct inode_change *c);
	/* Room for so many pages more (or fewer): -ENOSPC.  NULL: always.
	 * lock held. */
	int (*reserve)(struct inode *ino, long pages);
	/* A symbolic link without `link`: where it leads, referenced. */
	int (*follow)(struct inode *ino, struct path *out);
	/* ... and its text, for readlink; bytes or -errno. */
	ssize_t (*readlink)(struct inode *ino, char *buf, size_t size);
	void (*release)(struct inode *ino); /* frees it, after a grace period */
};

enum {
	INODE_DEAD = 1 << 0,     /* a removed directory: no new entries */
	INODE_DYNAMIC = 1 << 1,  /* entries are looked up anew each time */
	INODE_SPARSE = 1 << 2,   /* memory is its only home: pagecache.h */
	INODE_LINKABLE = 1 << 3, /* O_TMPFILE: may get its first name */
};

struct inode {
	/* read by walkers without a lock */
	uint32_t mode;
	uint32_t uid, gid;
	uint32_t flags; /* INODE_* */
	const struct inode_ops *ops;
	const char *link; /* text of a symbolic link, constant */
	struct super *super;
	struct atomic32 refs;
	struct atomic32 nlink;
	/* > 0: so many open for writing; < 0: running as so many programs */
	struct atomic32 writers;
	const struct file_ops *file_ops;
	struct object *object; /* contents of a regular file */
	uint64_t ino;
	uint64_t size; /* regular files: object->size, see inode_size() */
	nsec_t atime, mtime, ctime, btime; /* since 1970 */
	uint32_t major, minor;             /* of the device it names */
	struct watch_list *watches;        /* set once; notify.c */
	void *priv;                        /* a driver's or the file system's */

	struct mutex lock;
	/* protected by lock: */
	struct pipe *pipe;       /* an open FIFO; file.c */
	struct lock_list *locks; /* lock.c */
	struct rcu_head rcu;
};

/* Fills a fresh (zeroed) inode: one reference, owner from the running
 * thread's credentials, all times now, the super's next number. */
void inode_init(struct inode *ino, struct super *sb, uint32_t mode);

/* A new entry of a directory with the set-group-id bit takes its group. */
void inode_inherit(struct inode *ino, const struct inode *dir);

static inline struct inode *inode_get(struct inode *ino)
{
	atomic32_inc(&ino->refs);
	return ino;
}
void inode_put_last(struct inode *ino);
static inline void inode_put(struct inode *ino)
{
	if (atomic32_dec_and_test(&ino->refs))
		inode_put_last(ino);
}

uint64_t inode_size(const struct inode *ino);

enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };

/* Whether the credentials allow all of MAY_*: 0, -EACCES.  Does not look at
 * read-only mounts.  Never sleeps. */
int must_check inode_permission_for(const struct cred *c,
				    const struct inode *ino, unsigned may);
int must_check inode_permission(const struct inode *ino, unsigned may);
/* Whether the running thread owns it or is allowed all the same. */
bool inode_owned(const struct inode *ino);

/* Stores what `valid` names (not the size).  lock held. */
void inode_change_apply(struct inode *ino, const struct inode_change *c);
/* chmod, chown, utimens, truncate: permission checks as Linux makes them, the
 * set-id bits dropped where they must be, then one change.  Takes the lock.
 * INODE_SET_*TIME with inode_now for "now" is marked by `times_now`. */
int must_check inode_change(struct dentry *d, struct inode_change *c,
			    bool times_now);

/* Drops set-id bits after a write by somebody unprivileged.  lock held. */
void inode_drop_privs_locked(struct inode *ino);

nsec_t inode_now(void);
/* A read happened: moves atime when it is not newer than mtime and ctime,
 * unless the mount or the open file's flags ask for none of it. */
void inode_touch_atime_now(struct inode *ino, const struct mount *m,
			   uint32_t file_flags);
static inline void inode_touch_atime(struct inode *ino, const struct mount *m,
				     uint32_t file_flags)
{
	if (unlikely(ino->atime <= ino->mtime || ino->atime <= ino->ctime))
		inode_touch_atime_now(ino, m, file_flags);
}
/* A write happened: mtime and ctime. */
static inline void inode_touch_mtime(struct inode *ino)
{
	ino->mtime = ino->ctime = inode_now();
}
