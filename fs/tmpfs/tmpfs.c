/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs.  Directory operations run with the directory's inode locked (vfs/),
 * those on a file's content with the file's.
 *
 * Pages are charged to the instance before they are made (reserve, read_page)
 * and given back when an operation that drops pages settles the difference
 * between what the file was charged and what its object still holds.
 */
#include "fs/tmpfs/tmpfs.h"

#include "lib/radix.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/tmpfs/tmpfs_priv.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "vfs/cachedir.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/pagecache.h"
#include "vfs/super.h"
#include "vm/object.h"

#define DIRENT_SIZE 20 /* what a name adds to its directory's size */

struct tmpfs {
	struct super super;
	uint64_t max_pages, max_inodes;   /* 0: no limit */
	struct atomic_long pages, inodes; /* in use */
	struct atomic32 refs;             /* the super's and each inode's */
	struct rcu_head rcu;
};

struct tmpfs_file {
	struct inode inode;
	struct object object;
	struct atomic_long charged; /* pages */
};

static struct slab file_slab = SLAB("tmpfs_file", struct tmpfs_file);
static struct slab inode_slab = SLAB("tmpfs_inode", struct inode);

extern struct fs_type fs_tmpfs;
static const struct inode_ops inode_ops;
static const struct file_ops file_ops;
static const struct object_ops object_ops;

static struct tmpfs *tmpfs_of(const struct inode *ino)
{
	return container_of(ino->super, struct tmpfs, super);
}

static struct tmpfs_file *file_of(struct inode *ino)
{
	return container_of(ino, struct tmpfs_file, inode);
}

/* Adds n to a counter that has a limit; false: it would be passed. */
static bool charge(struct atomic_long *used, uint64_t max, long n)
{
	unsigned long now = atomic_long_add_return(used, n);

	if (likely(n <= 0 || !max || now <= max))
		return true;
	atomic_long_sub(used, n);
	return false;
}

static int reserve(struct inode *ino, long pages)
{
	struct tmpfs *fs = tmpfs_of(ino);

	if (pages > 0 && !page_available(pages))
		return -ENOSPC;
	if (!charge(&fs->pages, fs->max_pages, pages))
		return -ENOSPC;
	atomic_long_add(&file_of(ino)->charged, pages);
	return 0;
}

/* Gives back what the file was charged over `left` pages. */
static void settle(struct inode *ino, uint64_t left)
{
	unsigned long charged = atomic_long_xchg(&file_of(ino)->charged, left);

	atomic_long_sub(&tmpfs_of(ino)->pages, charged - left);
}

/* A mapping touches a page that is not there. */
static int read_page(struct object *o, struct page *p)
{
	struct tmpfs_file *tf = container_of(o, struct tmpfs_file, object);
	int err = reserve(&tf->inode, 1);
	void *v;

	if (err)
		return err;
	v = page_map_local(p);
	memset(v, 0, PAGE_SIZE);
	page_unmap_local(v);
	return 0;
}

static void free_file_rcu(struct rcu_head *h)
{
	struct inode *ino = container_of(h, struct inode, rcu);

	slab_free(&file_slab, file_of(ino));
}

static void free_inode_rcu(struct rcu_head *h)
{
	struct inode *ino = container_of(h, struct inode, rcu);

	kfree((void *)ino->link);
	slab_free(&inode_slab, ino);
}

static void release_object(struct object *o)
{
	struct tmpfs_file *tf = container_of(o, struct tmpfs_file, object);

	rcu_call(&tf->inode.rcu, free_file_rcu);
}

static void free_tmpfs_rcu(struct rcu_head *h)
{
	kfree(container_of(h, struct tmpfs, rcu));
}

static void tmpfs_put(struct tmpfs *fs)
{
	if (atomic32_dec_and_test(&fs->refs))
		rcu_call(&fs->rcu, free_tmpfs_rcu);
}

static void release(struct inode *ino)
{
	struct tmpfs *fs = tmpfs_of(ino);

	atomic_long_dec(&fs->inodes);
	if (ino->object) {
		settle(ino, 0);
		object_put(ino->object);
	} else {
		rcu_call(&ino->rcu, free_inode_rcu);
	}
	tmpfs_put(fs);
}

static struct inode *alloc_regular(void)
{
	struct tmpfs_file *tf = slab_alloc(&file_slab, ALLOC_ZERO);

	if (!tf)
		return NULL;
	object_init(&tf->object, &object_ops);
	tf->inode.object = &tf->object;
	tf->inode.file_ops = &file_ops;
	tf->inode.flags = INODE_SPARSE;
	return &tf->inode;
}

static struct inode *alloc_other(const struct inode_spec *spec)
{
	struct inode *ino = slab_alloc(&inode_slab, ALLOC_ZERO);

