/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of mounts.  Every change holds mount_lock; what walkers read (the
 * hash, parent and point of a mount) changes inside mount_seq, which a
 * spinlock serialises.
 *
 * A mount leaves the tree at once and is freed when its last user goes, after
 * a grace period because walkers may still look at it.
 */
#include "vfs/mount.h"

#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "vfs/dentry.h"
#include "vfs/inode.h"
#include "vfs/super.h"

#define HASH_BITS 6
#define MOUNT_MAX 100000
/* Mounts on mounts on mounts: what goes up or down the tree by recursion, and
 * walkers at a stack of them, trust that it ends soon. */
#define DEPTH_MAX 64

static struct mutex mount_lock = MUTEX(mount_lock, RANK_MOUNT);
/* protected by mount_lock: */
static struct mount *root_mount;
static uint32_t next_id, tree_count;

static struct atomic32 mount_count;

static struct spinlock seq_lock = SPINLOCK(RANK_MOUNT_HASH);
/* changed under seq_lock, read under RCU: */
static struct hlist_head table[1u << HASH_BITS];
struct seqcount mount_seq;

static struct hlist_head *bucket_of(const struct mount *parent,
				    const struct dentry *point)
{
	uint32_t h = (uint32_t)((uintptr_t)parent >> 4) ^
		     (uint32_t)((uintptr_t)point >> 5);

	return &table[h * 0x9e3779b1u >> (32 - HASH_BITS)];
}

struct mount *mount_find(const struct mount *parent, const struct dentry *point)
{
	struct mount *m;

	hlist_for_each_rcu (m, bucket_of(parent, point), hash)
		if (m->parent == parent && m->point == point)
			return m;
	return NULL;
}

/* A directory that was a mount point once keeps the flag: so rare a removal
 * may look at all mounts. */
bool mount_is_point(const struct dentry *d)
{
	struct mount *m;
	bool found = false;

	if (!(d->flags & DENTRY_MOUNTED))
		return false;
	rcu_read_lock();
	for (unsigned i = 0; i < ARRAY_SIZE(table) && !found; i++)
		hlist_for_each_rcu (m, &table[i], hash)
			found |= m->point == d;
	rcu_read_unlock();
	return found;
}

static struct mount *create(struct super *sb, struct dentry *root,
			    const char *source, uint32_t flags)
{
	struct mount *m = kzalloc(sizeof(*m), 0);

	if (!m)
		return NULL;
	m->source = kstrdup(source ? source : "none", 0);
	if (!m->source || atomic32_load(&mount_count) >= MOUNT_MAX) {
		kfree(m->source);
		kfree(m);
		return NULL;
	}
	atomic32_inc(&mount_count);
	m->super = sb;
	m->root = root;
	m->flags = flags;
	m->id = ++next_id;
	atomic32_store(&m->refs, 1);
	list_init(&m->children);
	list_init(&m->sibling);
	return m;
}

static void free_rcu(struct rcu_head *h)
{
	struct mount *m = container_of(h, struct mount, rcu);

	atomic32_dec(&mount_count);
	kfree(m->source);
	kfree(m);
}

void mount_put_last(struct mount *m)
{
	if (m->point)
		dentry_put(m->point);
	if (m->parent)
		mount_put(m->parent);
	dentry_put(m->root);
	super_put(m->super);
	rcu_call(&m->rcu, free_rcu);
}

static void put_last_rcu(struct rcu_head *h)
{
	mount_put_last(container_of(h, struct mount, rcu));
}

void mount_put_later(struct mount *m)
{
	if (atomic32_dec_and_test(&m->refs))
		rcu_call(&m->rcu, put_last_rcu);
}

/* Hangs m (whose tree reference the caller gives up) at a place. */
static void attach(struct mount *m, struct mount *parent, struct dentry *point)
{
	m->parent = mount_get(parent);
	m->point = dentry_get(point);
	spin_lock(&seq_lock);
	seq_write_begin(&mount_seq);
	point->flags |= DENTRY_MOUNTED;
	hlist_add_head_rcu(&m->hash, bucket_of(parent, point));
	seq_write_end(&mount_seq);
	spin_unlock(&seq_lock);
	list_add_tail(&m->sibling, &parent->children);
	tree_count++;
}

/* The same where names may go away meanwhile. */
static int attach_if_live(struct mount *m, struct mount *parent,
			  struct dentry *point)
{
	int err = 0;

