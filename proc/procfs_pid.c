/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders of processes and threads: /proc/PID and /proc/PID/task/TID, from one
 * table.  Each look-up makes a dentry that is in no tree and an inode that
 * holds its process; numbers of inodes are made of id and entry, so that they
 * stay the same from one look-up to the next.
 */
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "proc/procfs.h"
#include "proc/procfs_priv.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "vfs/cachedir.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/pseudo.h"
#include "vm/vmspace.h"

#define FIRST     2 /* position behind . and .. */
#define NAME_SIZE 12

/* Numbers of the folders themselves, among those of their entries. */
enum { INO_PID = 100, INO_TID = 101, INO_TID_ENTRIES = 50 };

static int lookup_pid(struct inode *dir, struct dentry *d);
static int iterate_pid(struct file *f, struct dir_context *dc);
static int lookup_task(struct inode *dir, struct dentry *d);
static int iterate_task(struct file *f, struct dir_context *dc);

static const struct inode_ops pid_ops = {
	.lookup = lookup_pid,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
static const struct inode_ops task_ops = {
	.lookup = lookup_task,
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
static const struct inode_ops text_ops = {
	.change = procfs_refuse_mode,
	.release = procfs_inode_release,
};
static const struct file_ops pid_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate_pid,
	.fsync = cachedir_fsync,
};
static const struct file_ops task_file_ops = {
	.read = cachedir_read,
	.seek = cachedir_seek,
	.iterate = iterate_task,
	.fsync = cachedir_fsync,
};

int procfs_refuse_mode(struct inode *ino, const struct inode_change *c)
{
	if (c->valid & (INODE_SET_MODE | INODE_SET_SIZE))
		return c->valid & INODE_SET_MODE ? -EPERM : 0;
	inode_change_apply(ino, c);
	return 0;
}

static struct task *find_task(struct process *p, int tid)
{
	struct task *t;

	rcu_read_lock();
	t = task_find_rcu(tid);
	if (t && (t->process != p || !atomic32_inc_not_zero(&t->thread.refs)))
		t = NULL;
	rcu_read_unlock();
	return t;
}

/* The leader's id finds it as long as the process has not been waited for. */
int procfs_task(const struct procfs_inode *pi, struct task **out)
{
	*out = find_task(pi->process, pi->tid ? pi->tid : pi->process->pid);
	return *out ? 0 : -ESRCH;
}

int procfs_may_inspect(struct process *p)
{
	const struct cred *me = cred_current(), *c;
	struct task *t;
	bool same;

	if (p == process_current() || cred_capable(me, CAP_SYS_PTRACE))
		return 0;
	t = find_task(p, p->pid);
	if (!t)
		return -EACCES;
	c = cred_of(&t->thread);
	same = me->fsuid == c->euid && me->fsuid == c->suid &&
	       me->fsuid == c->uid && me->fsgid == c->egid &&
	       me->fsgid == c->sgid && me->fsgid == c->gid;
	cred_put(c);
	thread_put(&t->thread);
	return same && p->dumpable ? 0 : -EACCES;
}

static int exe_target(const struct procfs_inode *pi, struct path *out)
{
	struct vmspace *vs = process_vmspace(pi->process);
	bool found;

	if (!vs)
		return -ENOENT;
	found = vs->exe && file_backing_path(vs->exe, out);
	vmspace_put_user(vs);
	return found ? 0 : -ENOENT;
}

static int context_target(const struct procfs_inode *pi, struct path *root,
			  struct path *cwd)
{
	struct fs_context *c = process_fs(pi->process);

	if (!c)
		return -ENOENT;
	path_context_paths(c, root, cwd);
	path_context_put(c);
	return 0;
}

static int cwd_target(const struct procfs_inode *pi, struct path *out)
{
	struct path root;
	int err = context_target(pi, &root, out);

	if (!err)
		path_put(&root);
	return err;
}

static int root_target(const struct procfs_inode *pi, struct path *out)
{
	struct path cwd;
	int err = context_target(pi, out, &cwd);

	if (!err)
		path_put(&cwd);
	return err;
}

#define FOLDER(n, m, o, f)                                     \
	{                                                      \
		.name = n, .mode = S_IFDIR | (m), .ops = &(o), \
		.file_ops = &(f)                               \
	}
#define TEXT(n, m, t)                                               \
	{                                                           \
		.name = n, .mode = S_IFREG | (m), .ops = &text_ops, \
		.file_ops = &pseudo_file_ops, .text = &(t)          \
	}
#define LINK(n, fn)                                                         \
	{                                                                   \
		.name = n, .mode = S_IFLNK | 0777, .ops = &procfs_link_ops, \
		.target = fn                                                \
	}

static const struct procfs_entry entries[] = {
	FOLDER("task", 0555, task_ops, task_file_ops), /* not in a thread's */
	FOLDER("fd", 0500, procfs_fd_ops, procfs_fd_file_ops),
	FOLDER("fdinfo", 0555, procfs_fdinfo_ops, procfs_fdinfo_file_ops),
	TEXT("environ", 0400, procfs_environ),
	TEXT("auxv", 0400, procfs_auxv),
	TEXT("status", 0444, procfs_status),
	TEXT("personality", 0400, procfs_personality),
	TEXT("limits", 0644, procfs_limits),
	TEXT("comm", 0644, procfs_comm),
	TEXT("cmdline", 0444, procfs_cmdline),
	TEXT("stat", 0444, procfs_stat),
	TEXT("statm", 0444, procfs_statm),
	TEXT("maps", 0444, procfs_maps),
	TEXT("smaps", 0444, procfs_smaps),
	TEXT("smaps_rollup", 0444, procfs_rollup),
	{ .name = "mem",
	  .mode = S_IFREG | 0600,
	  .ops = &text_ops,
	  .file_ops = &procfs_mem_file_ops },
	LINK("cwd", cwd_target),
	LINK("root", root_target),
	LINK("exe", exe_target),
	TEXT("mounts", 0444, procfs_mounts),
	TEXT("mountinfo", 0444, procfs_mountinfo),
	TEXT("wchan", 0444, procfs_wchan),
	TEXT("cgroup", 0444, procfs_cgroup),
	TEXT("oom_score", 0444, procfs_oom_score),
	TEXT("oom_score_adj", 0644, procfs_oom_adj),
	TEXT("uid_map", 0644, procfs_idmap),
	TEXT("gid_map", 0644, procfs_idmap),
	TEXT("projid_map", 0644, procfs_idmap),
	TEXT("setgroups", 0644, procfs_setgroups),
	FOLDER("net", 0555, procfs_net_ops, procfs_net_file_ops),
	TEXT("io", 0400, procfs_io),
	TEXT("schedstat", 0444, procfs_schedstat),
	TEXT("loginuid", 0644, procfs_no_login),
	TEXT("sessionid", 0444, procfs_no_login),
	TEXT("timerslack_ns", 0666, procfs_slack),
	TEXT("coredump_filter", 0644, procfs_core_filter),
	TEXT("cpuset", 0444, procfs_root_group),
};

static const struct procfs_entry folder =
	FOLDER("", 0555, pid_ops, pid_file_ops);

static uint64_t ino_of(const struct procfs_inode *pi, unsigned entry)
{
	if (pi->tid)
		return PROCFS_INO(pi->tid, INO_TID_ENTRIES + entry, 0);
	return PROCFS_INO(pi->process->pid, entry, 0);
}

/* Files belong to the process's user, or to root where others must not look
 * into it. */
static void own(struct procfs_inode *pi)
{
	const struct cred *c;
	struct task *t;

	if (!pi->process->dumpable || procfs_task(pi, &t))
		return;
	c = cred_of(&t->thread);
	pi->inode.uid = c->euid;
	pi->inode.gid = c->egid;
	cred_put(c);
	thread_put(&t->thread);
}

int procfs_make(struct dentry *d, const struct procfs_entry *e,
		const struct procfs_made_from *from)
{
	struct procfs_inode *pi = procfs_inode_create(e->mode);

	if (!pi)
		return -ENOMEM;
	pi->entry = e;
	pi->process = from->process;
	pi->tid = from->tid;
	pi->fd = from->fd;
	process_get(pi->process);
	pi->inode.ops = e->ops;
	pi->inode.file_ops = e->file_ops;
	pi->inode.priv = (void *)e->text;
	pi->inode.ino = from->ino;
	if (S_ISDIR(e->mode)) {
		pi->inode.flags = INODE_DYNAMIC;
		atomic32_store(&pi->inode.nlink, 2);
	}
	own(pi);
	d->flags |= DENTRY_DYNAMIC;
	dentry_attach(d, &pi->inode);
	return 0;
}

static int lookup_pid(struct inode *dir, struct dentry *d)
{
	struct procfs_inode *pi = procfs_of(dir);
	struct procfs_made_from from = { .process = pi->process,
					 .tid = pi->tid };

	for (unsigned i = pi->tid ? 1 : 0; i < ARRAY_SIZE(entries); i++) {
		if (!str_equal(d->name->text, d->name->len, entries[i].name))
			continue;
		from.ino = ino_of(pi, i);
		return procfs_make(d, &entries[i], &from);
	}
	return -ENOENT;
}

static int iterate_pid(struct file *f, struct dir_context *dc)
{
	const struct procfs_inode *pi = procfs_of(f->inode);
	unsigned skip = pi->tid ? 1 : 0, i;

	if (!cachedir_dots(f, dc))
		return 0;
	while ((i = (unsigned)(dc->pos - FIRST) + skip) < ARRAY_SIZE(entries))
		if (!pseudo_emit(dc, entries[i].name, ino_of(pi, i),
				 entries[i].mode, dc->pos + 1))
			return 0;
	return 0;
}

static int lookup_task(struct inode *dir, struct dentry *d)
{
	struct procfs_inode *pi = procfs_of(dir), wanted = *pi;
	struct procfs_made_from from = { .process = pi->process,
					 .tid = procfs_number(d) };
	struct task *t;
	int err;

	wanted.tid = from.tid;
	if (from.tid <= 0 || procfs_task(&wanted, &t))
		return -ENOENT;
	from.ino = PROCFS_INO(from.tid, INO_TID, 0);
	err = procfs_make(d, &folder, &from);
	thread_put(&t->thread);
	return err;
}

/* The lowest id of a thread of p at or above `from`; 0: none. */
static int next_task(struct process *p, int from)
{
	struct task *t;
	int best = 0;

	spin_lock(&process_lock);
	list_for_each (t, &p->tasks, node)
		if (t->thread.tid >= from && (!best || t->thread.tid < best))
			best = t->thread.tid;
	spin_unlock(&process_lock);
	return best;
}

static int iterate_task(struct file *f, struct dir_context *dc)
{
	struct process *p = procfs_of(f->inode)->process;
	char name[NAME_SIZE];
	int tid;

	if (!cachedir_dots(f, dc))
		return 0;
	while ((tid = next_task(p, (int)(dc->pos - FIRST)))) {
		fmt_snprintf(name, sizeof(name), "%d", tid);
		if (!pseudo_emit(dc, name, PROCFS_INO(tid, INO_TID, 0), S_IFDIR,
				 tid + 1 + FIRST))
			break;
	}
	return 0;
}

struct process *procfs_process(const struct file *f)
{
	const struct procfs_inode *pi;

	if (f->inode->ops != &pid_ops)
		return NULL;
	pi = procfs_of(f->inode);
	return pi->tid ? NULL : pi->process;
}

int procfs_pid_lookup(struct dentry *d, int pid)
{
	struct procfs_made_from from = { .ino = PROCFS_INO(pid, INO_PID, 0) };
	int err;

	from.process = process_find(pid);
	if (!from.process)
		return -ENOENT;
	err = procfs_make(d, &folder, &from);
	process_put(from.process);
	return err;
}

void procfs_pid_iterate(struct dir_context *dc, off_t base)
{
	struct process *p;
	char name[NAME_SIZE];
	bool ok = true;

	for (int pid = (int)(dc->pos - base); ok; pid++) {
		p = process_next(&pid);
		if (!p)
			return;
		process_put(p);
		fmt_snprintf(name, sizeof(name), "%d", pid);
		ok = pseudo_emit(dc, name, PROCFS_INO(pid, INO_PID, 0), S_IFDIR,
				 base + pid + 1);
	}
}
