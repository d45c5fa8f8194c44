/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devtmpfs: one tmpfs, made at boot and shown by every mount, where the nodes
 * of vfs/devfs.h appear and go.  Users may add and remove what they like.
 *
 * Those of the folder pts/ are kept in a second one, devpts, which the first
 * program mounts there.
 */
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/print.h"
#include "fs/tmpfs/tmpfs.h"
#include "mm/page.h"
#include "vfs/dentry.h"
#include "vfs/devfs.h"
#include "vfs/dir.h"
#include "vfs/inode.h"
#include "vfs/super.h"

#define PTS "pts/"

extern struct fs_type fs_devtmpfs, fs_devpts;

static struct super *devtmpfs, *devpts; /* constant once they exist */
static struct super_ops devpts_ops;     /* constant once it exists */

/* The folder `name` up to its last slash, made where it is missing; the rest
 * is left in *rest.  Referenced. */
static struct dentry *folder_of(const char *name, const char **rest)
{
	static const struct inode_spec spec = { .mode = S_IFDIR | 0755 };
	bool pts = !strncmp(name, PTS, sizeof(PTS) - 1);
	struct dentry *at = dentry_get((pts ? devpts : devtmpfs)->root), *next;
	struct dentry_key k;

	if (pts)
		name += sizeof(PTS) - 1;
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

static struct devfs_watcher watcher = {
	.added = added,
	.removed = removed,
};

static void stat_devpts(struct super *sb, struct super_stat *st)
{
	*st = (struct super_stat){
		.type = DEVPTS_SUPER_MAGIC,
		.block_size = PAGE_SIZE,
	};
}

static void show_devpts(struct super *sb, struct strbuf *out)
{
	strbuf_puts(out, ",gid=5,mode=620");
}

/* A tmpfs underneath, but not to who asks; before anybody sees it. */
static void disguise(struct super *sb)
{
	devpts_ops = *sb->ops;
	devpts_ops.stat = stat_devpts;
	devpts_ops.show = show_devpts;
	sb->ops = &devpts_ops;
}

/* Both, once; mount_lock is held. */
static int make(void)
{
	int err = 0;

	if (!devtmpfs)
		err = tmpfs_create(&fs_devtmpfs, "mode=0755", &devtmpfs);
	if (err || devpts)
		return err;
	err = tmpfs_create(&fs_devpts, "mode=0755", &devpts);
	if (err)
		return err;
	disguise(devpts);
	devfs_watch(&watcher);
	return 0;
}

/* The first reference on each stays for ever. */
static int show(struct super **which, struct super **out)
{
	int err = make();

	if (err)
		return err;
	super_get(*which);
	*out = *which;
	return 0;
}

static int mount_devtmpfs(const struct fs_type *type, const char *source,
			  const char *data, struct super **out)
{
	return show(&devtmpfs, out);
}

/* gid=5,mode=620 and the like come from habit, and are what it is. */
static int mount_devpts(const struct fs_type *type, const char *source,
			const char *data, struct super **out)
{
	return show(&devpts, out);
}

struct fs_type fs_devpts = {
	.name = "devpts",
	.nodev = true,
	.mount = mount_devpts,
};

struct fs_type fs_devtmpfs = {
	.name = "devtmpfs",
	.nodev = true,
	.mount = mount_devtmpfs,
};
