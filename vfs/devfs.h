/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registry of devices that appear under /dev.  Drivers call it; the devtmpfs
 * file system shows it; open() of a device node finds the operations here by
 * number.
 */
#pragma once

#include "lib/types.h"

struct file_ops;
struct inode;

struct devfs_node {
	const char *name; /* "null", "vport0p1", "virtio-ports/x": folders are
			     made as needed */
	uint32_t type;    /* S_IFCHR or S_IFBLK */
	uint32_t mode;    /* permission bits */
	unsigned major, minor;
	const struct file_ops *ops;
	void *priv;              /* devfs_priv() of the inode, for ops->open */
	const char *link;        /* not NULL: a symbolic link to this instead */
	struct devfs_node *next; /* owned by devfs.c */
};

/* The node must live until devfs_remove.  -EEXIST: name or number taken. */
int must_check devfs_add(struct devfs_node *n);
void devfs_remove(struct devfs_node *n);
/* By number; NULL when there is none. */
struct devfs_node *devfs_find(uint32_t type, unsigned major, unsigned minor);

/* Calls fn for each node, under the registry's spinlock. */
void devfs_visit(void (*fn)(void *ctx, const struct devfs_node *n), void *ctx);

/* The node's priv, in ops->open. */
void *devfs_priv(const struct inode *ino);

/* A free major number from the dynamic range, one per driver. */
unsigned devfs_major_alloc(void);

/* Whoever shows the registry (fs/devtmpfs, /sys) is told of each node, first
 * of those that are there already.  May sleep. */
struct devfs_watcher {
	void (*added)(struct devfs_node *n);
	void (*removed)(struct devfs_node *n);
	struct devfs_watcher *next; /* owned by devfs.c */
};
/* At boot; it stays. */
void devfs_watch(struct devfs_watcher *w);