	mutex_lock(&point->inode->lock);
	if (dentry_is_live(point))
		attach(m, parent, point);
	else
		err = -ENOENT;
	mutex_unlock(&point->inode->lock);
	return err;
}

static void detach(struct mount *m)
{
	spin_lock(&seq_lock);
	seq_write_begin(&mount_seq);
	hlist_del_rcu(&m->hash);
	seq_write_end(&mount_seq);
	spin_unlock(&seq_lock);
	list_del(&m->sibling);
	tree_count--;
}

static unsigned depth_of(const struct mount *m)
{
	unsigned n = 0;

	while ((m = m->parent))
		n++;
	return n;
}

/* The mount behind m in a walk of the tree below top; NULL at the end. */
static struct mount *next_mount(struct mount *m, struct mount *top)
{
	if (!list_empty(&m->children))
		return list_first_entry(&m->children, struct mount, sibling);
	while (m != top && list_is_last(&m->sibling, &m->parent->children))
		m = m->parent;
	return m == top ? NULL : list_next_entry(m, sibling);
}

/* Whether m with all that is mounted on it would be too deep below parent. */
static bool too_deep(struct mount *m, const struct mount *parent)
{
	unsigned top = depth_of(m), deepest = top;

	for (struct mount *each = m; each; each = next_mount(each, m))
		deepest = MAX(deepest, depth_of(each));
	return depth_of(parent) + 1 + (deepest - top) >= DEPTH_MAX;
}

/* The top of what is stacked on a place; moves *at there.  mount_lock. */
static void top_of_stack(struct path *at)
{
	struct mount *m;

	while ((m = mount_find(at->mount, at->dentry))) {
		at->mount = m;
		at->dentry = m->root;
	}
}

/* proc(5), /proc/sys/fs/mount-max: a bind of a tree into itself doubles it. */
#define MOUNT_MAX 100000

/* What was taken out may still be used, but not changed. */
static bool is_in_tree(const struct mount *m)
{
	return m == root_mount || hlist_is_queued(&m->hash);
}

/* Attaches under the lock; gives m's reference to the tree or drops it. */
static int attach_at(struct mount *m, const struct path *at, bool is_new)
{
	struct path top = *at;
	int err = 0;

	top_of_stack(&top);
	if (!is_in_tree(top.mount))
		err = -EINVAL;
	else if (tree_count >= MOUNT_MAX)
		err = -ENOSPC;
	else if (is_new && top.mount->super == m->super &&
		 top.dentry == m->root)
		err = -EBUSY; /* it is what stands there already */
	else if (S_ISDIR(m->root->inode->mode) !=
		 S_ISDIR(top.dentry->inode->mode))
		err = -ENOTDIR;
	else if (too_deep(m, top.mount))
		err = -ENOSPC;
	else
		err = attach_if_live(m, top.mount, top.dentry);
	if (err)
		mount_put(m);
	return err;
}

static int instantiate(const struct mount_args *a, struct mount **out)
{
	struct fs_type *type = super_type_find(a->type);
	struct super *sb;
	int err;

	if (!type)
		return -ENODEV;
	err = type->mount(type, a->source, a->data, &sb);
	if (err)
		return err;
	*out = create(sb, dentry_get(sb->root), a->source, a->flags);
	if (*out)
		return 0;
	dentry_put(sb->root);
	super_put(sb);
	return -ENOMEM;
}

int mount_root(const char *type, const char *data, struct path *out)
{
	struct mount_args a = { .type = type, .source = "tmpfs", .data = data };
	int err;

	mutex_lock(&mount_lock);
	err = instantiate(&a, &root_mount);
	mutex_unlock(&mount_lock);
	if (err)
		return err;
	out->mount = mount_get(root_mount);
	out->dentry = dentry_get(root_mount->root);
	return 0;
}

int mount_internal(struct super *sb, struct mount **out)
{
	*out = create(sb, dentry_get(sb->root), sb->type->name, 0);
	return *out ? 0 : -ENOMEM;
}

int mount_new(const struct mount_args *a, const struct path *at)
{
	struct mount *m;
	int err;

	mutex_lock(&mount_lock);
	err = instantiate(a, &m);
	if (!err)
		err = attach_at(m, at, true);
	mutex_unlock(&mount_lock);
	return err;
}

static struct mount *clone(const struct mount *m, struct dentry *root)
{
	struct mount *copy;

