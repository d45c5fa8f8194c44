/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of mounts.
 *
 * A mount shows a super's directory (or one file of it: a bind) at a place in
 * its parent.  Walkers cross a mount point under RCU through a hash of
 * (parent mount, dentry); mount_seq tells them when the tree changed.  A
 * mount is counted; being in the tree is one reference, and what is open in it
 * holds others.
 *
 * Changes are made under mount_lock (RANK_MOUNT).
 */
#pragma once

#include "lib/hlist.h"
#include "lib/list.h"

#include "core/seqlock.h"
#include "sched/rcu.h"
#include "vfs/path.h"

struct strbuf;
struct super;

enum {
	MOUNT_RDONLY = 1, /* the values of MS_* and ST_* */
	MOUNT_NOSUID = 2,
	MOUNT_NODEV = 4,
	MOUNT_NOEXEC = 8,
	MOUNT_NOATIME = 1024,
	MOUNT_NODIRATIME = 2048,
	MOUNT_RELATIME = 1 << 21,
};

struct mount {
	struct hlist_node hash; /* by (parent, point) */
	struct mount *parent;   /* NULL: the root, or not in the tree */
	struct dentry *point;   /* in the parent; holds a reference */
	struct dentry *root;    /* holds a reference */
	struct super *super;    /* holds a reference */
	uint32_t flags;         /* MOUNT_* */
	struct atomic32 refs;
	uint32_t id;
	/* protected by mount_lock: */
	struct list children, sibling;
	char *source; /* "tmpfs", "/dev/vda" */
	struct rcu_head rcu;
};

extern struct seqcount mount_seq;

/* What is mounted on (parent, point); NULL: nothing.  RCU. */
struct mount *mount_find(const struct mount *parent,
			 const struct dentry *point);

/* Whether anything is mounted there.  It stays so, or not, while the lock of
 * its inode is held and it is in the tree of names. */
bool mount_is_point(const struct dentry *d);

static inline struct mount *mount_get(struct mount *m)
{
	atomic32_inc(&m->refs);
	return m;
}
void mount_put_last(struct mount *m);
void mount_put_later(struct mount *m); /* where nothing may sleep */
static inline void mount_put(struct mount *m)
{
	if (atomic32_dec_and_test(&m->refs))
		mount_put_last(m);
}

/* The first mount of all, `data` its options; the result is referenced.  At
 * boot. */
int must_check mount_root(const char *type, const char *data, struct path *out);
/* Mounts a new instance at `at`.  -ENODEV: no such type; -ENOTDIR. */
struct mount_args {
	const char *type, *source, *data;
	uint32_t flags; /* MOUNT_* */
};
int must_check mount_new(const struct mount_args *a, const struct path *at);
/* Shows `from` at `at` as well; recursive with everything mounted below. */
int must_check mount_bind(const struct path *from, const struct path *at,
			  bool recursive);
int must_check mount_move(const struct path *from, const struct path *at);
int must_check mount_remount(const struct path *at, uint32_t flags);
/* -EINVAL: not a mount's root; -EBUSY unless lazy. */
int must_check mount_remove(const struct path *at, bool lazy);
/* A mount without a place, for files without names; lives for ever. */
int must_check mount_internal(struct super *sb, struct mount **out);

/* -EROFS where nothing may be written. */
int must_check mount_writable(const struct mount *m);

/* /proc/PID/mounts and mountinfo as seen from the running thread's root. */
void mount_show(struct strbuf *out, bool info);
