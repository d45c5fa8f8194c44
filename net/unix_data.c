/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes over AF_UNIX sockets.  A packet is filled from the sender's memory
 * before any lock is taken, then hangs in the receiver's queue; a stream reads
 * packets piecemeal, the others one at a time.
 *
 * Only who holds recv_lock takes packets out or changes the first one, so it is
 * copied from without the queue's lock.  Senders are told when a queue that was
 * too full is no longer.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "net/unix_priv.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/iter.h"

#define OVERHEAD   767u /* what a packet is charged over its bytes: as Linux */
#define INLINE_MAX 1024u
#define PIECE_MAX  KIB(32) /* of a stream's send, in one packet */

void unix_packet_free(struct unix_packet *p)
{
	if (unlikely(p->files))
		unix_gc_put_late(p->files);
	unix_name_put(p->from);
	if (p->data != p->inline_data)
		kfree(p->data);
	kfree(p);
}

static struct unix_packet *alloc_packet(size_t len)
{
	size_t inside = len <= INLINE_MAX ? len : 0;
	struct unix_packet *p = kmalloc(sizeof(*p) + inside, 0);

	if (!p)
		return NULL;
	p->data = p->inline_data;
	if (!inside && len) {
		p->data = kmalloc(len, 0);
		if (!p->data) {
			kfree(p);
			return NULL;
		}
	}
	p->len = (uint32_t)len;
	p->at = 0;
	p->charge = (uint32_t)len + OVERHEAD;
	p->has_cred = false;
	p->from = NULL;
	p->files = NULL;
	return p;
}

static int make_packet(struct socket_msg *m, size_t len,
		       struct unix_packet **out)
{
	struct unix_packet *p = alloc_packet(len);

	if (unlikely(!p))
		return -ENOBUFS;
	if (unlikely(iter_copy_from(m->data, p->data, len) != len)) {
		unix_packet_free(p);
		return -EFAULT;
	}
	*out = p;
	return 0;
}

/* Datagrams wait in a short line, but those of two that are connected to each
 * other are limited by their bytes alone. */
static bool line_is_full(const struct unix_socket *u,
			 const struct unix_socket *to)
{
	return unix_is_dgram(u) && READ_ONCE(to->peer) != u &&
	       READ_ONCE(to->packets) > READ_ONCE(to->backlog);
}

bool unix_has_room(const struct unix_socket *u, const struct unix_socket *to)
{
	return !line_is_full(u, to) &&
	       READ_ONCE(to->queued) < u->base.send_limit;
}

bool unix_is_writable(const struct unix_socket *u, const struct unix_socket *to)
{
	return !line_is_full(u, to) &&
	       READ_ONCE(to->queued) <= u->base.send_limit / 4;
}

/* 0, -EAGAIN, -EPIPE or, for a datagram's target that is gone,
 * -ECONNREFUSED. */
static int enqueue_plain(struct unix_socket *u, struct unix_socket *to,
			 struct unix_packet *p)
{
	int err = 0;

	spin_lock(&to->lock);
	if (unlikely(to->dead))
		err = unix_is_dgram(u) ? -ECONNREFUSED : -EPIPE;
	else if (unlikely(to->shut & UNIX_RECV_SHUT))
		err = -EPIPE;
	else if (unlikely(!unix_has_room(u, to)))
		err = -EAGAIN;
	else {
		list_add_tail(&p->node, &to->queue);
		to->queued += p->charge;
		to->packets++;
	}
	spin_unlock(&to->lock);
	return err;
}

static int enqueue(struct unix_socket *u, struct unix_socket *to,
		   struct unix_packet *p)
{
	int err;

	if (likely(!p->files))
		return enqueue_plain(u, to, p);
	err = unix_gc_begin();
	if (err)
		return err;
	err = enqueue_plain(u, to, p);
	unix_gc_end(err ? NULL : p->files);
	return err;
}

static void add_cred(struct unix_socket *u, struct unix_socket *to,
		     struct socket_msg *m, struct unix_packet *p)
{
	if (m->has_cred)
		p->cred = m->cred;
	else if (u->base.pass_cred || to->base.pass_cred)
		socket_cred_current(&p->cred);
	else
		return;
	p->has_cred = true;
}