	super_get(m->super);
	copy = create(m->super, dentry_get(root), m->source, m->flags);
	if (!copy) {
		dentry_put(root);
		super_put(m->super);
	}
	return copy;
}

/* Takes a subtree out, leaves first; each loses the tree's reference. */
static void detach_tree(struct mount *top)
{
	struct mount *m = top;

	for (;;) {
		while (!list_empty(&m->children))
			m = list_first_entry(&m->children, struct mount,
					     sibling);
		struct mount *parent = m->parent;
		bool last = m == top;

		detach(m);
		mount_put(m);
		if (last)
			return;
		m = parent;
	}
}

/* Copies what is mounted below from's dentry onto `copy`.  Each copied mount
 * is found again through its source's id order: parents come first. */
static int clone_children(struct mount *from, struct mount *copy)
{
	struct mount *m, *c;

	list_for_each (m, &from->children, sibling) {
		if (!dentry_is_below(m->point, copy->root))
			continue;
		c = tree_count < MOUNT_MAX ? clone(m, m->root) : NULL;
		if (!c)
			return tree_count < MOUNT_MAX ? -ENOMEM : -ENOSPC;
		attach(c, copy, m->point);
	}
	return 0;
}

static int clone_tree(struct mount *from, struct mount *copy)
{
	struct mount *m, *c;
	int err = clone_children(from, copy);

	/* Both lists have the same order, so they are walked side by side. */
	c = list_first_or_null(&copy->children, struct mount, sibling);
	list_for_each (m, &from->children, sibling) {
		if (err || !c)
			break;
		if (c->point != m->point || c->super != m->super)
			continue;
		err = clone_tree(m, c);
		c = list_is_last(&c->sibling, &copy->children)
			    ? NULL
			    : list_next_entry(c, sibling);
	}
	return err;
}

int mount_bind(const struct path *from, const struct path *at, bool recursive)
{
	struct mount *m;
	int err = 0;

	mutex_lock(&mount_lock);
	if (!is_in_tree(from->mount)) {
		mutex_unlock(&mount_lock);
		return -EINVAL;
	}
	m = clone(from->mount, from->dentry);
	if (!m)
		err = -ENOMEM;
	else if (recursive)
		err = clone_tree(from->mount, m);
	if (!err) {
		err = attach_at(m, at, false);
	} else if (m) {
		while (!list_empty(&m->children))
			detach_tree(list_first_entry(&m->children, struct mount,
						     sibling));
		mount_put(m);
	}
	mutex_unlock(&mount_lock);
	return err;
}

static bool is_mount_root(const struct path *p)
{
	return p->dentry == p->mount->root;
}

/* Whether `m` is `above` or hangs below it. */
static bool mount_is_below(const struct mount *m, const struct mount *above)
{
	while (m && m != above)
		m = m->parent;
	return m;
}

static int move_locked(struct mount *m, const struct path *at)
{
	struct path top = *at;
	struct mount *old_parent = m->parent;
	struct dentry *old_point = m->point;
	int err;

	top_of_stack(&top);
	if (!old_parent || !is_in_tree(m) || !is_in_tree(top.mount))
		return -EINVAL;
	if (mount_is_below(top.mount, m))
		return -ELOOP;
	if (S_ISDIR(m->root->inode->mode) != S_ISDIR(top.dentry->inode->mode))
		return -ENOTDIR;
	if (too_deep(m, top.mount))
		return -ENOSPC;
	detach(m);
	err = attach_if_live(m, top.mount, top.dentry);
	if (err)
		attach(m, old_parent, old_point); /* back again */
	dentry_put(old_point);
	mount_put(old_parent);
	return err;
}

int mount_move(const struct path *from, const struct path *at)
{
	int err = -EINVAL;

	mutex_lock(&mount_lock);
	if (is_mount_root(from))
		err = move_locked(from->mount, at);
	mutex_unlock(&mount_lock);
	return err;
}

int mount_remount(const struct path *at, uint32_t flags)
{
	if (!is_mount_root(at))
		return -EINVAL;
	WRITE_ONCE(at->mount->flags, flags);
	return 0;
}

/* The caller's own path and the tree hold one reference each. */
static bool is_busy(struct mount *m)
{
	return !list_empty(&m->children) || atomic32_load(&m->refs) > 2;
}

