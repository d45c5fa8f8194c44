/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devtmpfs: one tmpfs, made at boot and shown by every mount, where the nodes
 * of vfs/devfs.h appear and go.  Users may add and remove what they like.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "core/print.h"
#include "fs/tmpfs/tmpfs.h"
#include "vfs/dentry.h"
#include "vfs/devfs.h"
#include "vfs/dir.h"
#include "vfs/inode.h"
#include "vfs/super.h"

static struct super *devtmpfs; /* constant once it exists */

/* The folder `name` up to its last slash, made where it is missing; the rest
 * is left in *rest.  Referenced. */
static struct dentry *folder_of(const char *name, const char **rest)
{
	static const struct inode_spec spec = { .mode = S_IFDIR | 0755 };
	struct dentry *at = dentry_get(devtmpfs->root), *next;
	struct dentry_key k;

	for (;;) {
		dentry_key_parse(&k, name);
		if (!name[k.len]) {
			*rest = name;
			return at;
		}
		mutex_lock(&at->inode->lock);
		next = dentry_find_locked(at, &k);
		if (next)
			dentry_get(next);
		mutex_unlock(&at->inode->lock);
		if (!next && dir_add(at, &k, &spec, &next))
			next = NULL;
		dentry_put(at);
		if (!next)
			return NULL;
		at = next;
		name += k.len + 1;
	}
}

static void added(struct devfs_node *n)
{
	struct inode_spec spec = {
		.mode = n->link ? S_IFLNK | 0777 : n->type | n->mode,
		.major = n->major,
		.minor = n->minor,
		.target = n->link,
	};
	const char *rest;
	struct dentry *dir = folder_of(n->name, &rest), *d;
	struct dentry_key k;
	int err = -ENOMEM;

	if (dir) {
		dentry_key_parse(&k, rest);
		err = dir_add(dir, &k, &spec, &d);
		if (!err)
			dentry_put(d);
		dentry_put(dir);
	}
	if (err)
		print("devtmpfs: %s: error %d\n", n->name, -err);
}

static void removed(struct devfs_node *n)
{
	const char *rest;
	struct dentry *dir = folder_of(n->name, &rest), *d;
	struct dentry_key k;

	if (!dir)
		return;
	dentry_key_parse(&k, rest);
	mutex_lock(&dir->inode->lock);
	d = dentry_find_locked(dir, &k);
	if (d && d->inode->major == n->major && d->inode->minor == n->minor &&
	    dir->inode->ops->remove(dir->inode, d) == 0)
		dentry_remove(d);
	mutex_unlock(&dir->inode->lock);
	dentry_put(dir);
}

static const struct devfs_watcher watcher = { added, removed };

static int mount_devtmpfs(const struct fs_type *type, const char *source,
			  const char *data, struct super **out)
{
	int err;

	if (!devtmpfs) { /* mount_lock is held */
		err = tmpfs_create(type, "mode=0755", &devtmpfs);
		if (err)
			return err;
		devfs_watch(&watcher);
	}
	super_get(devtmpfs); /* the first one stays for ever */
	*out = devtmpfs;
	return 0;
}

struct fs_type fs_devtmpfs = {
	.name = "devtmpfs",
	.nodev = true,
	.mount = mount_devtmpfs,
};
