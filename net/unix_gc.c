/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets can be sent over sockets, so a queue may hold the only reference to
 * a socket whose queue holds the only reference to the first.  Such rings have
 * no descriptor left and would stay for ever.
 *
 * For each socket we count the references to its file from queues.  One whose
 * file has others is alive, and so is what lies in the queue of one alive; the
 * queues of all others are emptied.  This runs when a socket is closed while
 * some socket is in flight; one lock keeps everything else out.
 */
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "net/unix_priv.h"
#include "sched/work.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define MOST_IN_FLIGHT 16384

/* Files are closed under it, which may want any lock. */
static struct mutex gc_lock = MUTEX(gc_lock, RANK_NONE);
static struct spinlock all_lock = SPINLOCK(RANK_PIPE - 1);
/* protected by all_lock: */
static struct list all = LIST_INIT(all);
static uint32_t in_flight;

static struct spinlock late_lock = SPINLOCK(RANK_PIPE - 1);
static struct socket_files *late; /* protected by late_lock */
static void put_late(struct work *w);
static struct work late_work = { .fn = put_late };

void unix_gc_add(struct unix_socket *u)
{
	spin_lock(&all_lock);
	list_add(&u->all_node, &all);
	spin_unlock(&all_lock);
}

void unix_gc_remove(struct unix_socket *u)
{
	spin_lock(&all_lock);
	list_del(&u->all_node);
	spin_unlock(&all_lock);
}

static void count(struct socket_files *files, int step)
{
	struct unix_socket *u;

	for (unsigned i = 0; i < files->count; i++) {
		if (!unix_family_of(files->file[i], &u))
			continue;
		u->in_flight += (uint32_t)step;
		in_flight += (uint32_t)step;
	}
}

int unix_gc_begin(void)
{
	spin_lock(&all_lock);
	if (likely(in_flight <= MOST_IN_FLIGHT))
		return 0;
	spin_unlock(&all_lock);
	return -ETOOMANYREFS;
}

void unix_gc_end(struct socket_files *flying)
{
	if (flying)
		count(flying, 1);
	spin_unlock(&all_lock);
}

void unix_gc_landed(struct socket_files *files)
{
	spin_lock(&all_lock);
	count(files, -1);
	spin_unlock(&all_lock);
}

/* Closing a socket may close what lay in its queue, and so on: in turn, by a
 * thread of the kernel, not one inside the other. */
static void put_late(struct work *w)
{
	struct socket_files *files, *next;

	spin_lock(&late_lock);
	files = late;
	late = NULL;
	spin_unlock(&late_lock);
	for (; files; files = next) {
		next = files->next;
		socket_files_put(files);
	}
}

void unix_gc_put_late(struct socket_files *files)
{
	unix_gc_landed(files);
	spin_lock(&late_lock);
	files->next = late;
	late = files;
	spin_unlock(&late_lock);
	work_queue(&late_work);
}

/* Marks what lies in u's queue; true: something new. */
static bool reach_queue(struct unix_socket *u)
{
	struct unix_packet *p;
	struct unix_socket *in;
	bool news = false;

	spin_lock(&u->lock);
	list_for_each (p, &u->queue, node) {
		for (unsigned i = 0; p->files && i < p->files->count; i++) {
			if (!unix_family_of(p->files->file[i], &in) ||
			    in->reached)
				continue;
			in->reached = news = true;
		}
	}
	spin_unlock(&u->lock);
	return news;
}

/* Those that wait to be accepted are their listener's. */
static bool reach_pending(struct unix_socket *l)
{
	struct unix_socket *end;
	bool news = false;

	spin_lock(&l->lock);
	list_for_each (end, &l->pending, pending_node) {
		news |= !end->reached;
		end->reached = true;
	}
	spin_unlock(&l->lock);
	return news;
}

static void mark_locked(void)
{
	struct unix_socket *u;
	bool news;

	list_for_each (u, &all, all_node) {
		struct file *f = u->base.file;

		u->reached = f && atomic32_load(&f->refs) > u->in_flight;
	}
	do {
		news = false;
		list_for_each (u, &all, all_node)
			if (u->reached)
				news |= reach_queue(u) + reach_pending(u) > 0;
	} while (news);
}

/* One that nobody reaches, its file referenced; NULL: there is none. */
static struct unix_socket *find_lost(void)
{
	struct unix_socket *u, *lost = NULL;

	spin_lock(&all_lock);
	mark_locked();
	list_for_each (u, &all, all_node) {
		if (u->reached || !u->in_flight || list_empty(&u->queue))
			continue;
		lost = u;
		file_get(u->base.file);
		break;
	}
	spin_unlock(&all_lock);
	return lost;
}

void unix_gc_run(void)
{
	struct unix_socket *u;

	if (!READ_ONCE(in_flight))
		return;
	/* Emptying a queue closes sockets: that comes here again. */
	if (!mutex_trylock(&gc_lock))
		return;
	while ((u = find_lost())) {
		struct file *f = u->base.file;

		(void)unix_drain(u);
		file_put(f);
	}
	mutex_unlock(&gc_lock);
}

#define ACCEPTS  0x10000u /* flag of a listener, as Linux shows it */
#define APART    1
#define TOGETHER 3

static void show_name(struct strbuf *sb, const struct unix_name *n)
{
	const char *s = n->addr.bytes + sizeof(n->addr.family);
	uint32_t len = n->addr.len - sizeof(n->addr.family);

	strbuf_putc(sb, ' ');
	if (*s)
		strbuf_puts(sb, s); /* a path ends where its NUL is */
	else
		for (uint32_t i = 0; i < len; i++)
			strbuf_putc(sb, s[i] ? s[i] : '@');
}

void unix_show(struct strbuf *sb)
{
	struct unix_socket *u;

	strbuf_puts(sb, "Num       RefCount Protocol Flags    Type St Inode "
			"Path\n");
	spin_lock(&all_lock);
	list_for_each (u, &all, all_node) {
		const struct unix_name *name = READ_ONCE(u->name);

		if (!u->base.file)
			continue; /* not accepted yet */
		strbuf_printf(sb, "%016x: %08X %08X %08X %04X %02X %5llu", 0,
			      atomic32_load(&u->refs) + 1, 0,
			      u->base.listening ? ACCEPTS : 0, u->base.type,
			      u->connected ? TOGETHER : APART,
			      (unsigned long long)u->base.file->inode->ino);
		if (name && name->addr.len > sizeof(name->addr.family))
			show_name(sb, name);
		strbuf_putc(sb, '\n');
	}
	spin_unlock(&all_lock);
}
