/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk along a path in progress, shared by path.c (which walks) and
 * path_open.c (which goes on behind a symbolic link at the end).
 *
 * Without references (rcu) or with them; a walk without them that cannot go
 * on is begun again with them.
 */
#pragma once

#include "vfs/path.h"

struct file;

#define WALK_LINKS_MAX 40
#define PATH_CONFINED  (PATH_BENEATH | PATH_IN_ROOT)

struct walk {
	struct path at;        /* where it stands; referenced unless rcu */
	struct inode *inode;   /* at's */
	uint32_t seq;          /* at's, while rcu */
	struct path root;      /* not left upwards; referenced if root_held */
	const char *name;      /* what is left of the path */
	char *buf;             /* holds name from the first symbolic link on */
	struct dentry_key key; /* the component being looked at */
	unsigned flags;        /* PATH_* */
	bool parent_only;      /* stops in front of the last component */
	bool rcu;
	bool root_held;
	bool slash; /* slashes behind the last component */
	uint8_t links;
	enum path_kind kind; /* of the last component */
	uint32_t mount_seq, rename_seq;
};

/* Walks from dirfd; 0 with w->at referenced (and nothing else but w->buf), or
 * -errno with nothing. */
int must_check walk_begin(struct walk *w, int dirfd, const char *name);
/* Goes on from w->at, which is referenced, through the symbolic link `ino`
 * that was its last component; as walk_begin. */
int must_check walk_through_link(struct walk *w, struct inode *ino);
/* Goes on to the last component, "." or ".." or the root itself. */
int must_check walk_dots(struct walk *w);
void walk_end(struct walk *w);

/* Replaces a referenced path by the top of what is mounted on it. */
void path_cross_mounts(struct path *p);

/* The running thread's directories, referenced. */
void path_context_read(struct path *root, struct path *cwd);
/* ... without references, inside an RCU read section; cwd may be NULL. */
void path_context_peek(struct path *root, struct path *cwd);