	if (!ino || !S_ISLNK(spec->mode)) {
		if (ino)
			ino->file_ops = &cachedir_ops;
		return ino;
	}
	ino->link = kstrdup(spec->target, 0);
	if (!ino->link) {
		slab_free(&inode_slab, ino);
		return NULL;
	}
	ino->size = strlen(ino->link);
	return ino;
}

static int make_inode(struct super *sb, const struct inode *dir,
		      const struct inode_spec *spec, struct inode **out)
{
	struct tmpfs *fs = container_of(sb, struct tmpfs, super);
	struct inode *ino;

	if (!charge(&fs->inodes, fs->max_inodes, 1))
		return -ENOSPC;
	ino = S_ISREG(spec->mode) ? alloc_regular() : alloc_other(spec);
	if (!ino) {
		atomic_long_dec(&fs->inodes);
		return -ENOMEM;
	}
	atomic32_inc(&fs->refs);
	ino->ops = &inode_ops;
	ino->major = spec->major;
	ino->minor = spec->minor;
	inode_init(ino, sb, spec->mode);
	if (dir)
		inode_inherit(ino, dir);
	*out = ino;
	return 0;
}

static int create(struct inode *dir, struct dentry *d,
		  const struct inode_spec *spec)
{
	struct inode *ino;
	int err = make_inode(dir->super, dir, spec, &ino);

	if (err)
		return err;
	if (S_ISDIR(spec->mode)) {
		atomic32_store(&ino->nlink, 2);
		atomic32_inc(&dir->nlink);
	}
	dir->size += DIRENT_SIZE;
	dentry_attach(d, ino);
	return 0;
}

/* A further name counts like a file: it takes memory that only unlink gives
 * back. */
static int link_inode(struct inode *dir, struct dentry *d, struct inode *ino)
{
	struct tmpfs *fs = tmpfs_of(dir);

	if (atomic32_load(&ino->nlink) > 0 &&
	    !charge(&fs->inodes, fs->max_inodes, 1))
		return -ENOSPC;
	atomic32_inc(&ino->nlink);
	dir->size += DIRENT_SIZE;
	dentry_attach(d, inode_get(ino));
	return 0;
}

/* The name goes from dir; counts only. */
static void drop_name(struct inode *dir, struct inode *ino)
{
	dir->size -= DIRENT_SIZE;
	atomic32_dec(&ino->nlink);
	if (S_ISDIR(ino->mode)) {
		atomic32_dec(&ino->nlink);
		atomic32_dec(&dir->nlink);
	} else if (atomic32_load(&ino->nlink) > 0) {
		atomic_long_dec(&tmpfs_of(ino)->inodes);
	}
}

static int remove_name(struct inode *dir, struct dentry *d)
{
	if (!list_empty(&d->children))
		return -ENOTEMPTY;
	drop_name(dir, d->inode);
	return 0;
}

/* A directory's ".." moves with it. */
static void move_links(struct inode *from, struct inode *to,
		       const struct inode *ino)
{
	if (S_ISDIR(ino->mode)) {
		atomic32_dec(&from->nlink);
		atomic32_inc(&to->nlink);
	}
}

static int rename_inode(struct dentry *d, struct inode *to, struct dentry *over,
			bool exchange)
{
	struct inode *from = d->parent->inode;

	if (exchange) {
		move_links(from, to, d->inode);
		move_links(to, from, over->inode);
		return 0;
	}
	if (over) {
		if (!list_empty(&over->children))
			return -ENOTEMPTY;
		drop_name(to, over->inode);
	}
	move_links(from, to, d->inode);
	from->size -= DIRENT_SIZE;
	to->size += DIRENT_SIZE;
	return 0;
}

static int tmpfile(struct inode *dir, uint32_t mode, struct inode **out)
{
	struct inode_spec spec = { .mode = mode };
	int err = make_inode(dir->super, dir, &spec, out);

	if (!err)
		atomic32_store(&(*out)->nlink, 0);
	return err;
}

static int change(struct inode *ino, const struct inode_change *c)
{
	if (c->valid & INODE_SET_SIZE) {
		if (!ino->object)
			return -EINVAL;
		pagecache_set_size_locked(ino, c->size);
		settle(ino, ino->object->page_count);
	}
	inode_change_apply(ino, c);
	return 0;
}

static int fill_range(struct object *o, uint64_t from, uint64_t to)
{
	uint64_t index, end = (to + PAGE_SIZE - 1) / PAGE_SIZE;
	struct page *p;
	int err;

	for (index = from / PAGE_SIZE; index < end; index++) {
		err = object_page(o, index, &p);
		if (err)
			return err == -ENOMEM ? -ENOSPC : err;
		page_put(p);
	}
	return 0;
}

static int allocate(struct file *f, int mode, off_t off, off_t len)
{
	struct inode *ino = f->inode;
	uint64_t end = off + len;
	int err = 0;

	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
		pagecache_punch_locked(ino, off, end);
		settle(ino, ino->object->page_count);
	}
	if (!(mode & FALLOC_FL_PUNCH_HOLE)) {
		/* Refuse before pages are made that must go again. */
		if (!page_available(len / PAGE_SIZE))
			return -ENOSPC;
		err = fill_range(ino->object, off, end);
	}
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && end > ino->object->size)
		pagecache_set_size_locked(ino, end);
	if (!err)
		inode_touch_mtime(ino);
	return err;
}

