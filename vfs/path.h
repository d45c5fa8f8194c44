/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Places in the tree of mounts: what path names resolve to.
 *
 * Resolution runs under RCU with a sequence per dentry and takes references
 * once, at the end; it falls back to the counted walk when something changed
 * or must sleep.
 */
#pragma once

#include "lib/types.h"

struct dentry;
struct mount;
struct inode;

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

void path_get(const struct path *p);
void path_put(const struct path *p);

enum {
	PATH_FOLLOW = 1 << 0, /* a symbolic link at the end is followed */
	PATH_DIRECTORY = 1 << 1, /* the result must be a directory */
	PATH_EMPTY = 1 << 2, /* AT_EMPTY_PATH */
	PATH_NO_SYMLINKS = 1 << 3,
	PATH_NO_XDEV = 1 << 4,
	PATH_BENEATH = 1 << 5,
	PATH_IN_ROOT = 1 << 6,
	PATH_NO_MAGICLINKS = 1 << 7,
};

/* A thread group's directories; shared by CLONE_FS. */
struct fs_context;
int must_check path_context_create(const struct path *root,
				   struct fs_context **out);
int must_check path_context_copy(struct fs_context *from,
				 struct fs_context **out);
struct fs_context *path_context_get(struct fs_context *c);
void path_context_put(struct fs_context *c);
uint32_t path_umask(void); /* the running thread's */
uint32_t path_set_umask(uint32_t mask);
/* Copies with references. */
void path_cwd(struct path *out);
void path_root(struct path *out);
int must_check path_set_cwd(const struct path *p);
int must_check path_set_root(const struct path *p);

/* Resolves a kernel string from directory descriptor dirfd (AT_FDCWD) for the
 * running thread; checks search permission on the way.  Result referenced. */
int must_check path_lookup(int dirfd, const char *name, unsigned flags,
			   struct path *out);

/* Resolves all but the last component; `last` points into name (its length
 * in *len; trailing slashes reported).  For create, remove, rename. */
struct path_last {
	struct path parent;
	const char *name;
	size_t len;
	bool slash; /* trailing slashes followed */
};
int must_check path_lookup_parent(int dirfd, const char *name, unsigned flags,
				  struct path_last *out);

/* open(2) for the kernel and sys/ alike. */
struct file;
int must_check path_open(int dirfd, const char *name, uint32_t flags,
			 uint32_t mode, struct file **out);

/* The absolute name of p as seen from the running thread's root; starts
 * inside buf, ends at its end.  NULL: does not fit. */
char *path_name(const struct path *p, char *buf, size_t size);
