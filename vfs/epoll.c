/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll(7).  Three locks, outermost first:
 *
 *   watch_lock      who watches what: every change of a set, the loop check,
 *                   and f->watches; so a file that goes finds all its watches
 *   epoll.lock      its items, held while their files are asked.  An epoll that
 *                   watches another asks it under its own lock, so this one has
 *                   no rank: the loop check keeps such chains free of cycles
 *   epoll.ready_lock  the ready list; taken in callbacks, in any context
 *
 * A file whose last reference went is held up in epoll_forget until nobody
 * asks it any more; items therefore hold no reference.
 */
#include "vfs/epoll.h"

#include "arch/abi.h"
#include "lib/list.h"
#include "lib/rbtree.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "mm/slab.h"
#include "sched/mutex.h"
#include "vfs/file.h"
#include "vfs/poll.h"

#define PRIVATE    (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)
#define ALWAYS     (POLLERR | POLLHUP)
#define NEST_MAX   5 /* epolls in a chain, both ends counted */
#define WAKE_READY (POLLIN | POLLRDNORM)

struct epoll {
	struct mutex lock;
	/* protected by lock: */
	struct rb_root items; /* by file and descriptor */

	struct spinlock ready_lock;
	/* protected by ready_lock: */
	struct list ready;
	uint32_t ready_count;

	struct waitq wait; /* epoll_wait and who polls the epoll itself */
	struct file *file; /* constant */
	/* protected by watch_lock: */
	uint32_t visit;
};

struct hook {
	struct wait_entry entry;
	struct waitq *queue; /* NULL: not in use */
	struct epoll_item *item;
	struct hook *next;
};

struct epoll_item {
	struct rb_node node;
	struct epoll *ep;
	struct file *file;
	int fd;
	/* protected by ep->lock: */
	uint32_t events; /* with ALWAYS; only PRIVATE bits: disarmed */
	uint64_t data;
	struct hook hook; /* nearly always the only one */
	int err;

	struct list ready_node; /* protected by ep->ready_lock */
	bool queued;
	/* protected by watch_lock: */
	struct epoll_item *next_watch; /* of the same file */
};

/* While an item is added. */
struct hooker {
	struct poll_table table;
	struct epoll_item *item;
};

static struct mutex watch_lock = MUTEX(watch_lock, RANK_EPOLL);
static uint32_t visit_now; /* protected by watch_lock */
static struct slab epoll_slab = SLAB("epoll", struct epoll);
static struct slab item_slab = SLAB("epoll_item", struct epoll_item);
static struct slab hook_slab = SLAB("epoll_hook", struct hook);
static const struct file_ops epoll_ops;

static bool is_disarmed(const struct epoll_item *it)
{
	return !(READ_ONCE(it->events) & ~PRIVATE);
}

static void push_ready(struct epoll *ep, struct epoll_item *it)
{
	unsigned long flags = spin_lock_irqsave(&ep->ready_lock);

	if (!it->queued) {
		it->queued = true;
		list_add_tail(&it->ready_node, &ep->ready);
		ep->ready_count++;
	}
	spin_unlock_irqrestore(&ep->ready_lock, flags);
}

static void drop_ready(struct epoll *ep, struct epoll_item *it)
{
	unsigned long flags = spin_lock_irqsave(&ep->ready_lock);

	if (it->queued) {
		it->queued = false;
		list_del(&it->ready_node);
		ep->ready_count--;
	}
	spin_unlock_irqrestore(&ep->ready_lock, flags);
}

static struct epoll_item *pop_ready(struct epoll *ep)
{
	unsigned long flags = spin_lock_irqsave(&ep->ready_lock);
	struct epoll_item *it;

	it = list_first_or_null(&ep->ready, struct epoll_item, ready_node);
	if (it) {
		it->queued = false;
		list_del(&it->ready_node);
		ep->ready_count--;
	}
	spin_unlock_irqrestore(&ep->ready_lock, flags);
	return it;
}

static void tell_waiter(struct epoll *ep)
{
	waitq_wake_key(&ep->wait, 1, WAKE_READY);
}

