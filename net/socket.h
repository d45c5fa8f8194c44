/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: what all families have in common.
 *
 * A family embeds struct socket in its own and gives it operations; the layer
 * checks states that are the same everywhere, keeps the options of SOL_SOCKET,
 * and makes sockets look like files.  A socket belongs to its file: release is
 * called when that is gone, and the family frees the memory.
 *
 * `lock` serialises bind, connect, listen and changes of options; sending and
 * receiving do not take it.  Operations may sleep and run without any lock but
 * where they say so.
 */
#pragma once

#include "lib/types.h"

#include "abi/socket.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

struct file;
struct iter;
struct poll_table;
struct socket;

#define SOCKET_ADDR_MAX 128

struct strbuf;

/* /proc/net/unix */
void unix_show(struct strbuf *sb);

struct socket_addr {
	uint32_t len;
	union {
		uint16_t family; /* valid when len >= 2 */
		char bytes[SOCKET_ADDR_MAX + 1];
	};
};

/* Descriptors on their way: references. */
struct socket_files {
	unsigned count;
	struct socket_files *next; /* the family's */
	struct file *file[];
};

struct socket_msg {
	struct iter *data;
	unsigned flags;             /* MSG_* of the call; DONTWAIT is final */
	unsigned out_flags;         /* MSG_TRUNC, MSG_EOR: of what came */
	struct socket_addr *name;   /* NULL: none given, none wanted */
	struct socket_files *files; /* change hands; NULL: none */
	struct ucred cred;
	bool has_cred; /* it was given; it came */
};

struct socket_ops {
	void (*release)(struct socket *s);
	/* lock held for bind, listen; NULL: -EOPNOTSUPP. */
	int (*bind)(struct socket *s, const struct socket_addr *a);
	int (*listen)(struct socket *s, int backlog);
	int (*connect)(struct socket *s, const struct socket_addr *a,
		       bool nonblock);
	/* A connected socket without a file. */
	int (*accept)(struct socket *s, bool nonblock, struct socket **out);
	int (*pair)(struct socket *a, struct socket *b);
	int (*name)(struct socket *s, bool peer, struct socket_addr *out);
	ssize_t (*send)(struct socket *s, struct socket_msg *m);
	ssize_t (*recv)(struct socket *s, struct socket_msg *m);
	int (*shutdown)(struct socket *s, int how);
	unsigned (*poll)(struct socket *s, struct poll_table *pt);
	/* Bytes that can be read; that were sent and not read. */
	int (*bytes_in)(struct socket *s);
	int (*bytes_out)(struct socket *s);
	/* Other levels.  NULL: -ENOPROTOOPT */
	int (*get_option)(struct socket *s, int level, int name, void *out,
			  unsigned *len);
	int (*set_option)(struct socket *s, int level, int name, const void *in,
			  unsigned len);
};

struct socket {
	const struct socket_ops *ops;
	uint16_t family, type; /* constant */
	int protocol;
	struct file *file; /* NULL: not accepted yet */
	struct mutex lock;
	struct waitq wait; /* keys: what became possible */
	/* single words, read without a lock: */
	int error;                         /* told once, positive */
	uint32_t send_limit, recv_limit;   /* bytes */
	nsec_t send_timeout, recv_timeout; /* NSEC_FOREVER: none */
	bool pass_cred, listening;
	uint32_t flags; /* options that are only remembered: bit SO_x */
	int linger[2];
	struct ucred peer_cred; /* set before it can be seen */
};

struct socket_family {
	int family;
	/* type is without flags.  -ESOCKTNOSUPPORT, -EPROTONOSUPPORT. */
	int (*create)(int type, int protocol, struct socket **out);
};

/* Set at boot by who knows processes: the id of the running one. */
extern int (*socket_pid)(void);
void socket_cred_current(struct ucred *out);

/* For families: fills what is common. */
void socket_init(struct socket *s, const struct socket_ops *ops, int family,
		 int type, int protocol);
/* -socket error, once; 0: none. */
int must_check socket_take_error(struct socket *s);
/* When a wait that starts now ends. */
nsec_t socket_deadline(nsec_t timeout);
/* What a wait's error means to the caller. */
int socket_wait_error(int err, nsec_t timeout);
void socket_files_put(struct socket_files *files);

/* NULL: no socket. */
struct socket *socket_of(const struct file *f);

/* socket(2) and its kin; files are new ones. */
int must_check socket_create(int family, int type, int protocol,
			     struct file **out);
int must_check socket_pair(int family, int type, int protocol,
			   struct file *out[2]);
int must_check socket_bind(struct socket *s, const struct socket_addr *a);
int must_check socket_listen(struct socket *s, int backlog);
int must_check socket_connect(struct socket *s, const struct socket_addr *a);
int must_check socket_accept(struct socket *s, int flags, struct file **out);
int must_check socket_name(struct socket *s, bool peer,
			   struct socket_addr *out);
ssize_t must_check socket_send(struct socket *s, struct socket_msg *m);
ssize_t must_check socket_recv(struct socket *s, struct socket_msg *m);
int must_check socket_shutdown(struct socket *s, int how);
/* Values of up to *len bytes in kernel memory; *len is what there is. */
int must_check socket_get_option(struct socket *s, int level, int name,
				 void *out, unsigned *len);
int must_check socket_set_option(struct socket *s, int level, int name,
				 const void *in, unsigned len);
