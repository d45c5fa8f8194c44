/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AF_UNIX sockets (unix(7)): names, connections, states.
 *
 * The table of names finds sockets by the inode of their path or by the bytes
 * of their abstract name; it is protected by names_lock.  A connection is a
 * pair of sockets that point to each other; the pointers go when each one's
 * file does, and what the other notices is in its shut bits.
 */
#include "lib/fmt.h"
#include "lib/hash.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "net/unix_priv.h"
#include "vfs/dir.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/poll.h"

#define BUCKETS     64u
#define FAMILY_LEN  ((uint32_t)sizeof(uint16_t))
#define DGRAM_QUEUE 10
#define AUTO_NAMES  0x100000u

static struct slab unix_slab = SLAB("unix_socket", struct unix_socket);
static const struct socket_ops unix_ops;

static struct spinlock names_lock = SPINLOCK(RANK_PIPE - 1);
/* protected by names_lock: */
static struct list names[BUCKETS];
static uint32_t next_auto;

static struct spinlock senders_lock = SPINLOCK(RANK_PIPE + 1);

void unix_name_put(struct unix_name *n)
{
	if (n && atomic32_dec_and_test(&n->refs))
		kfree(n);
}

void unix_put_last(struct unix_socket *u)
{
	unix_name_put(u->name);
	slab_free(&unix_slab, u);
}

struct unix_socket *unix_peer(struct unix_socket *u)
{
	struct unix_socket *peer;

	spin_lock(&u->lock);
	peer = u->peer ? unix_get(u->peer) : NULL;
	spin_unlock(&u->lock);
	return peer;
}

bool unix_family_of(const struct file *f, struct unix_socket **out)
{
	struct socket *s = socket_of(f);

	if (!s || s->family != AF_UNIX)
		return false;
	*out = unix_of(s);
	return true;
}

static struct unix_socket *create(int type)
{
	struct unix_socket *u = slab_alloc(&unix_slab, ALLOC_ZERO);

	if (!u)
		return NULL;
	socket_init(&u->base, &unix_ops, AF_UNIX, type, 0);
	atomic32_store(&u->refs, 1);
	spin_init(&u->lock, RANK_PIPE);
	mutex_init(&u->recv_lock, RANK_FILE_POS);
	list_init(&u->queue);
	list_init(&u->pending);
	list_init(&u->pending_node);
	list_init(&u->bound_node);
	list_init(&u->sender_node);
	list_init(&u->senders);
	u->backlog = DGRAM_QUEUE;
	unix_gc_add(u);
	return u;
}

static int unix_create(int type, int protocol, struct socket **out)
{
	struct unix_socket *u;

	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	u = create(type);
	if (!u)
		return -ENOMEM;
	*out = &u->base;
	return 0;
}

const struct socket_family family_unix = {
	.family = AF_UNIX,
	.create = unix_create,
};

/*
 * Names.
 */

static struct list *bucket(uint32_t hash)
{
	struct list *b = &names[hash % BUCKETS];

	if (!b->next)
		list_init(b);
	return b;
}

static bool is_abstract(const struct socket_addr *a)
{
	return !a->bytes[FAMILY_LEN];
}

static uint32_t hash_of(const struct inode *ino, const struct socket_addr *a)
{
	return ino ? hash_ptr(ino, 0) : hash_bytes(a->bytes, a->len, 0);
}

static bool is_called(const struct unix_socket *u, const struct inode *ino,
		      const struct socket_addr *a)
{
	const struct socket_addr *own = &u->name->addr;

	if (ino)
		return u->path.dentry && u->path.dentry->inode == ino;
	return !u->path.dentry && own->len == a->len &&
	       memcmp(own->bytes, a->bytes, a->len) == 0;
}

static struct unix_socket *find_locked(const struct inode *ino,
				       const struct socket_addr *a)
{
	struct unix_socket *u;

	list_for_each (u, bucket(hash_of(ino, a)), bound_node)
		if (is_called(u, ino, a))
			return u;
	return NULL;
}

