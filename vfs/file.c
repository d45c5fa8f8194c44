/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files: birth by name or without one, the calls that need a mode or a
 * position checked, and their end.
 *
 * A position is locked only while somebody else may use it: whoever holds the
 * only reference (its descriptor's, in a table that is not shared) is alone.
 */
#include "vfs/file.h"

#include "arch/abi.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "vfs/devfs.h"
#include "vfs/epoll.h"
#include "vfs/inode.h"
#include "vfs/lock.h"
#include "vfs/mount.h"
#include "vfs/notify.h"
#include "vfs/pipe.h"
#include "vfs/super.h"
#include "vm/iter.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

static struct slab file_slab = SLAB("file", struct file);
static struct slab anon_slab = SLAB("anon_inode", struct inode);

/* The super of files without names; constant after file_init. */
static struct super anon_super;
static struct mount *anon_mount;
static struct inode *anon_shared; /* of all that need no inode of their own */

static const struct file_ops no_ops = {};

static uint64_t no_limit(void)
{
	return UINT64_MAX;
}
uint64_t (*file_size_limit)(void) = no_limit;

static uint32_t mode_of(uint32_t flags, const struct inode *ino)
{
	uint32_t mode = 0;

	if (flags & O_PATH)
		return FMODE_PATH;
	if ((flags & O_ACCMODE) != O_WRONLY)
		mode |= FMODE_READ;
	if ((flags & O_ACCMODE) != O_RDONLY)
		mode |= FMODE_WRITE;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		mode = 0; /* neither: for ioctls alone */
	if (S_ISFIFO(ino->mode) || S_ISSOCK(ino->mode))
		return mode | FMODE_NOPOS_LOCK | FMODE_NOPREAD;
	return mode | FMODE_SEEK;
}

static const struct backing_ops file_backing_ops;

#define FILE_MAX_LEAST 8192ul

unsigned long file_max;

unsigned long file_count(void)
{
	return slab_in_use(&file_slab);
}

/* The objects that CPUs keep at hand count in the first look, which is cheap;
 * the second one is right. */
static bool too_many(void)
{
	unsigned long max = READ_ONCE(file_max);

	return unlikely((unsigned long)file_slab.objects >= max) &&
	       file_count() >= max &&
	       !cred_capable(cred_current(), CAP_SYS_ADMIN);
}

static int create(const struct path *p, uint32_t flags, struct file **out)
{
	struct file *f;

	if (too_many())
		return -ENFILE;
	f = slab_alloc(&file_slab, 0);
	if (!f)
		return -ENOMEM;
	f->inode = p->dentry->inode;
	f->mode = mode_of(flags, f->inode);
	f->ops = &no_ops;
	f->path = *p;
	f->flags = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
	f->pos = 0;
	f->dir_cookie = 0;
	f->priv = NULL;
	f->watches = NULL;
	atomic32_store(&f->refs, 1);
	mutex_init(&f->pos_lock, RANK_FILE_POS);
	f->backing.ops = &file_backing_ops;
	atomic32_store(&f->backing.refs, 0);
	f->cred = cred_get(cred_current());
	path_get(p);
	*out = f;
	return 0;
}

static void free_rcu(struct rcu_head *h)
{
	slab_free(&file_slab, container_of(h, struct file, rcu));
}

/* At once, so that its mount is free when close returns. */
static void destroy(struct file *f)
{
	if (f->mode & FMODE_WRITER)
		atomic32_dec(&f->inode->writers);
	if (f->mode & FMODE_PROGRAM)
		atomic32_inc(&f->inode->writers);
	path_put(&f->path);
	cred_put(f->cred);
	if (unlikely(f->mode & FMODE_RCU_FREE))
		rcu_call(&f->rcu, free_rcu); /* who looks sees no reference */
	else
		slab_free(&file_slab, f);
}

static int find_ops(struct file *f)
{
	struct inode *ino = f->inode;
	struct devfs_node *node;

	if (likely(S_ISREG(ino->mode) || S_ISDIR(ino->mode))) {
		f->ops = ino->file_ops;
	} else if (S_ISCHR(ino->mode) || S_ISBLK(ino->mode)) {
		node = devfs_find(ino->mode & S_IFMT, ino->major, ino->minor);
		if (!node)
			return -ENXIO;
		f->ops = node->ops;
	} else if (S_ISFIFO(ino->mode)) {
		f->ops = &pipe_file_ops;
	} else {
		return -ENXIO;
	}
	return 0;
}

int file_claim(struct file *f, uint32_t as)
{
	struct atomic32 *writers = &f->inode->writers;
	uint32_t now = atomic32_load(writers);
	bool program = as == FMODE_PROGRAM;

	do {
		if (program ? (int32_t)now > 0 : (int32_t)now < 0)
			return -ETXTBSY;
	} while (!atomic32_cmpxchg(writers, &now, program ? now - 1 : now + 1));
	f->mode |= as;
	return 0;
}

int file_open_path(const struct path *p, uint32_t flags, struct file **out)
{
	struct file *f;
	int err = create(p, flags, &f);

	if (err)
		return err;
	if (likely(!(flags & O_PATH)))
		err = find_ops(f);
	if (!err && (f->mode & FMODE_WRITE) && S_ISREG(f->inode->mode))
		err = file_claim(f, FMODE_WRITER);
	if (!err && f->ops->open)
		err = f->ops->open(f->inode, f);
	if (err) {
		destroy(f);
		return err;
	}
	f->flags &= ~O_NOCTTY; /* the open operation has looked */
	*out = f;
	return 0;
}

static int open_anon(const char *name, struct inode *ino, uint32_t flags,
		     struct file **out)
{
	struct path p = { anon_mount, NULL };
	int err;

	p.dentry = dentry_create_anon(anon_mount->root, name, ino);
	if (!p.dentry)
		return -ENOMEM;
	err = create(&p, flags, out);
	if (err)
		p.dentry->inode = NULL; /* stays the caller's */
	dentry_put(p.dentry);
	return err;
}

int file_open_anon(const char *name, const struct file_ops *ops, void *priv,
		   uint32_t flags, struct file **out)
{
	struct inode *ino = inode_get(anon_shared);
	int err = open_anon(name, ino, flags, out);

	if (err) {
		inode_put(ino);
		return err;
	}
	(*out)->ops = ops;
	(*out)->priv = priv;
	(*out)->mode &= ~FMODE_SEEK;
	(*out)->mode |= FMODE_NOPREAD | FMODE_NOPOS_LOCK;
	return 0;
}

int file_open_inode(const char *name, struct inode *ino, uint32_t flags,
		    struct file **out)
{
	int err = open_anon(name, ino, flags, out);

	if (!err)
		(*out)->ops = ino->file_ops;
	return err;
}

void file_put_last(struct file *f)
{
	notify_file(f,
		    f->mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	if (unlikely(READ_ONCE(f->watches)))
		epoll_forget(f);
	if (f->ops->release)
		f->ops->release(f);
	if (unlikely(f->inode->locks))
		lock_drop_owner(f->inode, f);
	destroy(f);
}

static inline bool pos_is_ours(const struct file *f)
{
	return (f->mode & FMODE_NOPOS_LOCK) || atomic32_load(&f->refs) == 1;
}

static ssize_t read_unseen(struct file *f, struct iter *to, off_t *pos)
{
	ssize_t n;

	if (unlikely(!(f->mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!f->ops->read))
		return -EINVAL;
	if (pos)
		return f->ops->read(f, to, pos);
	if (likely(pos_is_ours(f)))
		return f->ops->read(f, to, &f->pos);
	mutex_lock(&f->pos_lock);
	n = f->ops->read(f, to, &f->pos);
	mutex_unlock(&f->pos_lock);
	return n;
}

ssize_t file_read_slow(struct file *f, struct iter *to, off_t *pos)
{
	ssize_t n;

	if (!notify_wanted())
		return read_unseen(f, to, pos);
	n = read_unseen(f, to, pos);
	if (n > 0)
		notify_file_slow(f, IN_ACCESS);
	return n;
}

static ssize_t write_unseen(struct file *f, struct iter *from, off_t *pos)
{
	ssize_t n;

	if (unlikely(!(f->mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!f->ops->write))
		return -EINVAL;
	if (pos)
		return f->ops->write(f, from, pos);
	if (likely(pos_is_ours(f)))
		return f->ops->write(f, from, &f->pos);
	mutex_lock(&f->pos_lock);
	n = f->ops->write(f, from, &f->pos);
	mutex_unlock(&f->pos_lock);
	return n;
}

ssize_t file_write(struct file *f, struct iter *from, off_t *pos)
{
	ssize_t n;

	if (!notify_wanted())
		return write_unseen(f, from, pos);
	n = write_unseen(f, from, pos);
	if (n > 0)
		notify_file_slow(f, IN_MODIFY);
	return n;
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t len, off_t off)
{
	struct iter it;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		iter_kernel(&it, (char *)buf + done, len - done);
		n = file_read(f, &it, &off);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

off_t file_seek_plain(struct file *f, off_t off, int whence)
{
	uint64_t size = inode_size(f->inode);

	switch (whence) {
	case SEEK_SET: break;
	case SEEK_CUR: off += f->pos; break;
	case SEEK_END: off += size; break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (off < 0 || (uint64_t)off >= size)
			return -ENXIO;
		if (whence == SEEK_HOLE)
			off = size;
		break;
	default: return -EINVAL;
	}
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	f->dir_cookie = 0;
	return off;
}

off_t file_seek(struct file *f, off_t off, int whence)
{
	bool lock = !pos_is_ours(f);
	off_t ret;

	if (!(f->mode & FMODE_SEEK))
		return f->ops->seek ? f->ops->seek(f, off, whence) : -ESPIPE;
	if (lock)
		mutex_lock(&f->pos_lock);
	ret = f->ops->seek ? f->ops->seek(f, off, whence)
			   : file_seek_plain(f, off, whence);
	if (lock)
		mutex_unlock(&f->pos_lock);
	return ret;
}

static void set_flag(struct file *f, uint32_t flag, bool on)
{
	mutex_lock(&f->pos_lock);
	f->flags = on ? f->flags | flag : f->flags & ~flag;
	mutex_unlock(&f->pos_lock);
}

static long ioctl_flag(struct file *f, uint32_t flag, uaddr_t arg)
{
	uint32_t on;
	int err = arch_get_user32(arg, &on);

	if (!err)
		set_flag(f, flag, on);
	return err;
}

static long ioctl_nread(struct file *f, uaddr_t arg)
{
	int64_t left = inode_size(f->inode) - f->pos;

	if (!S_ISREG(f->inode->mode))
		return -ENOTTY;
	return arch_put_user32(arg, MIN(left, INT32_MAX));
}

long file_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	long ret = -ENOTTY;

	if (cmd == FIONBIO)
		return ioctl_flag(f, O_NONBLOCK, arg);
	if (cmd == FIOASYNC)
		return ioctl_flag(f, O_ASYNC, arg);
	if (f->ops->ioctl)
		ret = f->ops->ioctl(f, cmd, arg);
	if (ret == -ENOTTY && cmd == FIONREAD)
		ret = ioctl_nread(f, arg);
	return ret;
}

int file_fsync(struct file *f, bool data_only)
{
	return f->ops->fsync ? f->ops->fsync(f, data_only) : -EINVAL;
}

int file_set_flags(struct file *f, uint32_t flags)
{
	const uint32_t can =
		O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK;

	if ((flags & ~f->flags & O_NOATIME) && !inode_owned(f->inode))
		return -EPERM;
	if ((flags & O_DIRECT) && !S_ISREG(f->inode->mode) &&
	    !S_ISFIFO(f->inode->mode))
		return -EINVAL;
	mutex_lock(&f->pos_lock);
	f->flags = (f->flags & ~can) | (flags & can);
	mutex_unlock(&f->pos_lock);
	return 0;
}

int file_truncate(struct file *f, uint64_t size)
{
	struct inode_change c = {
		.valid = INODE_SET_SIZE | INODE_SET_MTIME,
		.size = size,
		.mtime = inode_now(),
	};

	if (!(f->mode & FMODE_WRITE) || !S_ISREG(f->inode->mode))
		return -EINVAL;
	return inode_change(f->path.dentry, &c, true);
}

int file_fallocate(struct file *f, int mode, off_t off, off_t len)
{
	int err;

	if (off < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE |
		     FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE) &&
	    mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	if (!(f->mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		return -ESPIPE;
	if (S_ISDIR(f->inode->mode))
		return -EISDIR;
	if (!S_ISREG(f->inode->mode))
		return -ENODEV;
	if (off + len < 0)
		return -EFBIG;
	if (!f->ops->fallocate)
		return -EOPNOTSUPP;
	if (!(mode & FALLOC_FL_KEEP_SIZE) &&
	    (uint64_t)(off + len) > inode_size(f->inode) &&
	    (uint64_t)(off + len) > file_size_limit())
		return -EFBIG;
	mutex_lock(&f->inode->lock);
	err = f->ops->fallocate(f, mode, off, len);
	mutex_unlock(&f->inode->lock);
	if (!err)
		notify_file(f, IN_MODIFY);
	return err;
}

int file_iterate(struct file *f, struct dir_context *dc)
{
	struct inode *dir = f->inode;
	int err = -ENOENT;

	if (!S_ISDIR(dir->mode) || !f->ops->iterate)
		return -ENOTDIR;
	if (dir->flags & INODE_DYNAMIC)
		return f->ops->iterate(f, dc);
	mutex_lock(&dir->lock);
	if (!(dir->flags & INODE_DEAD))
		err = f->ops->iterate(f, dc);
	mutex_unlock(&dir->lock);
	if (!err)
		notify_file(f, IN_ACCESS);
	return err;
}

static void release_backing(struct backing *b)
{
	file_put(container_of(b, struct file, backing));
}

static void describe(struct backing *b, unsigned *major, unsigned *minor,
		     uint64_t *ino, struct strbuf *path)
{
	struct file *f = container_of(b, struct file, backing);
	char *buf = kmalloc(PATH_MAX, 0);
	char *name = buf ? path_name(&f->path, buf, PATH_MAX) : NULL;

	*major = f->inode->super->dev_major;
	*minor = f->inode->super->dev_minor;
	*ino = f->inode->ino;
	strbuf_puts(path, name ? name : "?");
	kfree(buf);
}

static const struct backing_ops file_backing_ops = {
	.release = release_backing,
	.describe = describe,
};

/* A reference on the backing; the first one holds one on the file. */
static struct backing *backing_of(struct file *f)
{
	uint32_t none = 0;

	if (atomic32_inc_not_zero(&f->backing.refs))
		return &f->backing;
	file_get(f);
	while (!atomic32_cmpxchg(&f->backing.refs, &none, 1)) {
		if (atomic32_inc_not_zero(&f->backing.refs)) {
			atomic32_dec(&f->refs); /* never the last: ours */
			break;
		}
		none = 0;
	}
	return &f->backing;
}

int file_backing(struct file *f, struct backing **out)
{
	*out = backing_of(f);
	return 0;
}

bool file_backing_path(struct backing *b, struct path *out)
{
	if (b->ops != &file_backing_ops)
		return false;
	*out = container_of(b, struct file, backing)->path;
	path_get(out);
	return true;
}

int file_mmap(struct file *f, struct map_request *rq)
{
	uint32_t may = AREA_MAY_R | AREA_MAY_W | AREA_MAY_X;
	bool shared = rq->flags & AREA_SHARED;
	int err;

	if (shared && (rq->flags & AREA_W) && !(f->mode & FMODE_WRITE))
		return -EACCES;
	if (!(f->mode & FMODE_READ))
		return -EACCES;
	if (f->path.mount->flags & MOUNT_NOEXEC) {
		if (rq->flags & AREA_X)
			return -EPERM;
		may &= ~AREA_MAY_X;
	}
	if (shared && !(f->mode & FMODE_WRITE))
		may &= ~AREA_MAY_W;
	if (!f->ops->mmap)
		return -ENODEV;
	rq->flags |= may; /* the operation may take some back */
	err = f->ops->mmap(f, rq);
	if (err)
		return err;
	if (rq->object)
		rq->backing = backing_of(f);
	return 0;
}

static void anon_release_rcu(struct rcu_head *h)
{
	slab_free(&anon_slab, container_of(h, struct inode, rcu));
}

void file_anon_inode_free(struct inode *ino)
{
	pipe_free(ino);
	rcu_call(&ino->rcu, anon_release_rcu);
}

static const struct inode_ops anon_ops = { .release = file_anon_inode_free };

int file_anon_inode(uint32_t mode, struct inode **out)
{
	struct inode *ino = slab_alloc(&anon_slab, ALLOC_ZERO);

	if (!ino)
		return -ENOMEM;
	ino->ops = &anon_ops;
	ino->file_ops = &no_ops;
	inode_init(ino, &anon_super, mode);
	*out = ino;
	return 0;
}

static void anon_stat(struct super *sb, struct super_stat *st)
{
	st->type = ANON_INODE_FS_MAGIC;
	st->block_size = PAGE_SIZE;
}

void file_init(void)
{
	static const struct super_ops ops = { .stat = anon_stat };
	static const struct fs_type type = { .name = "anon_inodefs" };
	struct page_stats memory;
	struct inode *root;

	page_stats(&memory);
	file_max = MAX(FILE_MAX_LEAST,
		       (unsigned long)memory.free * (PAGE_SIZE / 1024) / 10);
	super_init(&anon_super, &type, &ops);
	if (file_anon_inode(S_IFDIR | 0500, &root) ||
	    file_anon_inode(0600, &anon_shared))
		panic("no memory for the first inodes");
	anon_super.root = dentry_create_root(root);
	if (!anon_super.root || mount_internal(&anon_super, &anon_mount))
		panic("no memory for the first mount");
}