static int wait_for_room(struct unix_socket *u, struct unix_socket *to)
{
	struct waitq *q = unix_is_dgram(u) ? &to->base.wait : &u->base.wait;
	nsec_t timeout = u->base.send_timeout;
	int err = waitq_wait_deadline(
		q,
		unix_has_room(u, to) || READ_ONCE(to->dead) ||
			((READ_ONCE(to->shut) & UNIX_RECV_SHUT)),
		THREAD_SLEEPING, socket_deadline(timeout));

	return socket_wait_error(err, timeout);
}

/* Gives p to `to`, waiting for room as the flags say. */
static int deliver(struct unix_socket *u, struct unix_socket *to,
		   struct socket_msg *m, struct unix_packet *p)
{
	int err;

	for (;;) {
		if (unlikely(READ_ONCE(u->shut) & UNIX_SEND_SHUT))
			return -EPIPE;
		err = enqueue(u, to, p);
		if (likely(!err))
			break;
		if (err != -EAGAIN || (m->flags & MSG_DONTWAIT))
			return err;
		err = wait_for_room(u, to);
		if (err)
			return err;
	}
	waitq_wake_key(&to->base.wait, ~0u, POLLIN | POLLRDNORM);
	return 0;
}

/* One packet of len bytes; the files go with it. */
static int send_packet(struct unix_socket *u, struct unix_socket *to,
		       struct socket_msg *m, size_t len)
{
	struct unix_packet *p;
	int err = make_packet(m, len, &p);

	if (unlikely(err))
		return err;
	add_cred(u, to, m, p);
	if (!unix_is_stream(u))
		p->from = unix_name_get(READ_ONCE(u->name));
	p->files = m->files;
	err = deliver(u, to, m, p);
	if (unlikely(err)) {
		p->files = NULL; /* still the caller's */
		unix_packet_free(p);
		return err;
	}
	m->files = NULL;
	return 0;
}

static ssize_t send_stream(struct unix_socket *u, struct unix_socket *to,
			   struct socket_msg *m)
{
	size_t done = 0;
	int err = 0;

	while (m->data->count) {
		size_t len = MIN(m->data->count, PIECE_MAX);

		err = send_packet(u, to, m, len);
		if (unlikely(err))
			break;
		done += len;
	}
	return done ? (ssize_t)done : err;
}

static ssize_t send_whole(struct unix_socket *u, struct unix_socket *to,
			  struct socket_msg *m)
{
	size_t len = m->data->count;
	int err;

	if (len + OVERHEAD > u->base.send_limit)
		return -EMSGSIZE;
	err = send_packet(u, to, m, len);
	return err ? err : (ssize_t)len;
}

/* Whom a datagram goes to: referenced. */
static int find_target(struct unix_socket *u, struct socket_msg *m,
		       struct unix_socket **out)
{
	int err;

	if (!m->name) {
		*out = unix_peer(u);
		return *out ? 0 : -ENOTCONN;
	}
	err = unix_find(m->name, SOCK_DGRAM, out);
	if (err)
		return err;
	/* One that is connected hears from its peer alone. */
	if ((*out)->peer && (*out)->peer != u) {
		unix_put(*out);
		return -EPERM;
	}
	return 0;
}

static ssize_t send_dgram(struct unix_socket *u, struct socket_msg *m)
{
	struct unix_socket *to;
	ssize_t n = find_target(u, m, &to);

	if (n)
		return n;
	n = send_whole(u, to, m);
	if (n == -ECONNREFUSED && !m->name)
		unix_disconnect_dgram(u);
	unix_put(to);
	return n;
}

