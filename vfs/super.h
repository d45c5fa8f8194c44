/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File system types and their mounted instances.
 *
 * A type has a name and a function that makes an instance (a super) with its
 * root dentry; types are listed in fs/filesystems.def and registered in that
 * order at boot.  A super is held by its mounts; when the last goes, every
 * dentry is dropped and ops->release frees it.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

struct dentry;
struct inode;
struct strbuf;
struct super;

struct super_stat {
	uint32_t type; /* a magic number */
	uint64_t block_size, blocks, free, files, files_free;
};

struct super_ops {
	void (*stat)(struct super *sb, struct super_stat *st);
	int (*sync)(struct super *sb); /* NULL: nothing to write */
	void (*show)(struct super *sb, struct strbuf *out); /* ",size=..." */
	void (*release)(struct super *sb);                  /* frees it */
};

struct fs_type {
	const char *name;
	bool nodev; /* needs no device, for /proc/filesystems */
	/* Makes an instance; `data` are mount(2)'s options (may be NULL). */
	int (*mount)(const struct fs_type *type, const char *source,
		     const char *data, struct super **out);
	struct fs_type *next; /* owned by super.c */
};

struct super {
	const struct fs_type *type;
	const struct super_ops *ops;
	struct dentry *root; /* holds the tree's reference */
	uint32_t dev_major, dev_minor;
	struct atomic32 refs; /* mounts */
	struct atomic64 next_ino;
	bool readonly;
	void *priv;
	struct atomic32 watch_count;
	struct list watches; /* notify.c */
	struct list node;    /* all supers; super.c */
};

void super_type_add(struct fs_type *type);
struct fs_type *super_type_find(const char *name);
/* /proc/filesystems */
void super_types_show(struct strbuf *out);

/* Fills a fresh super: one reference, a device number of its own. */
void super_init(struct super *sb, const struct fs_type *type,
		const struct super_ops *ops);
void super_get(struct super *sb);
/* Last reference: drops all dentries, then ops->release. */
void super_put(struct super *sb);
int must_check super_sync_all(void);