/* A path with an end; sun_path need not have one. */
static const char *path_of(const struct socket_addr *a)
{
	return a->bytes + FAMILY_LEN; /* len < sizeof(bytes), ended by caller */
}

static int check_addr(const struct socket_addr *a)
{
	if (a->len <= FAMILY_LEN || a->len > sizeof(struct sockaddr_un) ||
	    a->family != AF_UNIX)
		return -EINVAL;
	return 0;
}

static int find_path(const struct socket_addr *a, struct path *out)
{
	int err = path_lookup(AT_FDCWD, path_of(a), PATH_FOLLOW, out);

	if (err)
		return err;
	err = inode_permission(out->dentry->inode, MAY_WRITE);
	if (!err && !S_ISSOCK(out->dentry->inode->mode))
		err = -ECONNREFUSED;
	if (err)
		path_put(out);
	return err;
}

int unix_find(const struct socket_addr *a, int type, struct unix_socket **out)
{
	struct unix_socket *u;
	struct path p = { NULL, NULL };
	int err = check_addr(a);

	if (!err && !is_abstract(a))
		err = find_path(a, &p);
	if (err)
		return err;
	spin_lock(&names_lock);
	u = find_locked(p.dentry ? p.dentry->inode : NULL, a);
	if (u)
		unix_get(u);
	spin_unlock(&names_lock);
	if (p.dentry)
		path_put(&p);
	if (!u)
		return -ECONNREFUSED;
	if (u->base.type != type) {
		unix_put(u);
		return -EPROTOTYPE;
	}
	*out = u;
	return 0;
}

static struct unix_name *make_name(const struct socket_addr *a)
{
	struct unix_name *n = kmalloc(sizeof(*n), 0);

	if (!n)
		return NULL;
	atomic32_store(&n->refs, 1);
	n->addr = *a;
	return n;
}

/* Takes over the path's references and the name. */
static void publish_name(struct unix_socket *u, const struct path *p,
			 struct unix_name *n)
{
	const struct inode *ino = p ? p->dentry->inode : NULL;

	if (p)
		u->path = *p;
	publish(u->name, n);
	list_add(&unix_get(u)->bound_node, bucket(hash_of(ino, &n->addr)));
}

static int bind_abstract(struct unix_socket *u, struct unix_name *n)
{
	int err = -EADDRINUSE;

	spin_lock(&names_lock);
	if (!find_locked(NULL, &n->addr)) {
		publish_name(u, NULL, n);
		err = 0;
	}
	spin_unlock(&names_lock);
	return err;
}

static int bind_path(struct unix_socket *u, struct unix_name *n)
{
	const char *name = path_of(&n->addr);
	struct path p;
	int err = dir_create(AT_FDCWD, name,
			     &(struct inode_spec){ .mode = S_IFSOCK | 0777 });

	if (err)
		return err == -EEXIST ? -EADDRINUSE : err;
	/* How long the name is says its end, as Linux does it. */
	n->addr.len = FAMILY_LEN + (uint32_t)strlen(name) + 1;
	err = path_lookup(AT_FDCWD, name, 0, &p);
	if (err)
		return err;
	spin_lock(&names_lock);
	publish_name(u, &p, n);
	spin_unlock(&names_lock);
	return 0;
}

/* The next free one of a million names. */
static int bind_any(struct unix_socket *u)
{
	struct socket_addr a = { .len = FAMILY_LEN + 6, .family = AF_UNIX };
	struct unix_name *n = make_name(&a);
	int err = -EADDRINUSE;

	if (!n)
		return -ENOMEM;
	for (uint32_t i = 0; i < AUTO_NAMES && err == -EADDRINUSE; i++) {
		fmt_snprintf(n->addr.bytes + FAMILY_LEN + 1, 6, "%05x",
			     next_auto++ % AUTO_NAMES);
		err = bind_abstract(u, n);
	}
	if (err)
		unix_name_put(n);
	return err;
}

