/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of socket calls share. */
#pragma once

#include "lib/types.h"

#include "net/socket.h"
#include "vfs/fdtable.h"

struct sock_ref {
	struct fdref fd;
	struct socket *s;
};

/* 0, -EBADF or -ENOTSOCK. */
int must_check sock_get(int fd, struct sock_ref *out);
static inline void sock_put(struct sock_ref *ref)
{
	fdtable_put(ref->fd);
}

/* An address from user space, ended by a NUL behind its bytes. */
int must_check sock_get_addr(struct socket_addr *a, uaddr_t user, int len);
/* Into a buffer whose size stands at len_at, which gets the whole length. */
int must_check sock_put_addr(const struct socket_addr *a, uaddr_t user,
			     uaddr_t len_at);
/* -EPIPE becomes a signal too. */
long sock_sent(long n, unsigned flags);
