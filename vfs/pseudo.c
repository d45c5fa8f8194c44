/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that print.  What was printed is a counted snapshot; the open file
 * (file->priv) holds one reference and each read in progress another, so that
 * no lock is held while bytes go to user memory.
 */
#include "vfs/pseudo.h"

#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vm/iter.h"

#define SIZE_FIRST    PAGE_SIZE
#define SIZE_MAX_TEXT MIB(16)

struct snapshot {
	struct atomic32 refs;
	size_t len;
	char text[];
};

/* Guards every file's pointer to its snapshot, for a few instructions. */
static struct spinlock snapshot_lock = SPINLOCK(RANK_INODE_META);

static void snapshot_put(struct snapshot *s)
{
	if (s && atomic32_dec_and_test(&s->refs))
		kfree(s);
}

static struct snapshot *snapshot_get(struct file *f)
{
	struct snapshot *s;

	spin_lock(&snapshot_lock);
	s = f->priv;
	if (s)
		atomic32_inc(&s->refs);
	spin_unlock(&snapshot_lock);
	return s;
}

static void snapshot_set(struct file *f, struct snapshot *s)
{
	struct snapshot *old;

	spin_lock(&snapshot_lock);
	old = f->priv;
	f->priv = s;
	spin_unlock(&snapshot_lock);
	snapshot_put(old);
}

/* One attempt with a block of that many bytes; -E2BIG: not enough. */
static int print_into(struct file *f, size_t block, struct snapshot **out)
{
	const struct pseudo_text *t = f->inode->priv;
	struct snapshot *s = kmalloc(block, 0);
	struct strbuf sb;
	int err;

	if (!s)
		return -ENOMEM;
	strbuf_init(&sb, s->text, block - sizeof(*s));
	err = t->show(&sb, f->inode);
	if (!err && sb.overflow)
		err = -E2BIG;
	if (err) {
		kfree(s);
		return err;
	}
	atomic32_store(&s->refs, 1);
	s->len = sb.len;
	*out = s;
	return 0;
}

static int print_anew(struct file *f)
{
	struct snapshot *s;
	size_t size = SIZE_FIRST;
	int err;

	while ((err = print_into(f, size, &s)) == -E2BIG) {
		if (size >= SIZE_MAX_TEXT)
			return -ENOMEM;
		size *= 2;
	}
	if (!err)
		snapshot_set(f, s);
	return err;
}

static ssize_t copy_out(const struct snapshot *s, struct iter *to, off_t *pos)
{
	size_t want, n;

	if (*pos < 0)
		return -EINVAL;
	if ((uint64_t)*pos >= s->len || !to->count)
		return 0;
	want = MIN(to->count, s->len - (size_t)*pos);
	n = iter_copy_to(to, s->text + *pos, want);
	if (!n)
		return -EFAULT;
	*pos += n;
	return n;
}

static ssize_t read(struct file *f, struct iter *to, off_t *pos)
{
	struct snapshot *s = *pos ? snapshot_get(f) : NULL;
	const struct pseudo_text *t = f->inode->priv;
	ssize_t ret;

	if (!t->show)
		return -EIO; /* only root gets here: it is not readable */
	if (!s) {
		ret = print_anew(f);
		if (ret)
			return ret;
		s = snapshot_get(f);
	}
	ret = copy_out(s, to, pos);
	snapshot_put(s);
	return ret;
}

static ssize_t write(struct file *f, struct iter *from, off_t *pos)
{
	const struct pseudo_text *t = f->inode->priv;
	size_t len = MIN(from->count, (size_t)PSEUDO_WRITE_MAX);
	char *text;
	ssize_t ret;

	if (!t->write)
		return -EIO;
	text = kmalloc(PSEUDO_WRITE_MAX + 1, 0);
	if (!text)
		return -ENOMEM;
	ret = -EFAULT;
	if (iter_copy_from(from, text, len) == len) {
		text[len] = '\0';
		ret = t->write(f->inode, text, len);
	}
	kfree(text);
	if (ret)
		return ret;
	*pos += len;
	return (ssize_t)len;
}

static int open(struct inode *ino, struct file *f)
{
	const struct pseudo_text *t = ino->priv;

	return t->open ? t->open(ino) : 0;
}

static void release(struct file *f)
{
	snapshot_put(f->priv);
}

static off_t seek(struct file *f, off_t off, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return file_seek_plain(f, off, whence);
}

const struct file_ops pseudo_file_ops = {
	.open = open,
	.release = release,
	.read = read,
	.write = write,
	.seek = seek,
};

bool pseudo_emit(struct dir_context *dc, const char *name, uint64_t ino,
		 uint32_t mode, off_t next)
{
	if (!dc->emit(dc, name, strlen(name), ino, DT_OF_MODE(mode), next))
		return false;
	dc->pos = next;
	return true;
}

/* Puts an inode (used up, also on failure) into a locked folder. */
static int add_locked(struct dentry *dir, const struct dentry_key *k,
		      struct inode *ino, struct dentry **out)
{
	struct dentry *d = ino ? dentry_create(dir, k) : NULL;

	if (!d) {
		if (ino)
			inode_put(ino);
		return -ENOMEM;
	}
	if (S_ISDIR(ino->mode))
		atomic32_inc(&dir->inode->nlink);
	dentry_attach(d, ino);
	dentry_add(d);
	*out = d;
	return 0;
}

/* The folder of that name, made if need be; referenced. */
static int enter(struct dentry *dir, const struct dentry_key *k,
		 struct inode *(*folder)(void), struct dentry **out)
{
	struct dentry *d;
	int err = 0;

	mutex_lock(&dir->inode->lock);
	d = dentry_find_locked(dir, k);
	if (d)
		*out = dentry_get(d);
	else
		err = add_locked(dir, k, folder(), out);
	mutex_unlock(&dir->inode->lock);
	return err;
}

static int add_here(struct dentry *dir, const struct dentry_key *k,
		    struct inode *ino)
{
	struct dentry *d;
	int err = -EEXIST;

	mutex_lock(&dir->inode->lock);
	if (!dentry_find_locked(dir, k))
		err = add_locked(dir, k, ino, &d);
	else
		inode_put(ino);
	mutex_unlock(&dir->inode->lock);
	if (!err)
		dentry_put(d);
	return err;
}

int pseudo_add(struct dentry *root, const char *path, struct inode *ino,
	       struct inode *(*folder)(void))
{
	struct dentry *dir = dentry_get(root), *next;
	struct dentry_key k;
	int err = 0;

	for (;; path += k.len + 1) {
		dentry_key_parse(&k, path);
		if (!path[k.len])
			break;
		err = enter(dir, &k, folder, &next);
		if (err)
			break;
		dentry_put(dir);
		dir = next;
	}
	if (!err)
		err = add_here(dir, &k, ino);
	else
		inode_put(ino);
	dentry_put(dir);
	return err;
}
