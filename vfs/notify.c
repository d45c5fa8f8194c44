/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches on inodes.
 *
 * An inode that was ever watched has a list, freed with it.  A watch is in its
 * inode's list, its super's and its instance's; whoever ends it takes it out
 * of all of them under the list's lock and drops their reference.  With the
 * last one the inode is let go, and then the super is told: an unmount waits
 * for that.
 */
#include "vfs/notify.h"

#include "lib/publish.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "sched/cred.h"
#include "sched/rcu.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/inotify.h"
#include "vfs/notify_priv.h"
#include "vfs/super.h"

struct watch_list {
	struct spinlock lock;
	/* protected by lock: */
	struct list watches;
	struct rcu_head rcu;
};

struct notify_user {
	struct list node;
	uint32_t uid, refs;
	unsigned long instances, watches;
};

struct atomic32 notify_count;

static struct atomic32 last_cookie;
static struct spinlock global_lock = SPINLOCK(RANK_NOTIFY);
/* protected by global_lock: */
static struct list users = LIST_INIT(users);

static struct waitq unmount_wait = WAITQ(unmount_wait);

/*
 * What a user has.
 */

static struct notify_user *find_user_locked(uint32_t uid)
{
	struct notify_user *u;

	list_for_each (u, &users, node)
		if (u->uid == uid)
			return u;
	return NULL;
}

struct notify_user *notify_user_get(void)
{
	struct notify_user *fresh = kzalloc(sizeof(*fresh), 0), *u;
	uint32_t uid = cred_current()->uid;

	if (!fresh)
		return NULL;
	spin_lock(&global_lock);
	u = find_user_locked(uid);
	if (!u) {
		u = fresh;
		fresh = NULL;
		u->uid = uid;
		list_add(&u->node, &users);
	}
	u->refs++;
	spin_unlock(&global_lock);
	kfree(fresh);
	return u;
}

void notify_user_put(struct notify_user *u)
{
	bool last;

	spin_lock(&global_lock);
	last = --u->refs == 0;
	if (last)
		list_del(&u->node);
	spin_unlock(&global_lock);
	if (last)
		kfree(u);
}

static bool charge(unsigned long *sum, int n, unsigned long limit)
{
	bool ok;

	spin_lock(&global_lock);
	ok = n < 0 || *sum < limit;
	if (ok)
		*sum += (unsigned long)n;
	spin_unlock(&global_lock);
	return ok;
}

bool notify_charge_instance(struct notify_user *u, int n, unsigned long limit)
{
	return charge(&u->instances, n, limit);
}

bool notify_charge_watch(struct notify_user *u, int n, unsigned long limit)
{
	return charge(&u->watches, n, limit);
}

/*
 * Life of watches.
 */

static struct watch_list *list_of(struct inode *ino)
{
	struct watch_list *l = READ_ONCE(ino->watches), *fresh;

	if (l)
		return l;
	fresh = kmalloc(sizeof(*fresh), 0);
	if (!fresh)
		return NULL;
	spin_init(&fresh->lock, RANK_NOTIFY_LIST);
	list_init(&fresh->watches);
	spin_lock(&global_lock);
	l = ino->watches;
	if (!l)
		publish(ino->watches, fresh);
	spin_unlock(&global_lock);
	if (!l)
		return fresh;
	kfree(fresh);
	return l;
}

static void free_list(struct rcu_head *h)
{
	kfree(container_of(h, struct watch_list, rcu));
}

/* Somebody may still look through its directory. */
void notify_free_list(struct watch_list *l)
{
	rcu_call(&l->rcu, free_list);
}

void notify_put(struct watch *w)
{
	struct super *sb = w->inode->super;

	if (!atomic32_dec_and_test(&w->refs))
		return;
	inode_put(w->inode);
	if (atomic32_dec_and_test(&sb->watch_count))
		waitq_wake_all(&unmount_wait);
	(void)!notify_charge_watch(w->instance->user, -1, 0);
	inotify_put(w->instance);
	kfree(w);
}

