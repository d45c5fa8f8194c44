/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AF_UNIX, between its files: unix.c (birth, names, connections), unix_data.c
 * (what is sent and received), unix_gc.c (sockets that only each other's queues
 * hold).
 *
 * A unix_socket is counted: its file, its peer's pointer, its entry in the
 * table of names and whoever looked it up hold references.  `lock` is taken for
 * one socket at a time.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"

#include "core/spinlock.h"
#include "net/socket.h"
#include "vfs/path.h"

enum { UNIX_RECV_SHUT = 1, UNIX_SEND_SHUT = 2, UNIX_BOTH_SHUT = 3 };

struct unix_name {
	struct atomic32 refs;
	struct socket_addr addr;
};

struct unix_packet {
	struct list node;
	uint32_t len, at; /* bytes, and how many were read */
	uint32_t charge;  /* of the queue's limit */
	bool has_cred;
	struct ucred cred;
	struct unix_name *from; /* datagrams; NULL: no name */
	struct socket_files *files;
	char *data; /* inline_data, or a block of its own */
	char inline_data[];
};

struct unix_socket {
	struct socket base;
	struct atomic32 refs;

	struct spinlock lock;
	/* protected by lock: */
	struct unix_socket
		*peer;     /* streams: constant once set, until release */
	struct list queue; /* of packets to be read */
	uint32_t queued;   /* what they are charged */
	uint32_t packets;
	struct list pending; /* of a listener: sockets to be accepted */
	uint32_t pending_count, backlog;
	uint32_t shut; /* UNIX_*_SHUT; read without the lock */
	bool dead;     /* its file is gone */
	bool connected;

	struct mutex recv_lock;   /* readers, in turn, over their copies */
	struct list pending_node; /* protected by the listener's lock */
	struct unix_name *name;   /* set once under base.lock; read freely */

	/* protected by the lock of names: */
	struct list bound_node;
	struct path path; /* holds references; dentry NULL: none */

	/* protected by the lock of senders: */
	struct list sender_node; /* in its peer's list: datagrams */
	struct list senders;

	/* protected by the collector's lock: */
	struct list all_node;
	uint32_t in_flight; /* references to its file from queues */
	bool reached;
};

static inline struct unix_socket *unix_of(struct socket *s)
{
	return container_of(s, struct unix_socket, base);
}
static inline bool unix_is_stream(const struct unix_socket *u)
{
	return u->base.type == SOCK_STREAM;
}
static inline bool unix_is_dgram(const struct unix_socket *u)
{
	return u->base.type == SOCK_DGRAM;
}

/* unix.c */
void unix_put_last(struct unix_socket *u);
static inline struct unix_socket *unix_get(struct unix_socket *u)
{
	atomic32_inc(&u->refs);
	return u;
}
static inline void unix_put(struct unix_socket *u)
{
	if (u && atomic32_dec_and_test(&u->refs))
		unix_put_last(u);
}
static inline struct unix_name *unix_name_get(struct unix_name *n)
{
	if (n)
		atomic32_inc(&n->refs);
	return n;
}
void unix_name_put(struct unix_name *n);
/* The peer, referenced; NULL. */
struct unix_socket *unix_peer(struct unix_socket *u);
/* Who is bound to an address: referenced.  -ECONNREFUSED, -EPROTOTYPE, or what
 * resolving the path said. */
int must_check unix_find(const struct socket_addr *a, int type,
			 struct unix_socket **out);
void unix_disconnect_dgram(struct unix_socket *u);
bool unix_family_of(const struct file *f, struct unix_socket **out);

/* unix_data.c */
ssize_t unix_send(struct socket *s, struct socket_msg *m);
ssize_t unix_recv(struct socket *s, struct socket_msg *m);
int unix_bytes_in(struct socket *s);
int unix_bytes_out(struct socket *s);
/* Whether a sender of u's kind finds room in `to`. */
bool unix_has_room(const struct unix_socket *u, const struct unix_socket *to);
/* Enough of it to tell who polls. */
bool unix_is_writable(const struct unix_socket *u,
		      const struct unix_socket *to);
void unix_packet_free(struct unix_packet *p);
/* Everything unread goes; how many packets. */
unsigned unix_drain(struct unix_socket *u);
/* Somebody may send to u again. */
void unix_tell_senders(struct unix_socket *u);

/* unix_gc.c */
void unix_gc_add(struct unix_socket *u);
void unix_gc_remove(struct unix_socket *u);
/* Around putting files into a queue, whose lock is taken inside; the collector
 * is kept out until `end`.  -ETOOMANYREFS: not begun.  end(NULL): nothing was
 * put. */
int must_check unix_gc_begin(void);
void unix_gc_end(struct socket_files *flying);
/* They are about to leave a queue, for somebody who holds them. */
void unix_gc_landed(struct socket_files *files);
/* They left a queue and nobody wants them: closed a little later. */
void unix_gc_put_late(struct socket_files *files);
/* A socket was closed: looks for cycles if any file is in flight. */
void unix_gc_run(void);