static int unix_bind(struct socket *s, const struct socket_addr *a)
{
	struct unix_socket *u = unix_of(s);
	bool any = a->len == FAMILY_LEN && a->family == AF_UNIX;
	int err = any ? 0 : check_addr(a);
	struct unix_name *n;

	if (err)
		return err;
	if (u->name)
		return any ? 0 : -EINVAL;
	if (any)
		return bind_any(u);
	n = make_name(a);
	if (!n)
		return -ENOMEM;
	n->addr.bytes[a->len] = 0;
	err = is_abstract(a) ? bind_abstract(u, n) : bind_path(u, n);
	if (err)
		unix_name_put(n);
	return err;
}

static int unix_name(struct socket *s, bool peer, struct socket_addr *out)
{
	struct unix_socket *u = unix_of(s), *of = peer ? unix_peer(u) : u;
	struct unix_name *n;

	*out = (struct socket_addr){ .len = FAMILY_LEN, .family = AF_UNIX };
	if (!of)
		return -ENOTCONN;
	n = READ_ONCE(of->name);
	if (n)
		*out = n->addr;
	if (peer)
		unix_put(of);
	return 0;
}

static void unbind(struct unix_socket *u)
{
	struct path p = { NULL, NULL };
	bool was;

	spin_lock(&names_lock);
	was = !list_empty(&u->bound_node);
	list_del(&u->bound_node);
	p = u->path;
	u->path.dentry = NULL;
	spin_unlock(&names_lock);
	if (p.dentry)
		path_put(&p);
	if (was)
		unix_put(u);
}

/*
 * Connections.
 */

static int unix_listen(struct socket *s, int backlog)
{
	struct unix_socket *u = unix_of(s);

	if (unix_is_dgram(u))
		return -EOPNOTSUPP;
	if (!u->name || u->connected)
		return -EINVAL;
	socket_cred_current(&s->peer_cred);
	spin_lock(&u->lock);
	u->backlog = (uint32_t)backlog;
	WRITE_ONCE(s->listening, true);
	spin_unlock(&u->lock);
	waitq_wake_key(&s->wait, ~0u, POLLOUT);
	return 0;
}

static void join(struct unix_socket *u, struct unix_socket *peer)
{
	spin_lock(&u->lock);
	u->peer = unix_get(peer);
	WRITE_ONCE(u->connected, true);
	spin_unlock(&u->lock);
}

static int unix_pair(struct socket *a, struct socket *b)
{
	socket_cred_current(&a->peer_cred);
	b->peer_cred = a->peer_cred;
	join(unix_of(a), unix_of(b));
	join(unix_of(b), unix_of(a));
	return 0;
}

static bool backlog_full(const struct unix_socket *l)
{
	return READ_ONCE(l->pending_count) > READ_ONCE(l->backlog);
}

/* Puts the server's end in line; -EAGAIN: the line is full. */
static int enqueue(struct unix_socket *l, struct unix_socket *end)
{
	int err = 0;

	spin_lock(&l->lock);
	if (l->dead || !l->base.listening || (l->shut & UNIX_RECV_SHUT))
		err = -ECONNREFUSED;
	else if (backlog_full(l))
		err = -EAGAIN;
	if (!err) {
		list_add_tail(&end->pending_node, &l->pending);
		l->pending_count++;
	}
	spin_unlock(&l->lock);
	return err;
}

static void drop_end(struct unix_socket *end)
{
	end->base.ops->release(&end->base);
}

/* base.lock held: makes the two ends of a connection to l. */
static int connect_once(struct unix_socket *u, struct unix_socket *l)
{
	struct unix_socket *end;
	int err;

	if (u->connected)
		return -EISCONN;
	if (u->base.listening)
		return -EINVAL;
	end = create(u->base.type);
	if (!end)
		return -ENOMEM;
	socket_cred_current(&end->base.peer_cred);
	end->base.pass_cred = l->base.pass_cred;
	end->name = unix_name_get(l->name);
	join(end, u);
	/* Before it can be accepted: it may be sent to at once. */
	u->base.peer_cred = l->base.peer_cred;
	join(u, end);
	err = enqueue(l, end);
	if (!err)
		return 0;
	spin_lock(&u->lock);
	u->peer = NULL;
	u->connected = false;
	spin_unlock(&u->lock);
	spin_lock(&end->lock);
	end->peer = NULL; /* it must not tell u of its end */
	spin_unlock(&end->lock);
	unix_put(end);
	unix_put(u);
	drop_end(end);
	return err;
}

