/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instance of proc and its fixed part.  Folders of processes come from
 * procfs_pid.c; the root directory shows both, fixed entries first.
 */
#include "proc/procfs.h"

#include "lib/fmt.h"
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/panic.h"
#include "core/print.h"
#include "mm/slab.h"
#include "proc/procfs_priv.h"
#include "vfs/cachedir.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/pseudo.h"
#include "vfs/super.h"

#define PID_BASE 0x10000 /* positions of /proc: fixed entries lie below */

static struct slab inode_slab = SLAB("proc_inode", struct procfs_inode);
static struct super proc_super;

struct procfs_inode *procfs_inode_create(uint32_t mode)
{
	struct procfs_inode *pi = slab_alloc(&inode_slab, ALLOC_ZERO);

	if (!pi)
		return NULL;
	inode_init(&pi->inode, &proc_super, mode);
	pi->inode.uid = pi->inode.gid = 0;
	return pi;
}

static void free_rcu(struct rcu_head *h)
{
	slab_free(&inode_slab, procfs_of(container_of(h, struct inode, rcu)));
}

void procfs_inode_release(struct inode *ino)
{
	struct procfs_inode *pi = procfs_of(ino);

	if (pi->process)
		process_put(pi->process);
	rcu_call(&ino->rcu, free_rcu);
}

int procfs_number(const struct dentry *d)
{
	const struct dentry_name *n = d->name;
	int v = 0;

	if (n->len > 9 || (n->text[0] == '0' && n->len > 1))
		return -1;
	for (unsigned i = 0; i < n->len; i++) {
		if (n->text[i] < '0' || n->text[i] > '9')
			return -1;
		v = v * 10 + (n->text[i] - '0');
	}
	return v;
}

static int show_fixed(struct strbuf *sb, struct inode *ino)
{
	procfs_of(ino)->show(sb);
	return 0;
}

static const struct pseudo_text fixed_text = { .show = show_fixed };

/* What is not in the cache is not there. */
static int lookup_none(struct inode *dir, struct dentry *d)
{
	return -ENOENT;
}

static int lookup_root(struct inode *dir, struct dentry *d)
{
	int pid = procfs_number(d);

	return pid > 0 ? procfs_pid_lookup(d, pid) : -ENOENT;
}

static int iterate_root(struct file *f, struct dir_context *dc)
{
	int err = 0;

	if (dc->pos < PID_BASE) {
		mutex_lock(&f->inode->lock);
		err = cachedir_iterate(f, dc);
		mutex_unlock(&f->inode->lock);
		/* A mark is left where the caller's buffer was full. */
		if (err || f->priv || dc->pos < 2)
			return err;
		dc->pos = PID_BASE;
	}
	procfs_pid_iterate(dc, PID_BASE);
	return 0;
}

static ssize_t self_text(struct inode *ino, char *buf, size_t size)
{
	return (ssize_t)fmt_snprintf(buf, size, "%d", process_current()->pid);
}

static ssize_t thread_self_text(struct inode *ino, char *buf, size_t size)
{
	return (ssize_t)fmt_snprintf(buf, size, "%d/task/%d",
				     process_current()->pid,
				     thread_current()->tid);
}

/* O_TRUNC changes nothing; the rest is as everywhere. */
static int change_fixed(struct inode *ino, const struct inode_change *c)
{
	inode_change_apply(ino, c);
	return 0;
}

static const struct inode_ops file_ops = {
	.change = change_fixed,
	.release = procfs_inode_release,
};
static const struct inode_ops folder_ops = {
	.lookup = lookup_none,
	.release = procfs_inode_release,
};
static const struct inode_ops root_ops = {
	.lookup = lookup_root,
	.release = procfs_inode_release,
};
static const struct inode_ops self_ops = {
	.readlink = self_text,
	.release = procfs_inode_release,
};
static const struct inode_ops thread_self_ops = {
	.readlink = thread_self_text,
	.release = procfs_inode_release,
};
static const struct file_ops root_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate_root,
	.release = cachedir_release,
	.fsync = cachedir_fsync,
};

static struct inode *create_folder(void)
{
	struct procfs_inode *pi = procfs_inode_create(S_IFDIR | 0555);

	if (!pi)
		return NULL;
	pi->inode.ops = &folder_ops;
	pi->inode.file_ops = &cachedir_ops;
	atomic32_store(&pi->inode.nlink, 2);
	return &pi->inode;
}

/* Uses the inode up; NULL: there was no memory for it. */
static void add_at(const char *path, struct procfs_inode *pi)
{
	int err = pi ? pseudo_add(proc_super.root, path, &pi->inode,
				  create_folder)
		     : -ENOMEM;

	if (err)
		print("/proc/%s is missing: error %d\n", path, -err);
}