/* True: its lists' reference is the caller's now. */
static bool end_locked(struct watch *w)
{
	if (w->dead)
		return false;
	w->dead = true;
	list_del(&w->in_inode);
	inotify_forget_locked(w);
	spin_lock(&global_lock);
	list_del(&w->in_super);
	spin_unlock(&global_lock);
	atomic32_dec(&notify_count);
	return true;
}

void notify_end(struct watch *w)
{
	struct watch_list *l = w->inode->watches;
	bool ended;

	spin_lock(&l->lock);
	ended = end_locked(w);
	spin_unlock(&l->lock);
	if (ended)
		notify_put(w);
}

#define KEPT (IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT)

static struct watch *create(struct inotify *g, struct inode *ino, uint32_t mask)
{
	struct watch *w = kzalloc(sizeof(*w), 0);

	if (!w)
		return NULL;
	atomic32_store(&w->refs, 1);
	w->mask = mask & KEPT;
	w->instance = g;
	atomic32_inc(&g->refs);
	w->inode = inode_get(ino);
	atomic32_inc(&ino->super->watch_count);
	return w;
}

static struct watch *find_locked(struct watch_list *l, struct inotify *g)
{
	struct watch *w;

	list_for_each (w, &l->watches, in_inode)
		if (w->instance == g)
			return w;
	return NULL;
}

static int change_locked(struct watch *w, uint32_t mask)
{
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	w->mask = (mask & IN_MASK_ADD ? w->mask : 0) | (mask & KEPT);
	return w->wd;
}

/* The instance's own calls are serialised by nothing: two may come here with
 * the same inode, and the second finds the first one's watch. */
static int add_locked(struct watch_list *l, struct watch *w)
{
	int err = inotify_enter_locked(w);

	if (err)
		return err;
	list_add_tail(&w->in_inode, &l->watches);
	spin_lock(&global_lock);
	list_add_tail(&w->in_super, &w->inode->super->watches);
	spin_unlock(&global_lock);
	atomic32_inc(&notify_count);
	return w->wd;
}

int notify_add(struct inotify *g, struct inode *ino, uint32_t mask)
{
	struct watch_list *l = list_of(ino);
	struct watch *fresh = NULL, *old;
	bool charged;
	int wd;

	if (!l)
		return -ENOMEM;
	charged = notify_charge_watch(g->user, 1, inotify_max_watches);
	if (charged)
		fresh = create(g, ino, mask);
	spin_lock(&l->lock);
	old = find_locked(l, g);
	if (old)
		wd = change_locked(old, mask);
	else if (!charged)
		wd = -ENOSPC;
	else
		wd = fresh ? add_locked(l, fresh) : -ENOMEM;
	spin_unlock(&l->lock);
	if (fresh && (old || wd < 0))
		notify_put(fresh);
	else if (charged && !fresh)
		(void)!notify_charge_watch(g->user, -1, 0);
	return wd;
}

/*
 * Telling.
 */

/* Watches that have told once and for all go to `over`. */
static void send_locked(struct watch_list *l, const struct notify_event *e,
			struct list *over)
{
	struct watch *w, *tmp;

	list_for_each_safe (w, tmp, &l->watches, in_inode) {
		if (!(w->mask & e->mask & IN_ALL_EVENTS))
			continue;
		if (e->unlinked && (w->mask & IN_EXCL_UNLINK))
			continue;
		inotify_queue(w->instance, w->wd, e);
		if ((w->mask & IN_ONESHOT) && end_locked(w))
			list_add_tail(&w->in_inode, over);
	}
}

static void send(struct watch_list *l, const struct notify_event *e)
{
	struct list over = LIST_INIT(over);
	struct watch *w, *tmp;

	if (!l)
		return;
	spin_lock(&l->lock);
	send_locked(l, e, &over);
	spin_unlock(&l->lock);
	list_for_each_safe (w, tmp, &over, in_inode)
		notify_put(w);
}

static uint32_t kind_of(const struct inode *ino)
{
	return S_ISDIR(ino->mode) ? IN_ISDIR : 0;
}

