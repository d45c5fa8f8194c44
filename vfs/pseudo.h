/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that print, and directories whose entries are made when looked at.
 *
 * A file system gives an inode pseudo_file_ops and lets `priv` point to a
 * struct pseudo_text.  A read at offset 0 prints the whole content into a
 * buffer of the open file; reads further on are served from it, so that what
 * one open sees hangs together.  Reading at 0 again prints anew.
 */
#pragma once

#include "lib/types.h"

struct dentry;
struct dir_context;
struct file;
struct file_ops;
struct inode;
struct strbuf;

#define PSEUDO_WRITE_MAX 4095

struct pseudo_text {
	/* Prints; called again with more room while it overflows.  May sleep.
	 * -errno is what read(2) gets.  NULL: -EIO, as Linux has it. */
	int (*show)(struct strbuf *sb, struct inode *ino);
	/* Takes a whole write, terminated, at most PSEUDO_WRITE_MAX bytes; 0 or
	 * -errno.  NULL: -EIO, as Linux has it. */
	int (*write)(struct inode *ino, char *text, size_t len);
	/* Whether the running thread may open it; NULL: yes. */
	int (*open)(struct inode *ino);
};

extern const struct file_ops pseudo_file_ops;

/* A tree of such files: puts an inode (used up, also on failure) at a path
 * below a root whose folders are all in the dentry cache.  Folders on the way
 * are made of inodes that `folder` gives (NULL: no memory).  -EEXIST, -ENOMEM.
 */
int must_check pseudo_add(struct dentry *root, const char *path,
			  struct inode *ino, struct inode *(*folder)(void));

/* For iterate: one entry and, when it fitted, the step to the next one at
 * `next`.  False: stop. */
bool must_check pseudo_emit(struct dir_context *dc, const char *name,
			    uint64_t ino, uint32_t mode, off_t next);
