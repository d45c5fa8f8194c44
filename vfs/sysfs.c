/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instance of sysfs: every entry is a dentry that stays, and its inode
 * says who prints it.
 */
#include "vfs/sysfs.h"

#include "lib/strbuf.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/panic.h"
#include "core/print.h"
#include "mm/slab.h"
#include "vfs/cachedir.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/pseudo.h"
#include "vfs/super.h"

#define SYSFS_MAGIC 0x62656572

struct sysfs_inode {
	struct inode inode;
	const struct sysfs_text *text;
	void *arg;
};

static struct slab inode_slab = SLAB("sysfs_inode", struct sysfs_inode);
static struct super sys_super;

static struct sysfs_inode *sysfs_of(const struct inode *ino)
{
	return container_of(ino, struct sysfs_inode, inode);
}

static void free_rcu(struct rcu_head *h)
{
	slab_free(&inode_slab, sysfs_of(container_of(h, struct inode, rcu)));
}

static void release(struct inode *ino)
{
	rcu_call(&ino->rcu, free_rcu);
}

/* O_TRUNC changes nothing; the rest is as everywhere. */
static int change_file(struct inode *ino, const struct inode_change *c)
{
	inode_change_apply(ino, c);
	return 0;
}

static const struct inode_ops file_ops = {
	.change = change_file,
	.release = release,
};
static const struct inode_ops folder_ops = {
	.release = release,
};

static int show(struct strbuf *sb, struct inode *ino)
{
	const struct sysfs_inode *si = sysfs_of(ino);

	si->text->show(sb, si->arg);
	return 0;
}

static int write(struct inode *ino, char *text, size_t len)
{
	const struct sysfs_inode *si = sysfs_of(ino);

	return si->text->write ? si->text->write(si->arg, text, len) : -EIO;
}

static const struct pseudo_text any_text = { .show = show, .write = write };

static struct sysfs_inode *create(uint32_t mode)
{
	struct sysfs_inode *si = slab_alloc(&inode_slab, ALLOC_ZERO);

	if (!si)
		return NULL;
	inode_init(&si->inode, &sys_super, mode);
	si->inode.uid = si->inode.gid = 0;
	si->inode.ops = &file_ops;
	return si;
}

static struct inode *create_folder(void)
{
	struct sysfs_inode *si = create(S_IFDIR | 0755);

	if (!si)
		return NULL;
	si->inode.ops = &folder_ops;
	si->inode.file_ops = &cachedir_ops;
	atomic32_store(&si->inode.nlink, 2);
	return &si->inode;
}

/* Uses the inode up; NULL: there was no memory for it. */
static void add(const char *path, struct inode *ino)
{
	int err = ino ? pseudo_add(sys_super.root, path, ino, create_folder)
		      : -ENOMEM;

	if (err)
		print("/sys/%s is missing: error %d\n", path, -err);
}

void sysfs_add(const char *path, const struct sysfs_text *text, void *arg)
{
	struct sysfs_inode *si = create(S_IFREG | (text->write ? 0644 : 0444));

	if (si) {
		si->text = text;
		si->arg = arg;
		si->inode.size = PAGE_SIZE;
		si->inode.file_ops = &pseudo_file_ops;
		si->inode.priv = (void *)&any_text;
	}
	add(path, si ? &si->inode : NULL);
}

void sysfs_add_folder(const char *path)
{
	add(path, create_folder());
}

void sysfs_add_link(const char *path, const char *target)
{
	struct sysfs_inode *si = create(S_IFLNK | 0777);

	if (si)
		si->inode.link = target;
	add(path, si ? &si->inode : NULL);
}

static void stat_super(struct super *sb, struct super_stat *st)
{
	st->type = SYSFS_MAGIC;
	st->block_size = PAGE_SIZE;
}

/* The instance holds a reference on itself: never called. */
static void release_super(struct super *sb) {}

static const struct super_ops super_ops = {
	.stat = stat_super,
	.release = release_super,
};

static int mount_sys(const struct fs_type *type, const char *source,
		     const char *data, struct super **out)
{
	super_get(&sys_super);
	*out = &sys_super;
	return 0;
}

static struct fs_type type = {
	.name = "sysfs",
	.nodev = true,
	.mount = mount_sys,
};

void sysfs_init(void)
{
	struct inode *root;

	super_init(&sys_super, &type, &super_ops);
	root = create_folder();
	if (root)
		sys_super.root = dentry_create_root(root);
	if (!sys_super.root)
		panic("no memory for /sys");
	super_type_add(&type);
}