/* The first page at or behind index; the first missing one with `hole`. */
static uint64_t next_page(struct object *o, uint64_t index, bool hole)
{
	unsigned long i = index;
	void *p;

	rcu_read_lock();
	do {
		p = radix_next(&o->pages, &i);
	} while (hole && p && i == index && (i = ++index));
	rcu_read_unlock();
	if (hole)
		return index;
	return p ? i : UINT64_MAX / PAGE_SIZE;
}

static off_t seek(struct file *f, off_t off, int whence)
{
	struct object *o = f->inode->object;
	uint64_t at;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return file_seek_plain(f, off, whence);
	if (off < 0 || (uint64_t)off >= o->size)
		return -ENXIO;
	at = next_page(o, off / PAGE_SIZE, whence == SEEK_HOLE) * PAGE_SIZE;
	at = MAX(at, (uint64_t)off);
	if (at >= o->size) {
		if (whence == SEEK_DATA)
			return -ENXIO;
		at = o->size;
	}
	return file_seek_plain(f, at, SEEK_SET);
}

static int fsync(struct file *f, bool data_only)
{
	return 0;
}

static const struct inode_ops inode_ops = {
	.create = create,
	.link = link_inode,
	.remove = remove_name,
	.rename = rename_inode,
	.tmpfile = tmpfile,
	.change = change,
	.reserve = reserve,
	.release = release,
};

static const struct file_ops file_ops = {
	.read = pagecache_read,
	.write = pagecache_write,
	.mmap = pagecache_mmap,
	.seek = seek,
	.fsync = fsync,
	.fallocate = allocate,
};

static const struct object_ops object_ops = {
	.read_page = read_page,
	.release = release_object,
};

static void stat(struct super *sb, struct super_stat *st)
{
	struct tmpfs *fs = container_of(sb, struct tmpfs, super);

	st->type = TMPFS_MAGIC;
	st->block_size = PAGE_SIZE;
	st->blocks = fs->max_pages;
	st->free = fs->max_pages -
		   MIN(fs->max_pages, atomic_long_load(&fs->pages));
	st->files = fs->max_inodes;
	st->files_free = fs->max_inodes - atomic_long_load(&fs->inodes);
}

static void show(struct super *sb, struct strbuf *out)
{
	struct tmpfs *fs = container_of(sb, struct tmpfs, super);

	strbuf_printf(out, ",size=%lluk,nr_inodes=%llu",
		      (unsigned long long)fs->max_pages * (PAGE_SIZE / 1024),
		      (unsigned long long)fs->max_inodes);
}

static void free_super(struct super *sb)
{
	tmpfs_put(container_of(sb, struct tmpfs, super));
}

static const struct super_ops super_ops = {
	.stat = stat,
	.show = show,
	.release = free_super,
};

static int make_root(struct tmpfs *fs, const struct tmpfs_options *o)
{
	struct inode_spec spec = { .mode = S_IFDIR | o->mode };
	struct inode *ino;
	int err = make_inode(&fs->super, NULL, &spec, &ino);

	if (err)
		return err;
	ino->uid = o->uid;
	ino->gid = o->gid;
	atomic32_store(&ino->nlink, 2);
	fs->super.root = dentry_create_root(ino);
	if (!fs->super.root)
		inode_put(ino);
	return fs->super.root ? 0 : -ENOMEM;
}

int tmpfs_create(const struct fs_type *type, const char *data,
		 struct super **out)
{
	struct tmpfs_options o;
	struct tmpfs *fs;
	int err = tmpfs_parse(data, &o);

	if (err)
		return err;
	fs = kzalloc(sizeof(*fs), 0);
	if (!fs)
		return -ENOMEM;
	fs->max_pages = o.pages;
	fs->max_inodes = o.inodes;
	atomic32_store(&fs->refs, 1);
	super_init(&fs->super, type, &super_ops);
	err = make_root(fs, &o);
	if (err)
		super_put(&fs->super);
	else
		*out = &fs->super;
	return err;
}

void tmpfs_set_room(struct super *sb, uint64_t pages, uint64_t inodes)
{
	struct tmpfs *fs = container_of(sb, struct tmpfs, super);

	fs->max_pages = atomic_long_load(&fs->pages) + pages;
	fs->max_inodes = atomic_long_load(&fs->inodes) + inodes;
}

static int mount_tmpfs(const struct fs_type *type, const char *source,
		       const char *data, struct super **out)
{
	return tmpfs_create(type, data, out);
}

struct fs_type fs_tmpfs = {
	.name = "tmpfs",
	.nodev = true,
	.mount = mount_tmpfs,
};