static int wait_for_line(struct unix_socket *u, struct unix_socket *l)
{
	nsec_t timeout = u->base.send_timeout;
	int err =
		waitq_wait_deadline(&l->base.wait,
				    !backlog_full(l) || READ_ONCE(l->dead),
				    THREAD_SLEEPING, socket_deadline(timeout));

	return socket_wait_error(err, timeout);
}

static int connect_stream(struct unix_socket *u, const struct socket_addr *a,
			  bool nonblock)
{
	struct unix_socket *l;
	int err = unix_find(a, u->base.type, &l);

	if (err)
		return err;
	for (;;) {
		mutex_lock(&u->base.lock);
		err = connect_once(u, l);
		mutex_unlock(&u->base.lock);
		if (err != -EAGAIN || nonblock)
			break;
		err = wait_for_line(u, l);
		if (err)
			break;
	}
	if (!err)
		waitq_wake_key(&l->base.wait, ~0u, POLLIN | POLLRDNORM);
	unix_put(l);
	return err;
}

void unix_disconnect_dgram(struct unix_socket *u)
{
	struct unix_socket *old;

	spin_lock(&u->lock);
	old = u->peer;
	u->peer = NULL;
	WRITE_ONCE(u->connected, false);
	spin_unlock(&u->lock);
	spin_lock(&senders_lock);
	list_del(&u->sender_node);
	spin_unlock(&senders_lock);
	unix_put(old);
}

static int connect_dgram(struct unix_socket *u, const struct socket_addr *a)
{
	struct unix_socket *to, *back;
	int err;

	if (a->len >= FAMILY_LEN && a->family == AF_UNSPEC) {
		unix_disconnect_dgram(u);
		return 0;
	}
	err = unix_find(a, SOCK_DGRAM, &to);
	if (err)
		return err;
	/* One that is connected itself hears from its peer alone. */
	back = unix_peer(to);
	unix_put(back);
	if (back && back != u) {
		unix_put(to);
		return -EPERM;
	}
	unix_disconnect_dgram(u);
	join(u, to);
	spin_lock(&senders_lock);
	list_add(&u->sender_node, &to->senders);
	spin_unlock(&senders_lock);
	unix_put(to);
	return 0;
}

static int unix_connect(struct socket *s, const struct socket_addr *a,
			bool nonblock)
{
	struct unix_socket *u = unix_of(s);
	int err;

	if (!unix_is_dgram(u))
		return connect_stream(u, a, nonblock);
	mutex_lock(&s->lock);
	err = connect_dgram(u, a);
	mutex_unlock(&s->lock);
	return err;
}

static struct unix_socket *take_pending(struct unix_socket *l)
{
	struct unix_socket *end;

	spin_lock(&l->lock);
	end = list_first_or_null(&l->pending, struct unix_socket, pending_node);
	if (end) {
		list_del(&end->pending_node);
		l->pending_count--;
	}
	spin_unlock(&l->lock);
	return end;
}

static int unix_accept(struct socket *s, bool nonblock, struct socket **out)
{
	struct unix_socket *l = unix_of(s), *end;
	int err;

	if (unix_is_dgram(l))
		return -EOPNOTSUPP;
	if (!READ_ONCE(s->listening))
		return -EINVAL;
	while (!(end = take_pending(l))) {
		if (READ_ONCE(l->shut) & UNIX_RECV_SHUT)
			return -EINVAL;
		if (nonblock)
			return -EAGAIN;
		err = waitq_wait_deadline(
			&s->wait,
			!list_empty(&l->pending) ||
				(READ_ONCE(l->shut) & UNIX_RECV_SHUT),
			THREAD_SLEEPING, socket_deadline(s->recv_timeout));
		if (err)
			return socket_wait_error(err, s->recv_timeout);
	}
	waitq_wake_key(&s->wait, ~0u, POLLOUT);
	*out = &end->base;
	return 0;
}

