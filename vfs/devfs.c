/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry of device nodes.  One list under devfs_lock; few enough that
 * look-ups by number walk it.
 */
#include "vfs/devfs.h"

#include "arch/atomic.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "vfs/inode.h"

#define FIRST_DYNAMIC 240u

static struct spinlock devfs_lock = SPINLOCK(RANK_MOUNT_HASH);
/* protected by devfs_lock: */
static struct devfs_node *nodes;
static struct devfs_watcher *watchers; /* none ever goes */
static struct atomic32 majors;

static bool clashes(const struct devfs_node *a, const struct devfs_node *b)
{
	if (!strcmp(a->name, b->name))
		return true;
	return !a->link && !b->link && a->type == b->type &&
	       a->major == b->major && a->minor == b->minor;
}

int devfs_add(struct devfs_node *n)
{
	struct devfs_watcher *w;
	struct devfs_node **end;
	int err = 0;

	spin_lock(&devfs_lock);
	for (end = &nodes; *end && !err; end = &(*end)->next)
		if (clashes(*end, n))
			err = -EEXIST;
	if (!err) {
		n->next = NULL;
		*end = n;
	}
	w = watchers;
	spin_unlock(&devfs_lock);
	for (; !err && w; w = w->next)
		w->added(n);
	return err;
}

void devfs_remove(struct devfs_node *n)
{
	struct devfs_watcher *w;
	struct devfs_node **at;

	spin_lock(&devfs_lock);
	for (at = &nodes; *at != n; at = &(*at)->next)
		;
	*at = n->next;
	w = watchers;
	spin_unlock(&devfs_lock);
	for (; w; w = w->next)
		w->removed(n);
}

struct devfs_node *devfs_find(uint32_t type, unsigned major, unsigned minor)
{
	struct devfs_node *n;

	spin_lock(&devfs_lock);
	for (n = nodes; n; n = n->next)
		if (n->minor == minor && n->major == major && n->type == type &&
		    !n->link)
			break;
	spin_unlock(&devfs_lock);
	return n;
}

void devfs_visit(void (*fn)(void *ctx, const struct devfs_node *n), void *ctx)
{
	spin_lock(&devfs_lock);
	for (struct devfs_node *n = nodes; n; n = n->next)
		fn(ctx, n);
	spin_unlock(&devfs_lock);
}

void devfs_watch(struct devfs_watcher *w)
{
	struct devfs_node *n;

	spin_lock(&devfs_lock);
	w->next = watchers;
	watchers = w;
	n = nodes;
	spin_unlock(&devfs_lock);
	/* Boot: nobody removes nodes yet. */
	for (; n; n = n->next)
		w->added(n);
}

void *devfs_priv(const struct inode *ino)
{
	struct devfs_node *n =
		devfs_find(ino->mode & S_IFMT, ino->major, ino->minor);

	return n ? n->priv : NULL;
}

unsigned devfs_major_alloc(void)
{
	return FIRST_DYNAMIC + atomic32_add_return(&majors, 1) - 1;
}