/* In the watched file's wait queue, under its lock. */
static bool on_wake(struct wait_entry *e, uint32_t key)
{
	struct epoll_item *it = container_of(e, struct hook, entry)->item;
	struct epoll *ep = it->ep;
	bool somebody;

	if (is_disarmed(it))
		return false;
	push_ready(ep, it);
	somebody = waitq_active(&ep->wait);
	if (somebody)
		tell_waiter(ep);
	return somebody;
}

static void add_hook(struct poll_table *pt, struct waitq *q)
{
	struct epoll_item *it = container_of(pt, struct hooker, table)->item;
	struct hook *h = &it->hook;

	if (h->queue) {
		h = slab_alloc(&hook_slab, 0);
		if (!h) {
			it->err = -ENOMEM;
			return;
		}
		h->next = it->hook.next;
		it->hook.next = h;
	}
	h->entry = (struct wait_entry){
		.wake = on_wake,
		.keys = pt->keys,
		.exclusive = it->events & EPOLLEXCLUSIVE,
	};
	h->item = it;
	h->queue = q;
	waitq_add(q, &h->entry);
}

static void remove_hooks(struct epoll_item *it)
{
	struct hook *h = &it->hook, *next;

	if (h->queue)
		waitq_remove(h->queue, &h->entry);
	for (h = h->next; h; h = next) {
		next = h->next;
		waitq_remove(h->queue, &h->entry);
		slab_free(&hook_slab, h);
	}
}

/* What holds now of what is wanted. */
static uint32_t ask(const struct epoll_item *it, struct poll_table *pt)
{
	return it->file->ops->poll(it->file, pt) & it->events;
}

static int compare(const struct epoll_item *it, const struct file *f, int fd)
{
	if (it->file != f)
		return f < it->file ? -1 : 1;
	return fd < it->fd ? -1 : fd > it->fd;
}

static struct epoll_item *find_locked(struct epoll *ep, const struct file *f,
				      int fd)
{
	struct rb_node *n = ep->items.node;

	while (n) {
		struct epoll_item *it = rb_entry(n, struct epoll_item, node);
		int order = compare(it, f, fd);

		if (!order)
			return it;
		n = order < 0 ? n->left : n->right;
	}
	return NULL;
}

static void insert_locked(struct epoll *ep, struct epoll_item *new)
{
	struct rb_node **link = &ep->items.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = compare(rb_entry(parent, struct epoll_item, node),
			       new->file, new->fd) < 0
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&ep->items, &new->node, parent, link);
}

/* From everywhere; both locks held. */
static void remove_item(struct epoll_item *it)
{
	struct epoll_item **link = &it->file->watches;

	remove_hooks(it);
	drop_ready(it->ep, it);
	while (*link != it)
		link = &(*link)->next_watch;
	WRITE_ONCE(*link, it->next_watch);
	rb_erase(&it->ep->items, &it->node);
	slab_free(&item_slab, it);
}

/*
 * Chains of epolls: watch_lock held.
 */

/* Epolls in the longest chain from ep downwards; NEST_MAX + 1 also when
 * `forbidden` is among them. */
static unsigned depth_below(struct epoll *ep, const struct epoll *forbidden,
			    unsigned room)
{
	struct epoll_item *it;
	unsigned deepest = 0;

	if (ep == forbidden || !room)
		return NEST_MAX + 1;
	/* Seen in this check and found harmless: a wide mesh ends. */
	if (ep->visit == visit_now)
		return 1;
	rb_for_each (it, &ep->items, node)
		if (epoll_is(it->file))
			deepest =
				MAX(deepest, depth_below(it->file->priv,
							 forbidden, room - 1));
	ep->visit = visit_now;
	return deepest + 1;
}

static unsigned depth_above(const struct epoll *ep, unsigned room)
{
	const struct epoll_item *it = ep->file->watches;
	unsigned highest = 0;

	for (; it && room; it = it->next_watch)
		highest = MAX(highest, depth_above(it->ep, room - 1));
	return highest + 1;
}

static int check_chain(struct epoll *ep, struct file *f)
{
	unsigned below;

	if (!epoll_is(f))
		return 0;
	visit_now++;
	below = depth_below(f->priv, ep, NEST_MAX);
	if (below + depth_above(ep, NEST_MAX) > NEST_MAX)
		return -ELOOP;
	return 0;
}

