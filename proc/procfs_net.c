/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/net: files about the network, the same for all processes. */
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/panic.h"
#include "proc/procfs.h"
#include "proc/procfs_priv.h"
#include "vfs/cachedir.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/pseudo.h"

#define FIRST     2 /* position behind . and .. */
#define MOST      32
#define INO_ENTRY 120

/* Filled at boot, constant after. */
static struct procfs_entry files[MOST];
static void (*shows[MOST])(struct strbuf *sb);
static unsigned count;

static int show_file(struct strbuf *sb, struct inode *ino)
{
	shows[procfs_of(ino)->entry - files](sb);
	return 0;
}

static const struct pseudo_text file_text = { .show = show_file };
static const struct inode_ops file_ops = {
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};

void procfs_add_net(const char *name, void (*show)(struct strbuf *sb))
{
	BUG_ON(count == MOST);
	shows[count] = show;
	files[count++] = (struct procfs_entry){
		.name = name,
		.mode = S_IFREG | 0444,
		.ops = &file_ops,
		.file_ops = &pseudo_file_ops,
		.text = &file_text,
	};
}

static uint64_t ino_of(const struct procfs_inode *pi, unsigned i)
{
	return PROCFS_INO(pi->tid ? pi->tid : pi->process->pid, INO_ENTRY, i);
}

static int lookup(struct inode *dir, struct dentry *d)
{
	struct procfs_inode *pi = procfs_of(dir);
	struct procfs_made_from from = { .process = pi->process,
					 .tid = pi->tid };

	for (unsigned i = 0; i < count; i++) {
		if (!str_equal(d->name->text, d->name->len, files[i].name))
			continue;
		from.ino = ino_of(pi, i);
		return procfs_make(d, &files[i], &from);
	}
	return -ENOENT;
}

static int iterate(struct file *f, struct dir_context *dc)
{
	const struct procfs_inode *pi = procfs_of(f->inode);
	unsigned i;

	if (!cachedir_dots(f, dc))
		return 0;
	while ((i = (unsigned)(dc->pos - FIRST)) < count)
		if (!pseudo_emit(dc, files[i].name, ino_of(pi, i),
				 files[i].mode, dc->pos + 1))
			return 0;
	return 0;
}

const struct inode_ops procfs_net_ops = {
	.lookup = lookup,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
const struct file_ops procfs_net_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate,
	.fsync = cachedir_fsync,
};
