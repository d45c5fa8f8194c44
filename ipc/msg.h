/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V message queues (msgget(2), msgsnd(2), msgrcv(2), msgctl(2)).
 *
 * Messages stand in order of sending.  A receiver that waits is handed its
 * message by the sender; a sender waits until there is room.
 */
#pragma once

#include "arch/abi_ipc.h"
#include "lib/list.h"
#include "lib/types.h"

struct strbuf;

/* A message outside a queue. */
struct msg {
	struct list node; /* a queue's */
	long type;
	size_t size;
	char text[];
};
/* NULL: no memory. */
struct msg *must_check msg_alloc(size_t size);
void msg_free(struct msg *m); /* NULL is allowed */

/* An id or -errno. */
int must_check msg_get(int32_t key, int flags);

/* Takes the message, unless it fails: -EACCES, -EAGAIN, -EIDRM, -EINVAL, or
 * what an interrupted call returns. */
int must_check msg_send(int id, struct msg *m, int flags);

/* A message of `type` as msgrcv(2) says, of at most `size` bytes unless
 * MSG_NOERROR; with MSG_COPY a copy of the type-th.  The caller frees it.
 * -E2BIG, -ENOMSG and the errors of sending. */
struct msg_receive {
	long type;
	size_t size;
	int flags;
};
int must_check msg_take(int id, const struct msg_receive *rq, struct msg **out);

/* IPC_STAT, MSG_STAT, MSG_STAT_ANY: what msgctl returns. */
int must_check msg_stat(int id, int cmd, struct msqid64_ds *out);
int must_check msg_set(int id, const struct ipc64_perm *perm, uint64_t qbytes);
int must_check msg_remove(int id);
/* IPC_INFO, MSG_INFO: the highest index in use. */
int msg_limits(struct msginfo *out, bool usage);

/* /proc/sysvipc/msg */
void msg_show(struct strbuf *sb);

/* /proc/sys/kernel/msgmax, msgmnb, msgmni */
extern unsigned long msg_max, msg_mnb, msg_mni;