int mount_remove(const struct path *at, bool lazy)
{
	struct mount *m = at->mount;
	int err = 0;

	mutex_lock(&mount_lock);
	if (!is_mount_root(at) || !hlist_is_queued(&m->hash))
		err = -EINVAL;
	else if (!lazy && is_busy(m))
		err = -EBUSY;
	else
		detach_tree(m);
	mutex_unlock(&mount_lock);
	return err;
}

int mount_writable(const struct mount *m)
{
	return unlikely((READ_ONCE(m->flags) & MOUNT_RDONLY) ||
			m->super->readonly)
		       ? -EROFS
		       : 0;
}

static void show_options(const struct mount *m, struct strbuf *out)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} names[] = {
		{ MOUNT_NOSUID, ",nosuid" },
		{ MOUNT_NODEV, ",nodev" },
		{ MOUNT_NOEXEC, ",noexec" },
		{ MOUNT_NOATIME, ",noatime" },
		{ MOUNT_NODIRATIME, ",nodiratime" },
	};
	size_t i;

	strbuf_puts(out, mount_writable(m) ? "ro" : "rw");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (m->flags & names[i].flag)
			strbuf_puts(out, names[i].text);
	if (!(m->flags & MOUNT_NOATIME))
		strbuf_puts(out, ",relatime");
}

/* fstab(5): what would end a field is written as an octal number. */
static void put_field(struct strbuf *out, const char *s)
{
	for (; *s; s++)
		if (strchr(" \t\n\\#", *s))
			strbuf_printf(out, "\\%03o", *s);
		else
			strbuf_putc(out, *s);
	strbuf_putc(out, ' ');
}

static void show_line(struct mount *m, const char *point, struct strbuf *out)
{
	put_field(out, m->source);
	put_field(out, point);
	strbuf_printf(out, "%s ", m->super->type->name);
	show_options(m, out);
	if (m->super->ops->show)
		m->super->ops->show(m->super, out);
	strbuf_puts(out, " 0 0\n");
}

/* What a mount shows of its super, as a path inside that. */
static void put_root(struct strbuf *out, const struct mount *m)
{
	char *buf = path_buffer_alloc();
	struct mount whole = { .root = m->super->root, .super = m->super };
	struct path p = { &whole, m->root };
	char *name = buf ? path_name(&p, buf, PAGE_SIZE) : NULL;

	put_field(out, name ? name : "/");
	if (buf)
		path_copy_free(buf);
}

/* proc(5), mountinfo. */
static void show_info(struct mount *m, const char *point, struct strbuf *out)
{
	strbuf_printf(out, "%u %u %u:%u ", m->id,
		      m->parent ? m->parent->id : m->id, m->super->dev_major,
		      m->super->dev_minor);
	put_root(out, m);
	put_field(out, point);
	show_options(m, out);
	strbuf_printf(out, " - %s ", m->super->type->name);
	put_field(out, m->source);
	strbuf_puts(out, m->super->readonly ? "ro" : "rw");
	if (m->super->ops->show)
		m->super->ops->show(m->super, out);
	strbuf_putc(out, '\n');
}

/* Whether the walk up from m comes past that root. */
static bool is_seen_from(const struct mount *from, const struct path *root)
{
	const struct mount *m;
	const struct dentry *d;
	uint32_t seq;
	bool seen;

	rcu_read_lock();
	do {
		seq = seq_read_begin(&dentry_rename_seq);
		seen = false;
		for (m = from, d = m->root; m && !seen;
		     d = m->point, m = m->parent)
			seen = m == root->mount &&
			       dentry_is_below(d, root->dentry);
	} while (seq_read_retry(&dentry_rename_seq, seq));
	rcu_read_unlock();
	return seen;
}

void mount_show(struct strbuf *out, bool info)
{
	char *buf = kmalloc(PAGE_SIZE, 0);
	struct path root;
	struct mount *m;
	char *point;

	if (!buf)
		return;
	path_root(&root);
	mutex_lock(&mount_lock);
	for (m = root_mount; m && !out->overflow;
	     m = next_mount(m, root_mount)) {
		struct path p = { m, m->root };

		if (!is_seen_from(m, &root))
			continue;
		point = path_name(&p, buf, PAGE_SIZE);
		if (!point)
			continue;
		if (info)
			show_info(m, point, out);
		else
			show_line(m, point, out);
	}
	mutex_unlock(&mount_lock);
	path_put(&root);
	kfree(buf);
}
