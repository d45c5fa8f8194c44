/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wants to know what happens to files: watches on inodes, and the calls by
 * which the rest of vfs/ tells (IN_* of abi/inotify.h).
 *
 * While nobody watches anything a call costs one test.  All of them are made
 * after the fact, in process context, without a spinlock; an inode's lock may
 * be held.
 *
 * A watch holds its inode, not a name: it ends with IN_IGNORED when it is
 * taken away, the file is gone, or its file system is unmounted.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

#include "abi/inotify.h"

struct dentry;
struct file;
struct inode;
struct super;
struct watch_list;

/* Of all watches there are; constant 0 as long as nobody uses them. */
extern struct atomic32 notify_count;

static inline bool notify_wanted(void)
{
	return unlikely(atomic32_load(&notify_count) != 0);
}

/* Read, written, opened, closed: tells who watches it and who watches its
 * directory. */
void notify_file_slow(struct file *f, uint32_t mask);
static inline void notify_file(struct file *f, uint32_t mask)
{
	if (notify_wanted())
		notify_file_slow(f, mask);
}
/* The same for a name without an open file. */
void notify_dentry_slow(struct dentry *d, uint32_t mask);
static inline void notify_dentry(struct dentry *d, uint32_t mask)
{
	if (notify_wanted())
		notify_dentry_slow(d, mask);
}
/* Who watches the inode itself, no others. */
void notify_inode_slow(struct inode *ino, uint32_t mask);
static inline void notify_inode(struct inode *ino, uint32_t mask)
{
	if (notify_wanted())
		notify_inode_slow(ino, mask);
}
/* An entry of a directory came or went; locked, so that d keeps its name. */
void notify_entry_slow(struct inode *dir, const struct dentry *d,
		       uint32_t mask);
static inline void notify_entry(struct inode *dir, const struct dentry *d,
				uint32_t mask)
{
	if (notify_wanted())
		notify_entry_slow(dir, d, mask);
}

/* A rename in two steps: what d was called in `from` is kept before it moves.
 * Both directories locked. */
struct notify_move {
	bool wanted;
	uint8_t len;
	char name[256];
};
void notify_move_begin(struct notify_move *m, const struct dentry *d);
void notify_move_end(const struct notify_move *m, const struct dentry *d,
		     struct inode *from, struct inode *to);

/* The last name of a file without links is gone: its watches end. */
void notify_gone_slow(struct inode *ino);
static inline void notify_gone(struct inode *ino)
{
	if (notify_wanted())
		notify_gone_slow(ino);
}
/* Nobody will use the super any more: its watches end.  Sleeps. */
void notify_unmount(struct super *sb);

/* With the inode. */
void notify_free_list(struct watch_list *l);