void notify_inode_slow(struct inode *ino, uint32_t mask)
{
	struct notify_event e = { .mask = mask };

	/* Linux has always left the kind out of these two. */
	if (!(mask & (IN_DELETE_SELF | IN_MOVE_SELF)))
		e.mask |= kind_of(ino);
	send(READ_ONCE(ino->watches), &e);
}

/* To who watches the directory d is in.  Its name may change meanwhile. */
static void tell_parent(struct dentry *d, struct notify_event *e)
{
	const struct dentry_name *n;
	struct dentry *parent;
	char name[256];
	bool tell;

	rcu_read_lock();
	parent = READ_ONCE(d->parent);
	tell = parent != d && READ_ONCE(parent->inode->watches) &&
	       atomic32_inc_not_zero(&parent->refs);
	if (tell) {
		n = READ_ONCE(d->name);
		e->len = n->len;
		memcpy(name, n->text, n->len);
	}
	rcu_read_unlock();
	if (!tell)
		return;
	e->name = name;
	send(parent->inode->watches, e);
	e->name = NULL;
	dentry_put(parent);
}

void notify_dentry_slow(struct dentry *d, uint32_t mask)
{
	struct notify_event e = { .mask = mask | kind_of(d->inode) };

	tell_parent(d, &e);
	send(READ_ONCE(d->inode->watches), &e);
}

void notify_file_slow(struct file *f, uint32_t mask)
{
	struct notify_event e = { .mask = mask | kind_of(f->inode) };

	if (f->mode & FMODE_PATH)
		return;
	e.unlinked = !dentry_is_live(f->path.dentry);
	tell_parent(f->path.dentry, &e);
	send(READ_ONCE(f->inode->watches), &e);
}

void notify_entry_slow(struct inode *dir, const struct dentry *d, uint32_t mask)
{
	struct notify_event e = {
		.mask = mask | kind_of(d->inode),
		.name = d->name->text,
		.len = d->name->len,
	};

	send(READ_ONCE(dir->watches), &e);
}

void notify_move_begin(struct notify_move *m, const struct dentry *d)
{
	m->wanted = notify_wanted();
	if (!m->wanted)
		return;
	m->len = d->name->len;
	memcpy(m->name, d->name->text, m->len);
}

void notify_move_end(const struct notify_move *m, const struct dentry *d,
		     struct inode *from, struct inode *to)
{
	struct notify_event e = {
		.mask = IN_MOVED_FROM | kind_of(d->inode),
		.name = m->name,
		.len = m->len,
	};

	if (!m->wanted)
		return;
	e.cookie = atomic32_add_return(&last_cookie, 1);
	send(READ_ONCE(from->watches), &e);
	e.mask = IN_MOVED_TO | kind_of(d->inode);
	e.name = d->name->text;
	e.len = d->name->len;
	send(READ_ONCE(to->watches), &e);
}

/* Ends all of them after one last event. */
void notify_gone_slow(struct inode *ino)
{
	struct watch_list *l = READ_ONCE(ino->watches);
	struct list over = LIST_INIT(over);
	struct watch *w, *tmp;

	if (!l)
		return;
	notify_inode_slow(ino, IN_DELETE_SELF);
	spin_lock(&l->lock);
	list_for_each_safe (w, tmp, &l->watches, in_inode)
		if (end_locked(w))
			list_add_tail(&w->in_inode, &over);
	spin_unlock(&l->lock);
	list_for_each_safe (w, tmp, &over, in_inode)
		notify_put(w);
}

/* The first watch of the super, referenced; NULL: there is none. */
static struct watch *next_of(struct super *sb)
{
	struct watch *w;

	spin_lock(&global_lock);
	w = list_first_or_null(&sb->watches, struct watch, in_super);
	if (w)
		atomic32_inc(&w->refs);
	spin_unlock(&global_lock);
	return w;
}

void notify_unmount(struct super *sb)
{
	static const struct notify_event unmounted = { .mask = IN_UNMOUNT };
	struct watch *w;

	while ((w = next_of(sb))) {
		inotify_queue(w->instance, w->wd, &unmounted);
		notify_end(w);
		notify_put(w);
	}
	waitq_wait(&unmount_wait, atomic32_load(&sb->watch_count) == 0);
}