static void shut(struct unix_socket *u, uint32_t what)
{
	spin_lock(&u->lock);
	WRITE_ONCE(u->shut, u->shut | what);
	spin_unlock(&u->lock);
	waitq_wake_all(&u->base.wait);
}

static int unix_shutdown(struct socket *s, int how)
{
	static const uint32_t mine[] = { UNIX_RECV_SHUT, UNIX_SEND_SHUT,
					 UNIX_BOTH_SHUT };
	static const uint32_t theirs[] = { UNIX_SEND_SHUT, UNIX_RECV_SHUT,
					   UNIX_BOTH_SHUT };
	struct unix_socket *u = unix_of(s), *peer = unix_peer(u);

	shut(u, mine[how]);
	if (peer && !unix_is_dgram(u))
		shut(peer, theirs[how]);
	unix_put(peer);
	return 0;
}

static unsigned unix_poll(struct socket *s, struct poll_table *pt)
{
	struct unix_socket *u = unix_of(s), *peer;
	unsigned is = READ_ONCE(s->error) ? POLLERR : 0;
	uint32_t cut = READ_ONCE(u->shut);

	if (s->listening)
		return is | (list_empty(&u->pending) ? 0 : POLLIN | POLLRDNORM);
	if (cut == UNIX_BOTH_SHUT ||
	    (!unix_is_dgram(u) && !READ_ONCE(u->connected)))
		is |= POLLHUP;
	if (cut & UNIX_RECV_SHUT)
		is |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (!list_empty(&u->queue))
		is |= POLLIN | POLLRDNORM;
	peer = unix_peer(u);
	if (!peer || unix_is_writable(u, peer))
		is |= POLLOUT | POLLWRNORM | POLLWRBAND;
	unix_put(peer);
	return is;
}

/*
 * The end.
 */

static void refuse_pending(struct unix_socket *l)
{
	struct unix_socket *end;

	while ((end = take_pending(l))) {
		struct unix_socket *peer = unix_peer(end);

		if (peer)
			WRITE_ONCE(peer->base.error, ECONNRESET);
		unix_put(peer);
		drop_end(end);
	}
}

static void leave_stream(struct unix_socket *u, bool unread)
{
	struct unix_socket *peer;

	spin_lock(&u->lock);
	peer = u->peer;
	u->peer = NULL;
	spin_unlock(&u->lock);
	if (!peer)
		return;
	if (unread)
		WRITE_ONCE(peer->base.error, ECONNRESET);
	shut(peer, UNIX_BOTH_SHUT);
	unix_put(peer);
}

static void unix_release(struct socket *s)
{
	struct unix_socket *u = unix_of(s);
	unsigned unread;

	unbind(u);
	spin_lock(&u->lock);
	u->dead = true;
	spin_unlock(&u->lock);
	unix_gc_remove(u);
	refuse_pending(u);
	unread = unix_drain(u);
	if (unix_is_dgram(u)) {
		unix_disconnect_dgram(u);
		unix_tell_senders(u);
	} else {
		leave_stream(u, unread);
	}
	waitq_wake_all(&s->wait);
	unix_put(u);
	unix_gc_run();
}

/* Of a datagram socket, all that are connected to it. */
void unix_tell_senders(struct unix_socket *u)
{
	struct unix_socket *from;

	waitq_wake_key(&u->base.wait, ~0u, POLLOUT);
	spin_lock(&senders_lock);
	list_for_each (from, &u->senders, sender_node)
		waitq_wake_key(&from->base.wait, ~0u, POLLOUT | POLLWRNORM);
	spin_unlock(&senders_lock);
}

static const struct socket_ops unix_ops = {
	.release = unix_release,
	.bind = unix_bind,
	.listen = unix_listen,
	.connect = unix_connect,
	.accept = unix_accept,
	.pair = unix_pair,
	.name = unix_name,
	.send = unix_send,
	.recv = unix_recv,
	.shutdown = unix_shutdown,
	.poll = unix_poll,
	.bytes_in = unix_bytes_in,
	.bytes_out = unix_bytes_out,
};
