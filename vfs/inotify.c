/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An inotify instance: its queue of events and its watches by number.
 *
 * Events are made under the locks of what happened, so memory for them must
 * be there at once; where it is not, or the queue is full, one event that was
 * made beforehand says that some are missing.  An event like the last one in
 * the queue is not added.
 */
#include "vfs/inotify.h"

#include "arch/abi.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "mm/kmalloc.h"
#include "vfs/file.h"
#include "vfs/notify_priv.h"
#include "vfs/poll.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

struct event {
	struct list node;
	struct inotify_event head; /* len: as the reader sees it */
	char name[];               /* padded with zeroes */
};

unsigned long inotify_max_events = 16384, inotify_max_instances = 128,
	      inotify_max_watches = 65536;

static const struct file_ops inotify_ops;

/*
 * The queue.
 */

static struct event *make(int wd, const struct notify_event *n)
{
	size_t len = n->name ? ALIGN_UP(n->len + 1, INOTIFY_NAME_ALIGN) : 0;
	struct event *e = kzalloc(sizeof(*e) + len, ALLOC_ATOMIC);

	if (!e)
		return NULL;
	e->head.wd = wd;
	e->head.mask = n->mask;
	e->head.cookie = n->cookie;
	e->head.len = len;
	if (len)
		memcpy(e->name, n->name, n->len);
	return e;
}

/* Cookies may differ, as on Linux. */
static bool like_last(const struct inotify *g, const struct event *e)
{
	const struct event *last;

	if (list_empty(&g->events))
		return false;
	last = list_last_entry(&g->events, struct event, node);
	return last->head.wd == e->head.wd && last->head.mask == e->head.mask &&
	       last->head.len == e->head.len &&
	       !(last->head.mask & IN_IGNORED) &&
	       !memcmp(last->name, e->name, e->head.len);
}

static void add_locked(struct inotify *g, struct event *e)
{
	list_add_tail(&e->node, &g->events);
	g->count++;
}

void inotify_queue(struct inotify *g, int wd, const struct notify_event *n)
{
	struct event *e = make(wd, n);
	bool added = true;

	spin_lock(&g->lock);
	if (!e || g->count >= inotify_max_events) {
		added = list_empty(&g->overflow->node);
		if (added)
			add_locked(g, g->overflow);
		kfree(e);
	} else if (like_last(g, e)) {
		added = false;
		kfree(e);
	} else {
		add_locked(g, e);
	}
	spin_unlock(&g->lock);
	if (added)
		waitq_wake_key(&g->wait, ~0u, POLLIN | POLLRDNORM);
}

static bool has_events(const struct inotify *g)
{
	return !list_empty(&g->events);
}

static void free_event(struct inotify *g, struct event *e)
{
	if (e != g->overflow)
		kfree(e);
}

/*
 * Life.
 */

void inotify_put(struct inotify *g)
{
	struct event *e, *tmp;

	if (!atomic32_dec_and_test(&g->refs))
		return;
	list_for_each_safe (e, tmp, &g->events, node)
		free_event(g, e);
	kfree(g->overflow);
	(void)!notify_charge_instance(g->user, -1, 0);
	notify_user_put(g->user);
	kfree(g);
}

/* The watch with the lowest number from `wd` on, referenced; NULL. */
static struct watch *find(struct inotify *g, int wd, bool exact)
{
	struct watch *best = NULL;
	struct rb_node *n;

	spin_lock(&g->lock);
	n = g->watches.node;
	while (n) {
		struct watch *w = rb_entry(n, struct watch, in_instance);

		if (wd <= w->wd)
			best = w;
		n = wd <= w->wd ? n->left : n->right;
	}
	if (best && exact && best->wd != wd)
		best = NULL;
	if (best)
		atomic32_inc(&best->refs);
	spin_unlock(&g->lock);
	return best;
}

static void insert_locked(struct inotify *g, struct watch *w)
{
	struct rb_node **link = &g->watches.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = w->wd < rb_entry(parent, struct watch, in_instance)->wd
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&g->watches, &w->in_instance, parent, link);
}

int inotify_enter_locked(struct watch *w)
{
	struct inotify *g = w->instance;
	int err = 0;

	spin_lock(&g->lock);
	if (g->last_wd == INT32_MAX) {
		err = -ENOSPC;
	} else {
		w->wd = ++g->last_wd;
		insert_locked(g, w);
	}
	spin_unlock(&g->lock);
	return err;
}

