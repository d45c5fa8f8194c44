/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc: the system and its processes as files (proc(5)).
 *
 * There is one instance for all mounts.  Fixed files and folders are dentries
 * that stay; everything below /proc/PID is made anew at each look-up, holds a
 * reference on its process, and says ESRCH or ENOENT once that is gone.
 */
#pragma once

#include "lib/types.h"

struct file;
struct inode;
struct process;
struct pseudo_text;
struct strbuf;

/* Makes the instance and registers the type "proc".  Once at boot, when
 * threads run; before any mount. */
void procfs_init(void);

/* A file that anybody may read, e.g. "sys/kernel/ostype"; folders are made as
 * needed.  `path` stays the caller's but must live on.  After procfs_init, at
 * any time; a lack of memory is logged. */
void procfs_add(const char *path, void (*show)(struct strbuf *sb));

/* Numbers that root may change, as those of /proc/sys: `count` of them, each
 * at most `max`.  A write that names fewer leaves the others. */
struct procfs_numbers {
	const char *path;
	unsigned long *values;
	unsigned count;
	unsigned long max;
};
void procfs_add_numbers(const struct procfs_numbers *n);

/* A file made of `text` (vfs/pseudo.h), which finds `arg` with procfs_arg; or
 * a link whose text must live on. */
void procfs_add_text(const char *path, const struct pseudo_text *text,
		     uint32_t mode, void *arg);
void *procfs_arg(const struct inode *ino);
void procfs_add_link(const char *path, const char *text);

/* A file of /proc/PID/net, at boot; `name` must live on. */
void procfs_add_net(const char *name, void (*show)(struct strbuf *sb));

/* A file that only root may write: `run` gets the first byte of each write; 0
 * or -errno. */
void procfs_add_command(const char *path, int (*run)(char letter));

/* May the running thread look into the process (ptrace(2))?  0, -EACCES. */
int must_check procfs_may_inspect(struct process *p);

/* Whose folder of /proc it is, without a reference; NULL: nobody's. */
struct process *procfs_process(const struct file *f);