/* `text` is constant, or what `ops` reads. */
static void add_link(const char *path, const char *text,
		     const struct inode_ops *ops)
{
	struct procfs_inode *pi = procfs_inode_create(S_IFLNK | 0777);

	if (pi) {
		pi->inode.link = text;
		pi->inode.ops = ops;
	}
	add_at(path, pi);
}

void procfs_add(const char *path, void (*show)(struct strbuf *sb))
{
	struct procfs_inode *pi = procfs_inode_create(S_IFREG | 0444);

	if (pi) {
		pi->show = show;
		pi->inode.ops = &file_ops;
		pi->inode.file_ops = &pseudo_file_ops;
		pi->inode.priv = (void *)&fixed_text;
	}
	add_at(path, pi);
}

void procfs_add_text(const char *path, const struct pseudo_text *text,
		     uint32_t mode, void *arg)
{
	struct procfs_inode *pi = procfs_inode_create(S_IFREG | mode);

	if (pi) {
		pi->arg = arg;
		pi->inode.ops = &file_ops;
		pi->inode.file_ops = &pseudo_file_ops;
		pi->inode.priv = (void *)text;
	}
	add_at(path, pi);
}

void *procfs_arg(const struct inode *ino)
{
	return procfs_of(ino)->arg;
}

void procfs_add_link(const char *path, const char *text)
{
	add_link(path, text, &file_ops);
}

static int write_command(struct inode *ino, char *text, size_t len)
{
	return len ? procfs_of(ino)->run(text[0]) : 0;
}

static const struct pseudo_text command_text = { .write = write_command };

void procfs_add_command(const char *path, int (*run)(char letter))
{
	struct procfs_inode *pi = procfs_inode_create(S_IFREG | 0200);

	if (pi) {
		pi->run = run;
		pi->inode.ops = &file_ops;
		pi->inode.file_ops = &pseudo_file_ops;
		pi->inode.priv = (void *)&command_text;
	}
	add_at(path, pi);
}

static int show_numbers(struct strbuf *sb, struct inode *ino)
{
	const struct procfs_numbers *n = procfs_arg(ino);

	for (unsigned i = 0; i < n->count; i++)
		strbuf_printf(sb, "%s%lu", i ? "\t" : "",
			      READ_ONCE(n->values[i]));
	strbuf_putc(sb, '\n');
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* One decimal number at *at, which moves behind it. */
static int parse_number(char **at, unsigned long max, unsigned long *out)
{
	unsigned long v = 0;
	char *p = *at;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (__builtin_mul_overflow(v, 10ul, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return -EINVAL;
	}
	if ((*p && !is_blank(*p)) || v > max)
		return -EINVAL;
	*at = p;
	*out = v;
	return 0;
}

static int write_numbers(struct inode *ino, char *text, size_t len)
{
	const struct procfs_numbers *n = procfs_arg(ino);
	unsigned long v;

	for (unsigned i = 0; i < n->count; i++) {
		int err;

		while (is_blank(*text))
			text++;
		if (!*text)
			return 0;
		err = parse_number(&text, n->max, &v);
		if (err)
			return err;
		WRITE_ONCE(n->values[i], v);
	}
	return 0;
}

static const struct pseudo_text numbers_text = {
	.show = show_numbers,
	.write = write_numbers,
};

void procfs_add_numbers(const struct procfs_numbers *n)
{
	procfs_add_text(n->path, &numbers_text, 0644, (void *)n);
}

static void stat_super(struct super *sb, struct super_stat *st)
{
	st->type = PROC_SUPER_MAGIC;
	st->block_size = PAGE_SIZE;
}

/* The instance holds a reference on itself: never called. */
static void release_super(struct super *sb) {}

static const struct super_ops super_ops = {
	.stat = stat_super,
	.release = release_super,
};

static int mount_proc(const struct fs_type *type, const char *source,
		      const char *data, struct super **out)
{
	super_get(&proc_super);
	*out = &proc_super;
	return 0;
}

static struct fs_type type = {
	.name = "proc",
	.nodev = true,
	.mount = mount_proc,
};

void procfs_init(void)
{
	struct procfs_inode *root;

	super_init(&proc_super, &type, &super_ops);
	root = procfs_inode_create(S_IFDIR | 0555);
	if (root) {
		root->inode.ops = &root_ops;
		root->inode.file_ops = &root_file_ops;
		root->inode.flags = INODE_DYNAMIC;
		atomic32_store(&root->inode.nlink, 2);
		proc_super.root = dentry_create_root(&root->inode);
	}
	if (!proc_super.root)
		panic("no memory for /proc");
	add_link("self", NULL, &self_ops);
	add_link("thread-self", NULL, &thread_self_ops);
	add_link("mounts", "self/mounts", &file_ops);
	add_link("net", "self/net", &file_ops);
	super_type_add(&type);
}
