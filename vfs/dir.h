/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing directories: the operations behind mkdir, mknod, symlink, link,
 * unlink, rmdir and rename, for the kernel and sys/ alike.  Each resolves the
 * parent, takes its lock, looks again, checks permissions and kinds in Linux's
 * order, and calls the file system once.  Errors are Linux's.
 */
#pragma once

#include "lib/types.h"

struct dentry;
struct inode_spec;
struct path;
struct path_last;
struct dentry_key;

/* Makes what spec says (mode: type and permissions; the umask is applied here
 * except to links). */
int must_check dir_create(int dirfd, const char *name,
			  const struct inode_spec *spec);
/* The same below a resolved parent whose inode is locked; the new dentry is
 * referenced.  Used by open(O_CREAT). */
int must_check dir_create_locked(const struct path *parent,
				 const struct dentry_key *k,
				 const struct inode_spec *spec,
				 struct dentry **out);
/* The kernel's own: no permissions, no umask, the parent's times stay; the new
 * dentry is referenced.  -EEXIST, -ENOMEM, -ENOSPC. */
int must_check dir_add(struct dentry *parent, const struct dentry_key *k,
		       const struct inode_spec *spec, struct dentry **out);
/* The entry of that name with the parent's inode locked: *out referenced, or
 * NULL when there is none. */
int must_check dir_find_locked(struct dentry *parent,
			       const struct dentry_key *k, struct dentry **out);

int must_check dir_link(const struct path *target, int dirfd, const char *name);
int must_check dir_unlink(int dirfd, const char *name);
int must_check dir_rmdir(int dirfd, const char *name);

struct dir_rename_args {
	int from_fd, to_fd;
	const char *from, *to;
	unsigned flags; /* RENAME_* */
};
int must_check dir_rename(const struct dir_rename_args *a);