ssize_t unix_send(struct socket *s, struct socket_msg *m)
{
	struct unix_socket *u = unix_of(s);
	ssize_t n = socket_take_error(s);

	if (unlikely(n))
		return n;
	if (unlikely(m->flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (unix_is_dgram(u))
		return send_dgram(u, m);
	if (unlikely(m->name && unix_is_stream(u)))
		return READ_ONCE(u->connected) ? -EISCONN : -EOPNOTSUPP;
	/* The peer of a connection stays until the file goes. */
	if (unlikely(!READ_ONCE(u->connected)))
		return -ENOTCONN;
	if (unix_is_stream(u))
		return send_stream(u, u->peer, m);
	return send_whole(u, u->peer, m);
}

/*
 * Receiving.
 */

static struct unix_packet *first(struct unix_socket *u)
{
	struct unix_packet *p;

	spin_lock(&u->lock);
	p = list_first_or_null(&u->queue, struct unix_packet, node);
	spin_unlock(&u->lock);
	return p;
}

/* Takes the first packet out; true: senders may wait for it, who are told when
 * three quarters are free. */
static bool unlink(struct unix_socket *u, struct unix_packet *p)
{
	uint32_t limit =
		unix_is_dgram(u) || !u->peer ? 0 : u->peer->base.send_limit / 4;
	bool was_above;

	spin_lock(&u->lock);
	was_above = u->queued > limit;
	list_del(&p->node);
	u->queued -= p->charge;
	u->packets--;
	spin_unlock(&u->lock);
	return was_above && (!limit || u->queued <= limit);
}

static void tell_room(struct unix_socket *u)
{
	struct unix_socket *peer;

	if (unix_is_dgram(u)) {
		unix_tell_senders(u);
		return;
	}
	peer = u->peer;
	if (peer)
		waitq_wake_key(&peer->base.wait, ~0u, POLLOUT | POLLWRNORM);
}

static void consume(struct unix_socket *u, struct unix_packet *p)
{
	if (unlink(u, p))
		tell_room(u);
	unix_packet_free(p);
}

unsigned unix_drain(struct unix_socket *u)
{
	struct unix_packet *p;
	unsigned n = 0;

	for (;; n++) {
		mutex_lock(&u->recv_lock);
		p = first(u);
		if (p)
			unlink(u, p);
		mutex_unlock(&u->recv_lock);
		if (!p)
			return n;
		unix_packet_free(p);
	}
}

/* A peeked packet keeps its files: others of the same. */
static struct socket_files *copy_files(const struct socket_files *from)
{
	size_t size = sizeof(*from) + from->count * sizeof(from->file[0]);
	struct socket_files *to = kmalloc(size, 0);

	if (!to)
		return NULL;
	memcpy(to, from, size);
	for (unsigned i = 0; i < to->count; i++)
		file_get(to->file[i]);
	return to;
}

/* What comes along with the bytes. */
static void take_extras(struct unix_socket *u, struct socket_msg *m,
			struct unix_packet *p)
{
	if (u->base.pass_cred && !m->has_cred) {
		m->cred = p->has_cred ? p->cred
				      : (struct ucred){ 0, 65534, 65534 };
		m->has_cred = true;
	}
	if (likely(!p->files))
		return;
	if (m->flags & MSG_PEEK) {
		m->files = copy_files(p->files);
		return;
	}
	unix_gc_landed(p->files);
	m->files = p->files;
	p->files = NULL;
}

/* Waits for a packet: 0, or why there will be none (1: end of file). */
static int wait_for_packet(struct unix_socket *u, struct socket_msg *m,
			   nsec_t deadline)
{
	struct socket *s = &u->base;
	int err;

	if (!list_empty(&u->queue))
		return 0;
	err = socket_take_error(s);
	if (err)
		return err;
	if (READ_ONCE(u->shut) & UNIX_RECV_SHUT)
		return list_empty(&u->queue) ? 1 : 0;
	if (m->flags & MSG_DONTWAIT)
		return -EAGAIN;
	err = waitq_wait_deadline(&s->wait,
				  !list_empty(&u->queue) ||
					  READ_ONCE(s->error) ||
					  (READ_ONCE(u->shut) & UNIX_RECV_SHUT),
				  THREAD_SLEEPING, deadline);
	return socket_wait_error(err, s->recv_timeout);
}

static bool same_sender(const struct unix_packet *a, const struct socket_msg *m)
{
	return a->has_cred && a->cred.pid == m->cred.pid &&
	       a->cred.uid == m->cred.uid && a->cred.gid == m->cred.gid;
}

/* Copies from one packet; true: this call may go on with the next. */
static bool read_piece(struct unix_socket *u, struct socket_msg *m,
		       struct unix_packet *p, size_t skip, ssize_t *done)
{
	size_t at = p->at + skip;
	size_t want = MIN(m->data->count, p->len - at);
	size_t n = iter_copy_to(m->data, p->data + at, want);
	bool had_files = p->files;

	if (unlikely(n < want && !n)) {
		*done = *done ? *done : -EFAULT;
		return false;
	}
	take_extras(u, m, p);
	*done += (ssize_t)n;
	if (m->flags & MSG_PEEK)
		return !had_files && n == want;
	p->at += (uint32_t)n;
	if (p->at == p->len)
		consume(u, p);
	return !had_files && n == want;
}

/* What is there, as far as it fits.  recv_lock held. */
static ssize_t read_queue(struct unix_socket *u, struct socket_msg *m,
			  ssize_t done)
{
	struct unix_packet *p;

	while (m->data->count && (p = first(u))) {
		if (done && m->has_cred && !same_sender(p, m))
			break;
		if (!read_piece(u, m, p, 0, &done))
			break;
	}
	return done;
}

/* The same without taking: walks the queue, which can only grow. */
static ssize_t peek_queue(struct unix_socket *u, struct socket_msg *m)
{
	struct unix_packet *p = first(u);
	ssize_t done = 0;

	while (p && m->data->count && read_piece(u, m, p, 0, &done)) {
		spin_lock(&u->lock);
		p = list_is_last(&p->node, &u->queue)
			    ? NULL
			    : list_next_entry(p, node);
		spin_unlock(&u->lock);
	}
	return done;
}

static ssize_t recv_stream(struct unix_socket *u, struct socket_msg *m)
{
	nsec_t deadline = socket_deadline(u->base.recv_timeout);
	ssize_t done = 0;
	int err = 0;

	if (!READ_ONCE(u->connected))
		return -EINVAL;
	if (!m->data->count)
		err = wait_for_packet(u, m, deadline);
	while (!err) {
		mutex_lock(&u->recv_lock);
		if (unlikely(m->flags & MSG_PEEK))
			done = peek_queue(u, m);
		else
			done = read_queue(u, m, done);
		mutex_unlock(&u->recv_lock);
		if (done < 0 || !m->data->count || m->files)
			break;
		if (done && !(m->flags & MSG_WAITALL))
			break;
		if (done && (m->flags & MSG_PEEK))
			break;
		err = wait_for_packet(u, m, deadline);
		if (err)
			break;
	}
	if (done)
		return done;
	return err > 0 ? 0 : err;
}

/* A whole packet, cut to what fits.  recv_lock held. */
static ssize_t read_packet(struct unix_socket *u, struct socket_msg *m,
			   struct unix_packet *p)
{
	size_t want = MIN(m->data->count, p->len);
	ssize_t n = (ssize_t)iter_copy_to(m->data, p->data, want);

	if ((size_t)n != want)
		n = -EFAULT;
	if (want < p->len)
		m->out_flags |= MSG_TRUNC;
	if (n >= 0 && (m->flags & MSG_TRUNC))
		n = p->len;
	if (m->name) {
		m->name->len = 0;
		if (p->from)
			*m->name = p->from->addr;
	}
	if (n >= 0)
		take_extras(u, m, p);
	if (!(m->flags & MSG_PEEK))
		consume(u, p);
	return n;
}

static ssize_t recv_whole(struct unix_socket *u, struct socket_msg *m)
{
	nsec_t deadline = socket_deadline(u->base.recv_timeout);
	struct unix_packet *p;
	ssize_t n;
	int err;

	if (!unix_is_dgram(u) && !READ_ONCE(u->connected))
		return -ENOTCONN;
	for (;;) {
		mutex_lock(&u->recv_lock);
		p = first(u);
		n = p ? read_packet(u, m, p) : 0;
		mutex_unlock(&u->recv_lock);
		if (p)
			return n;
		err = wait_for_packet(u, m, deadline);
		if (err)
			return err > 0 ? 0 : err;
	}
}

static void name_of_peer(struct unix_socket *u, struct socket_addr *out)
{
	struct unix_socket *peer = unix_peer(u);
	struct unix_name *n = peer ? READ_ONCE(peer->name) : NULL;

	out->len = 0;
	if (n)
		*out = n->addr;
	unix_put(peer);
}

ssize_t unix_recv(struct socket *s, struct socket_msg *m)
{
	struct unix_socket *u = unix_of(s);

	if (unlikely(m->flags & MSG_OOB))
		return unix_is_stream(u) ? -EINVAL : -EOPNOTSUPP;
	if (!unix_is_stream(u))
		return recv_whole(u, m);
	if (m->name)
		name_of_peer(u, m->name);
	return recv_stream(u, m);
}

int unix_bytes_in(struct socket *s)
{
	struct unix_socket *u = unix_of(s);
	struct unix_packet *p;
	uint32_t n = 0;

	if (s->listening)
		return -EINVAL;
	spin_lock(&u->lock);
	list_for_each (p, &u->queue, node) {
		n += p->len - p->at;
		if (unix_is_dgram(u))
			break;
	}
	spin_unlock(&u->lock);
	return (int)n;
}

int unix_bytes_out(struct socket *s)
{
	struct unix_socket *u = unix_of(s), *peer = unix_peer(u);
	uint32_t n = peer ? READ_ONCE(peer->queued) : 0;

	unix_put(peer);
	return (int)n;
}
