/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/PID/fd and fdinfo: a process's descriptors as links and as text; and
 * how magic links are followed and read, for all of /proc/PID.
 */
#include "lib/fmt.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "proc/procfs.h"
#include "proc/procfs_priv.h"
#include "vfs/cachedir.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/mount.h"
#include "vfs/pseudo.h"

#define FIRST     2 /* position behind . and .. */
#define NAME_SIZE 12
#define LINK_SIZE 64 /* what lstat says of a descriptor's link */

/* Numbers of inodes: the folders' own entries are counted from 0. */
enum { INO_FD = 110, INO_FDINFO = 111 };

/* A counted reference on a descriptor of the process; NULL: none. */
static struct file *file_of(struct process *p, unsigned fd)
{
	struct fdtable *t = process_files(p);
	struct file *f;

	if (!t)
		return NULL;
	f = fdtable_file(t, fd);
	fdtable_put_table(t);
	return f;
}

static int fd_target(const struct procfs_inode *pi, struct path *out)
{
	struct file *f = file_of(pi->process, pi->fd);

	if (!f)
		return -ENOENT;
	*out = f->path;
	path_get(out);
	file_put(f);
	return 0;
}

static int target_of(struct inode *ino, struct path *out)
{
	const struct procfs_inode *pi = procfs_of(ino);
	int err = procfs_may_inspect(pi->process);

	return err ? err : pi->entry->target(pi, out);
}

static ssize_t readlink(struct inode *ino, char *buf, size_t size)
{
	struct path p;
	ssize_t len;
	char *name;
	int err = target_of(ino, &p);

	if (err)
		return err;
	name = path_name(&p, buf, size);
	path_put(&p);
	if (!name)
		return -ENAMETOOLONG;
	len = (ssize_t)strlen(name);
	memmove(buf, name, (size_t)len + 1);
	return len;
}

const struct inode_ops procfs_link_ops = {
	.follow = target_of,
	.readlink = readlink,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};

static int show_fdinfo(struct strbuf *sb, struct inode *ino)
{
	struct procfs_inode *pi = procfs_of(ino);
	struct file *f = file_of(pi->process, pi->fd);
	uint32_t flags;

	if (!f)
		return -ENOENT;
	flags = f->flags & ~O_CLOEXEC;
	if (pi->process == process_current() && fdtable_cloexec(pi->fd) == 1)
		flags |= O_CLOEXEC;
	strbuf_printf(sb, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%u\nino:\t%llu\n",
		      (long long)f->pos, flags, f->path.mount->id,
		      (unsigned long long)f->inode->ino);
	if (f->ops->show)
		f->ops->show(f, sb);
	file_put(f);
	return 0;
}

static int may_open(struct inode *ino)
{
	return procfs_may_inspect(procfs_of(ino)->process);
}

static const struct inode_ops info_ops = {
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
static const struct pseudo_text info_text = {
	.show = show_fdinfo,
	.open = may_open,
};
static const struct procfs_entry info_entry = {
	.mode = S_IFREG | 0444,
	.ops = &info_ops,
	.file_ops = &pseudo_file_ops,
	.text = &info_text,
};
static const struct procfs_entry link_entry = {
	.mode = S_IFLNK,
	.ops = &procfs_link_ops,
	.target = fd_target,
};

/* The bits of a descriptor's link say how the file is open. */
static uint32_t link_mode(const struct file *f)
{
	return S_IFLNK | (f->mode & FMODE_READ ? 0500 : 0) |
	       (f->mode & FMODE_WRITE ? 0300 : 0);
}

static int lookup(struct inode *dir, struct dentry *d, bool info)
{
	struct procfs_inode *pi = procfs_of(dir);
	int fd = procfs_number(d), err;
	struct file *f = fd < 0 ? NULL : file_of(pi->process, (unsigned)fd);
	struct procfs_made_from from = { .process = pi->process,
					 .tid = pi->tid,
					 .fd = (unsigned)fd };
	int who = pi->tid ? pi->tid : pi->process->pid;

	if (!f)
		return -ENOENT;
	from.ino = PROCFS_INO(who, info ? INO_FDINFO : INO_FD, from.fd);
	err = procfs_make(d, info ? &info_entry : &link_entry, &from);
	if (!err && !info) {
		d->inode->mode = link_mode(f);
		d->inode->size = LINK_SIZE;
	}
	file_put(f);
	return err;
}

static int lookup_link(struct inode *dir, struct dentry *d)
{
	int err = procfs_may_inspect(procfs_of(dir)->process);

	return err ? err : lookup(dir, d, false);
}

static int lookup_info(struct inode *dir, struct dentry *d)
{
	int err = procfs_may_inspect(procfs_of(dir)->process);

	return err ? err : lookup(dir, d, true);
}

static void emit_all(const struct procfs_inode *pi, struct fdtable *t,
		     struct dir_context *dc, unsigned entry, uint32_t mode)
{
	int who = pi->tid ? pi->tid : pi->process->pid;
	char name[NAME_SIZE];
	int fd;

	while ((fd = fdtable_next(t, (unsigned)(dc->pos - FIRST))) >= 0) {
		fmt_snprintf(name, sizeof(name), "%d", fd);
		if (!pseudo_emit(dc, name, PROCFS_INO(who, entry, fd), mode,
				 fd + 1 + FIRST))
			return;
	}
}

static int iterate(struct file *f, struct dir_context *dc, unsigned entry,
		   uint32_t mode)
{
	const struct procfs_inode *pi = procfs_of(f->inode);
	struct fdtable *t;
	int err = procfs_may_inspect(pi->process);

	if (err || !cachedir_dots(f, dc))
		return err;
	t = process_files(pi->process);
	if (!t)
		return 0;
	emit_all(pi, t, dc, entry, mode);
	fdtable_put_table(t);
	return 0;
}

static int iterate_links(struct file *f, struct dir_context *dc)
{
	return iterate(f, dc, INO_FD, S_IFLNK);
}

static int iterate_info(struct file *f, struct dir_context *dc)
{
	return iterate(f, dc, INO_FDINFO, S_IFREG);
}

const struct inode_ops procfs_fd_ops = {
	.lookup = lookup_link,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
const struct inode_ops procfs_fdinfo_ops = {
	.lookup = lookup_info,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
const struct file_ops procfs_fd_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate_links,
	.fsync = cachedir_fsync,
};
const struct file_ops procfs_fdinfo_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate_info,
	.fsync = cachedir_fsync,
};