/*
 * Changing a set.
 */

static int add_locked(struct epoll *ep, struct file *f, int fd,
		      const struct abi_epoll_event *ev)
{
	struct hooker h = { .table = { .queue = add_hook } };
	struct epoll_item *it = slab_alloc(&item_slab, ALLOC_ZERO);
	int err;

	if (!it)
		return -ENOMEM;
	it->ep = ep;
	it->file = f;
	it->fd = fd;
	it->events = ev->events | ALWAYS;
	it->data = ev->data;
	insert_locked(ep, it);
	it->next_watch = f->watches;
	WRITE_ONCE(f->watches, it);
	h.item = it;
	h.table.keys = it->events;
	if (ask(it, &h.table))
		push_ready(ep, it);
	err = it->err;
	if (err)
		remove_item(it);
	return err;
}

static int modify_locked(struct epoll *ep, struct epoll_item *it,
			 const struct abi_epoll_event *ev)
{
	struct hook *h;

	if ((it->events | ev->events) & EPOLLEXCLUSIVE)
		return -EINVAL;
	WRITE_ONCE(it->events, ev->events | ALWAYS);
	it->data = ev->data;
	for (h = &it->hook; h; h = h->next)
		WRITE_ONCE(h->entry.keys, ev->events | ALWAYS);
	smp_mb(); /* a waker that saw the old mask comes before the question */
	if (ask(it, NULL))
		push_ready(ep, it);
	return 0;
}

static int change_locked(struct epoll *ep, int op, struct file *f, int fd,
			 const struct abi_epoll_event *ev)
{
	struct epoll_item *it = find_locked(ep, f, fd);

	if (op == EPOLL_CTL_ADD)
		return it ? -EEXIST : add_locked(ep, f, fd, ev);
	if (!it)
		return -ENOENT;
	if (op == EPOLL_CTL_MOD)
		return modify_locked(ep, it, ev);
	remove_item(it);
	return 0;
}

static int check_ctl(struct file *ep, int op, struct file *f,
		     const struct abi_epoll_event *ev)
{
	const uint32_t with_exclusive = EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLET |
					ALWAYS | POLLIN | POLLOUT;

	if (!f->ops->poll)
		return -EPERM;
	if (f == ep || !epoll_is(ep))
		return -EINVAL;
	if (op == EPOLL_CTL_DEL)
		return 0;
	if ((ev->events & EPOLLEXCLUSIVE) &&
	    (op != EPOLL_CTL_ADD || epoll_is(f) ||
	     (ev->events & ~with_exclusive)))
		return -EINVAL;
	return op == EPOLL_CTL_ADD || op == EPOLL_CTL_MOD ? 0 : -EINVAL;
}

int epoll_ctl(struct file *ep_file, int op, struct file *f, int fd,
	      const struct abi_epoll_event *ev)
{
	struct epoll *ep = ep_file->priv;
	int err = check_ctl(ep_file, op, f, ev);
	bool wake = false;

	if (err)
		return err;
	mutex_lock(&watch_lock);
	if (op == EPOLL_CTL_ADD)
		err = check_chain(ep, f);
	if (!err) {
		mutex_lock(&ep->lock);
		err = change_locked(ep, op, f, fd, ev);
		wake = ep->ready_count;
		mutex_unlock(&ep->lock);
	}
	mutex_unlock(&watch_lock);
	if (wake)
		tell_waiter(ep);
	return err;
}

void epoll_forget(struct file *f)
{
	struct epoll_item *it;

	mutex_lock(&watch_lock);
	while ((it = f->watches)) {
		struct epoll *ep = it->ep;

		mutex_lock(&ep->lock);
		remove_item(it);
		mutex_unlock(&ep->lock);
	}
	mutex_unlock(&watch_lock);
}

/*
 * Waiting.
 */

/* One item off the ready list is asked; true: *out was filled. */
static bool report(struct epoll *ep, struct epoll_item *it,
		   struct abi_epoll_event *out)
{
	uint32_t events;

