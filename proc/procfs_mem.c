/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc/PID shows of an address space: its map, parts of its memory as
 * text, and all of it as a file.
 */
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/kmalloc.h"
#include "proc/procfs.h"
#include "proc/procfs_priv.h"
#include "vfs/file.h"
#include "vfs/pseudo.h"
#include "vm/iter.h"
#include "vm/vmspace.h"

#define CHUNK 512

static int may_open(struct inode *ino)
{
	return procfs_may_inspect(procfs_of(ino)->process);
}

static int show_maps(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return 0;
	vmspace_maps_show(vs, sb);
	vmspace_put_user(vs);
	return 0;
}

static int show_smaps(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return 0;
	vmspace_smaps_show(vs, sb);
	vmspace_put_user(vs);
	return 0;
}

static int show_rollup(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return -ESRCH;
	vmspace_rollup_show(vs, sb);
	vmspace_put_user(vs);
	return 0;
}

/* Copies the memory at [at, end), up to the first byte that is not there. */
static void show_range(struct strbuf *sb, struct vmspace *vs, uaddr_t at,
		       uaddr_t end)
{
	char buf[CHUNK];
	size_t n = CHUNK;

	while (at < end && n == CHUNK && !sb->overflow) {
		n = vmspace_access(vs, at, buf, MIN(end - at, (uaddr_t)CHUNK),
				   false);
		strbuf_write(sb, buf, n);
		at += n;
	}
}

static int show_cmdline(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return 0;
	show_range(sb, vs, vs->arg_start, vs->arg_end);
	vmspace_put_user(vs);
	return 0;
}

static int show_environ(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return 0;
	show_range(sb, vs, vs->env_start, vs->env_end);
	vmspace_put_user(vs);
	return 0;
}

static int show_auxv(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);

	if (!vs)
		return 0;
	strbuf_write(sb, (const char *)vs->auxv, vs->auxv_len);
	vmspace_put_user(vs);
	return 0;
}

const struct pseudo_text procfs_maps = { .show = show_maps, .open = may_open };
const struct pseudo_text procfs_smaps = {
	.show = show_smaps,
	.open = may_open,
};
const struct pseudo_text procfs_rollup = {
	.show = show_rollup,
	.open = may_open,
};
const struct pseudo_text procfs_cmdline = { .show = show_cmdline };
const struct pseudo_text procfs_environ = {
	.show = show_environ,
	.open = may_open,
};
const struct pseudo_text procfs_auxv = { .show = show_auxv, .open = may_open };

/* The open file keeps the address space it was opened on (proc(5)). */
static int open_mem(struct inode *ino, struct file *f)
{
	struct vmspace *vs;
	int err = may_open(ino);

	if (err)
		return err;
	vs = process_vmspace(procfs_of(ino)->process);
	if (vs) {
		vmspace_get(vs);
		vmspace_put_user(vs);
	}
	f->priv = vs;
	return 0;
}

static void release_mem(struct file *f)
{
	if (f->priv)
		vmspace_put(f->priv);
}

static bool enter_mem(struct file *f)
{
	struct vmspace *vs = f->priv;

	return vs && atomic32_inc_not_zero(&vs->users);
}

/* One chunk between the other memory and the caller's; bytes, 0 at the end of
 * what is mapped, or -errno. */
static ssize_t move_chunk(struct vmspace *vs, struct iter *it, uaddr_t at,
			  char *buf, bool write)
{
	size_t n = MIN(it->count, PAGE_SIZE - at % PAGE_SIZE);

	if (write) {
		n = iter_copy_from(it, buf, n);
		return n ? (ssize_t)vmspace_access(vs, at, buf, n, true)
			 : -EFAULT;
	}
	n = vmspace_access(vs, at, buf, n, false);
	if (n && iter_copy_to(it, buf, n) != n)
		return -EFAULT;
	return (ssize_t)n;
}

static ssize_t move_all(struct file *f, struct iter *it, off_t *pos, bool write)
{
	struct vmspace *vs = f->priv;
	char *buf;
	ssize_t n = 0, done = 0;

	if (!it->count || !enter_mem(f))
		return 0;
	buf = kmalloc(PAGE_SIZE, 0);
	if (!buf)
		n = -ENOMEM;
	while (n >= 0 && it->count) {
		n = move_chunk(vs, it, (uaddr_t)*pos, buf, write);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
	}
	kfree(buf);
	vmspace_put_user(vs);
	if (done)
		return done;
	return n < 0 ? n : -EIO;
}

static ssize_t read_mem(struct file *f, struct iter *to, off_t *pos)
{
	return move_all(f, to, pos, false);
}

static ssize_t write_mem(struct file *f, struct iter *from, off_t *pos)
{
	return move_all(f, from, pos, true);
}

/* Addresses are unsigned: any offset will do. */
static off_t seek_mem(struct file *f, off_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	f->pos = off;
	return off;
}

const struct file_ops procfs_mem_file_ops = {
	.open = open_mem,
	.release = release_mem,
	.read = read_mem,
	.write = write_mem,
	.seek = seek_mem,
};
