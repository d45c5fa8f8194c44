/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of /proc: the inode, and what a process's folder needs. */
#pragma once

#include "proc/process.h"
#include "vfs/inode.h"

struct dentry;
struct dir_context;
struct file;
struct path;
struct pseudo_text;
struct strbuf;

struct procfs_inode {
	struct inode inode;
	void (*show)(struct strbuf *sb); /* of a fixed file */
	int (*run)(char letter);         /* of a command file */
	void *arg;                       /* of procfs_add_text */
	/* below /proc/PID: */
	struct process *process; /* holds a reference */
	int tid;                 /* 0: the process as a whole */
	unsigned fd;             /* below fd and fdinfo */
	const struct procfs_entry *entry;
};

/* What stands in a process's folder, and what it is made of. */
struct procfs_entry {
	const char *name;
	uint32_t mode;
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	const struct pseudo_text *text;
	/* magic links: where it leads, referenced */
	int (*target)(const struct procfs_inode *pi, struct path *out);
};

static inline struct procfs_inode *procfs_of(const struct inode *ino)
{
	return container_of(ino, struct procfs_inode, inode);
}

/* Numbers of inodes that come and go must stay: made of who and what. */
#define PROCFS_INO(tid, entry, n) \
	((uint64_t)(tid) << 32 | (uint64_t)(entry) << 24 | (n))

/* A fresh inode of the instance, owned by root; NULL: no memory. */
struct procfs_inode *procfs_inode_create(uint32_t mode);
void procfs_inode_release(struct inode *ino); /* for inode_ops */

/* Attaches to d a file below /proc/PID made from e, owned by the process's
 * user.  Uses up nothing. */
struct procfs_made_from {
	struct process *process;
	int tid;
	unsigned fd;
	uint64_t ino;
};
int must_check procfs_make(struct dentry *d, const struct procfs_entry *e,
			   const struct procfs_made_from *from);

/* A decimal number without leading zeros; -1: it is not one. */
int procfs_number(const struct dentry *d);

/* /proc/PID for the name of d; -ENOENT. */
int must_check procfs_pid_lookup(struct dentry *d, int pid);
/* The process folders of /proc from position `base` on. */
void procfs_pid_iterate(struct dir_context *dc, off_t base);

/* For inode_ops: files of a process keep their modes; O_TRUNC is nothing. */
int must_check procfs_refuse_mode(struct inode *ino,
				  const struct inode_change *c);

/* The thread's task with a reference, any live one of its process when tid is
 * 0; -ESRCH. */
int must_check procfs_task(const struct procfs_inode *pi, struct task **out);

/* procfs_fd.c, procfs_show.c, procfs_mem.c */
extern const struct inode_ops procfs_fd_ops, procfs_fdinfo_ops;
extern const struct file_ops procfs_fd_file_ops, procfs_fdinfo_file_ops;
extern const struct inode_ops procfs_net_ops;
extern const struct file_ops procfs_net_file_ops;
extern const struct inode_ops procfs_link_ops; /* by entry->target */
extern const struct file_ops procfs_mem_file_ops;
extern const struct pseudo_text procfs_status, procfs_stat, procfs_statm,
	procfs_limits, procfs_comm, procfs_oom_adj, procfs_cmdline,
	procfs_environ, procfs_auxv, procfs_maps, procfs_mounts,
	procfs_mountinfo, procfs_wchan, procfs_cgroup, procfs_oom_score,
	procfs_personality, procfs_idmap, procfs_smaps, procfs_rollup,
	procfs_setgroups, procfs_io, procfs_schedstat, procfs_no_login,
	procfs_slack, procfs_core_filter, procfs_root_group;
