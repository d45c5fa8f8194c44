/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registered file system types and live supers.  Types are added at boot and
 * never go; supers are on one list under super_lock.
 */
#include "vfs/super.h"

#include "lib/strbuf.h"
#include "lib/string.h"

#include "core/spinlock.h"
#include "vfs/dentry.h"
#include "vfs/notify.h"

static struct fs_type *types; /* constant after boot */
static struct spinlock super_lock = SPINLOCK(RANK_MOUNT_HASH);
/* protected by super_lock: */
static struct list supers = LIST_INIT(supers);
static struct atomic32 next_minor;

void super_type_add(struct fs_type *type)
{
	struct fs_type **end = &types;

	while (*end)
		end = &(*end)->next;
	*end = type;
}

struct fs_type *super_type_find(const char *name)
{
	struct fs_type *t;

	for (t = types; t; t = t->next)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

void super_types_show(struct strbuf *out)
{
	struct fs_type *t;

	for (t = types; t; t = t->next)
		strbuf_printf(out, "%s\t%s\n", t->nodev ? "nodev" : "",
			      t->name);
}

void super_init(struct super *sb, const struct fs_type *type,
		const struct super_ops *ops)
{
	*sb = (struct super){ .type = type, .ops = ops };
	sb->dev_minor = atomic32_add_return(&next_minor, 1);
	atomic32_store(&sb->refs, 1);
	list_init(&sb->watches);
	spin_lock(&super_lock);
	list_add_tail(&sb->node, &supers);
	spin_unlock(&super_lock);
}

void super_get(struct super *sb)
{
	atomic32_inc(&sb->refs);
}

void super_put(struct super *sb)
{
	if (!atomic32_dec_and_test(&sb->refs))
		return;
	spin_lock(&super_lock);
	list_del(&sb->node);
	spin_unlock(&super_lock);
	notify_unmount(sb);
	if (sb->root)
		dentry_drop_tree(sb->root);
	sb->ops->release(sb);
}

/* The next live super behind `prev` that has something to write, referenced;
 * drops prev's reference. */
static struct super *next_to_sync(struct super *prev)
{
	struct super *sb, *found = NULL;
	bool passed = !prev;

	spin_lock(&super_lock);
	list_for_each (sb, &supers, node) {
		if (passed && sb->ops->sync &&
		    atomic32_inc_not_zero(&sb->refs)) {
			found = sb;
			break;
		}
		passed |= sb == prev;
	}
	spin_unlock(&super_lock);
	if (prev)
		super_put(prev);
	return found;
}

int super_sync_all(void)
{
	struct super *sb = NULL;
	int err, first = 0;

	while ((sb = next_to_sync(sb))) {
		err = sb->ops->sync(sb);
		if (!first)
			first = err;
	}
	return first;
}