	if (is_disarmed(it))
		return false;
	events = ask(it, NULL);
	if (!events)
		return false;
	*out = (struct abi_epoll_event){ .events = events, .data = it->data };
	if (it->events & EPOLLONESHOT)
		WRITE_ONCE(it->events, it->events & PRIVATE);
	else if (!(it->events & EPOLLET))
		push_ready(ep, it);
	return true;
}

static unsigned harvest(struct epoll *ep, struct abi_epoll_event *out,
			unsigned max)
{
	struct epoll_item *it;
	unsigned n = 0;
	uint32_t left;

	if (!READ_ONCE(ep->ready_count))
		return 0;
	mutex_lock(&ep->lock);
	/* Those that go to the end again are not asked twice. */
	left = READ_ONCE(ep->ready_count);
	for (; left && n < max && (it = pop_ready(ep)); left--)
		n += report(ep, it, &out[n]);
	mutex_unlock(&ep->lock);
	return n;
}

static long sleep_for(struct epoll *ep, nsec_t deadline)
{
	struct wait_entry e = { .keys = WAKE_READY, .exclusive = true };
	long err = 0;

	while (!READ_ONCE(ep->ready_count) && !err) {
		waitq_prepare(&ep->wait, &e, THREAD_SLEEPING);
		if (READ_ONCE(ep->ready_count))
			break;
		err = waitq_sleep(THREAD_SLEEPING, deadline);
	}
	waitq_finish(&ep->wait, &e);
	return err;
}

long epoll_wait(struct file *f, struct abi_epoll_event *out, unsigned max,
		nsec_t deadline)
{
	struct epoll *ep = f->priv;
	long err = 0;
	unsigned n;

	for (;;) {
		n = harvest(ep, out, max);
		if (n || err || !deadline)
			break;
		err = sleep_for(ep, deadline);
	}
	/* Who was woken for all takes its share and passes the word on. */
	if (READ_ONCE(ep->ready_count) && waitq_active(&ep->wait))
		tell_waiter(ep);
	if (n)
		return n;
	return err == -ERESTARTSYS ? -EINTR : err == -ETIMEDOUT ? 0 : err;
}

void epoll_untold(struct file *f)
{
	struct epoll *ep = f->priv;
	struct epoll_item *it;

	mutex_lock(&ep->lock);
	rb_for_each (it, &ep->items, node)
		push_ready(ep, it);
	mutex_unlock(&ep->lock);
}

/* Ready if one of the list really is; those that are not leave it. */
static unsigned epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->priv;
	struct epoll_item *it;
	uint32_t left;
	bool ready = false;

	poll_wait(pt, &ep->wait);
	if (!READ_ONCE(ep->ready_count))
		return 0;
	mutex_lock(&ep->lock);
	left = READ_ONCE(ep->ready_count);
	for (; left && !ready && (it = pop_ready(ep)); left--) {
		ready = !is_disarmed(it) && ask(it, NULL);
		if (ready)
			push_ready(ep, it);
	}
	mutex_unlock(&ep->lock);
	return ready ? WAKE_READY : 0;
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->priv;
	struct rb_node *n;

	mutex_lock(&watch_lock);
	mutex_lock(&ep->lock);
	while ((n = rb_first(&ep->items)))
		remove_item(rb_entry(n, struct epoll_item, node));
	mutex_unlock(&ep->lock);
	mutex_unlock(&watch_lock);
	slab_free(&epoll_slab, ep);
}

static const struct file_ops epoll_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
};

bool epoll_is(const struct file *f)
{
	return f->ops == &epoll_ops;
}

int epoll_create(struct file **out)
{
	struct epoll *ep = slab_alloc(&epoll_slab, ALLOC_ZERO);
	int err;

	if (!ep)
		return -ENOMEM;
	mutex_init(&ep->lock, RANK_NONE);
	spin_init(&ep->ready_lock, RANK_EPOLL_READY);
	list_init(&ep->ready);
	waitq_init(&ep->wait);
	/* Woken from other queues' callbacks, chains of them included. */
	ep->wait.lock.rank = RANK_NONE;
	err = file_open_anon("[eventpoll]", &epoll_ops, ep, O_RDWR, out);
	if (err)
		slab_free(&epoll_slab, ep);
	else
		ep->file = *out;
	return err;
}