void inotify_forget_locked(struct watch *w)
{
	static const struct notify_event ignored = { .mask = IN_IGNORED };

	inotify_queue(w->instance, w->wd, &ignored);
	spin_lock(&w->instance->lock);
	rb_erase(&w->instance->watches, &w->in_instance);
	spin_unlock(&w->instance->lock);
}

static void release(struct file *f)
{
	struct inotify *g = f->priv;
	struct watch *w;

	while ((w = find(g, 1, false))) {
		notify_end(w);
		notify_put(w);
	}
	inotify_put(g);
}

/*
 * Reading.
 */

/* The next event if it fits: 1; 0: none; -EINVAL. */
static int take(struct inotify *g, size_t room, struct event **out)
{
	struct event *e;
	int found = 0;

	spin_lock(&g->lock);
	if (!list_empty(&g->events)) {
		e = list_first_entry(&g->events, struct event, node);
		found = sizeof(e->head) + e->head.len <= room ? 1 : -EINVAL;
		if (found > 0) {
			list_del(&e->node);
			g->count--;
			*out = e;
		}
	}
	spin_unlock(&g->lock);
	return found;
}

static int copy_one(struct iter *to, const struct event *e)
{
	if (iter_copy_to(to, &e->head, sizeof(e->head)) != sizeof(e->head))
		return -EFAULT;
	if (e->head.len &&
	    iter_copy_to(to, e->name, e->head.len) != e->head.len)
		return -EFAULT;
	return 0;
}

/* As many as fit; bytes, or -errno where there was not one. */
static ssize_t read_some(struct inotify *g, struct iter *to)
{
	size_t wanted = to->count;
	struct event *e;
	int err;

	while ((err = take(g, to->count, &e)) > 0) {
		err = copy_one(to, e);
		free_event(g, e);
		if (err)
			return err;
	}
	return to->count < wanted ? (ssize_t)(wanted - to->count) : err;
}

static ssize_t inotify_read(struct file *f, struct iter *to, off_t *pos)
{
	struct inotify *g = f->priv;
	ssize_t n;
	int err;

	while ((n = read_some(g, to)) == 0) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(&g->wait, has_events(g));
		if (err)
			return err;
	}
	return n;
}

static unsigned inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify *g = f->priv;

	poll_wait(pt, &g->wait);
	return has_events(g) ? POLLIN | POLLRDNORM : 0;
}

static long inotify_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	struct inotify *g = f->priv;
	struct event *e;
	uint32_t n = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	spin_lock(&g->lock);
	list_for_each (e, &g->events, node)
		n += sizeof(e->head) + e->head.len;
	spin_unlock(&g->lock);
	return arch_put_user32(arg, n);
}

static const struct file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = release,
};

/*
 * Calls.
 */

static struct inotify *create_instance(void)
{
	struct inotify *g = kzalloc(sizeof(*g), 0);

	if (!g)
		return NULL;
	g->overflow = kzalloc(sizeof(*g->overflow), 0);
	g->user = g->overflow ? notify_user_get() : NULL;
	if (!g->user) {
		kfree(g->overflow);
		kfree(g);
		return NULL;
	}
	g->overflow->head.wd = -1;
	g->overflow->head.mask = IN_Q_OVERFLOW;
	list_init(&g->overflow->node);
	atomic32_store(&g->refs, 1);
	spin_init(&g->lock, RANK_NOTIFY_QUEUE);
	list_init(&g->events);
	waitq_init(&g->wait);
	return g;
}

int inotify_create(uint32_t flags, struct file **out)
{
	struct inotify *g = create_instance();
	int err;

	if (!g)
		return -ENOMEM;
	if (!notify_charge_instance(g->user, 1, inotify_max_instances)) {
		notify_user_put(g->user);
		kfree(g->overflow);
		kfree(g);
		return -EMFILE;
	}
	/* The colon: it is shown as it is. */
	err = file_open_anon("anon_inode:inotify", &inotify_ops, g, flags, out);
	if (err)
		inotify_put(g);
	return err;
}

bool inotify_is(const struct file *f)
{
	return f->ops == &inotify_ops;
}

int inotify_add(struct file *f, struct inode *ino, uint32_t mask)
{
	return notify_add(f->priv, ino, mask);
}

int inotify_remove(struct file *f, int wd)
{
	struct watch *w = find(f->priv, wd, true);

	if (!w)
		return -EINVAL;
	notify_end(w);
	notify_put(w);
	return 0;
}
