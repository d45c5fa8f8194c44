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

#include "vfs/dentry.h"

struct mount;
struct inode;

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

void path_get(const struct path *p);
void path_put(const struct path *p);

enum {
	PATH_FOLLOW = 1 << 0,    /* a symbolic link at the end is followed */
	PATH_DIRECTORY = 1 << 1, /* the result must be a directory */
	PATH_EMPTY = 1 << 2,     /* AT_EMPTY_PATH */
	PATH_NO_SYMLINKS = 1 << 3,
	PATH_NO_XDEV = 1 << 4,
	PATH_BENEATH = 1 << 5,
	PATH_IN_ROOT = 1 << 6,
	PATH_NO_MAGICLINKS = 1 << 7,
	PATH_RESOLVE = PATH_NO_SYMLINKS | PATH_NO_XDEV | PATH_BENEATH |
		       PATH_IN_ROOT | PATH_NO_MAGICLINKS,
};

/* A thread group's directories; shared by CLONE_FS. */
struct fs_context;
int must_check path_context_create(const struct path *root,
				   struct fs_context **out);
int must_check path_context_copy(struct fs_context *from,
				 struct fs_context **out);
struct fs_context *path_context_get(struct fs_context *c);
void path_context_put(struct fs_context *c);
/* Both paths, referenced, and the umask; for /proc. */
uint32_t path_context_paths(struct fs_context *c, struct path *root,
			    struct path *cwd);
uint32_t path_umask(void); /* the running thread's */
uint32_t path_set_umask(uint32_t mask);
/* Copies with references. */
void path_cwd(struct path *out);
void path_root(struct path *out);
void path_set_cwd(const struct path *p);
void path_set_root(const struct path *p);

/* Resolves a kernel string from directory descriptor dirfd (AT_FDCWD) for the
 * running thread; checks search permission on the way.  Result referenced. */
int must_check path_lookup(int dirfd, const char *name, unsigned flags,
			   struct path *out);

/* Resolves all but the last component, for create, remove and rename.  The
 * parent is a directory that may be searched; key points into name. */
enum path_kind { PATH_NAME, PATH_DOT, PATH_DOTDOT, PATH_ROOT };
struct path_last {
	struct path parent; /* referenced */
	struct dentry_key key;
	enum path_kind
		kind; /* of the last component; only PATH_NAME has a key */
	bool slash;   /* trailing slashes followed */
};
int must_check path_lookup_parent(int dirfd, const char *name, unsigned flags,
				  struct path_last *out);

/* A path from user space in a buffer of its own; -EFAULT, -ENAMETOOLONG,
 * -ENOMEM; *out is NULL then. */
int must_check path_copy_user(uaddr_t user, char **out);
/* PATH_MAX bytes, freed by path_copy_free; NULL: no memory. */
char *must_check path_buffer_alloc(void);
void path_copy_free(char *name);
/* path_lookup of one; an empty one needs PATH_EMPTY. */
int must_check path_lookup_user(int dirfd, uaddr_t user, unsigned flags,
				struct path *out);

/* open(2) for the kernel and sys/ alike. */
struct file;
int must_check path_open(int dirfd, const char *name, uint32_t flags,
			 uint32_t mode, struct file **out);
/* The same with a resolve mask of openat2(2) as PATH_* flags. */
struct path_open_args {
	uint32_t flags, mode;
	unsigned resolve;
};
int must_check path_open_at(int dirfd, const char *name,
			    const struct path_open_args *a, struct file **out);

/* The absolute name of p as seen from the running thread's root, with
 * " (deleted)" behind it when it has none any more; starts inside buf, ends at
 * its end.  NULL: does not fit. */
char *path_name(const struct path *p, char *buf, size_t size);
