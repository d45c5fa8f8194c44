/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading directories out of the dentry cache.  iterate runs with the
 * directory's inode locked; file->priv is where it stopped, referenced. */
#include "vfs/cachedir.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define FIRST_COOKIE 2 /* behind . and .. */

bool cachedir_dots(struct file *f, struct dir_context *dc)
{
	const struct dentry *d = f->path.dentry;

	if (dc->pos == 0) {
		if (!dc->emit(dc, ".", 1, d->inode->ino, DT_DIR, 1))
			return false;
		dc->pos = 1;
	}
	if (dc->pos == 1) {
		if (!dc->emit(dc, "..", 2, d->parent->inode->ino, DT_DIR,
			      FIRST_COOKIE))
			return false;
		dc->pos = FIRST_COOKIE;
	}
	return true;
}

static void set_mark(struct file *f, struct dentry *d)
{
	struct dentry *old = f->priv;

	f->priv = d ? dentry_get(d) : NULL;
	if (old)
		dentry_put(old);
}

/* The first entry at or behind pos; the list's head when there is none. */
static struct list *start_at(struct file *f, struct dentry *dir, off_t pos)
{
	struct dentry *d = f->priv;

	if (d && d->parent == dir && dentry_is_live(d) &&
	    d->cookie == (uint64_t)pos)
		return &d->sibling;
	list_for_each (d, &dir->children, sibling)
		if (d->cookie >= (uint64_t)pos)
			return &d->sibling;
	return &dir->children;
}

int cachedir_iterate(struct file *f, struct dir_context *dc)
{
	struct dentry *dir = f->path.dentry, *d = NULL;
	struct list *at;

	if (!cachedir_dots(f, dc))
		return 0;
	for (at = start_at(f, dir, dc->pos); at != &dir->children;
	     at = at->next) {
		d = list_entry(at, struct dentry, sibling);
		dc->pos = d->cookie;
		if (!d->inode)
			continue;
		if (!dc->emit(dc, d->name->text, d->name->len, d->inode->ino,
			      DT_OF_MODE(d->inode->mode), d->cookie + 1)) {
			set_mark(f, d);
			return 0;
		}
		dc->pos = d->cookie + 1;
	}
	set_mark(f, NULL);
	inode_touch_atime(f->inode, f->path.mount, f->flags);
	return 0;
}

void cachedir_release(struct file *f)
{
	set_mark(f, NULL);
}

off_t cachedir_seek(struct file *f, off_t off, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return file_seek_plain(f, off, whence);
}

ssize_t cachedir_read(struct file *f, struct iter *to, off_t *pos)
{
	return -EISDIR;
}

int cachedir_fsync(struct file *f, bool data_only)
{
	return 0;
}

const struct file_ops cachedir_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = cachedir_iterate,
	.release = cachedir_release,
	.fsync = cachedir_fsync,
};
