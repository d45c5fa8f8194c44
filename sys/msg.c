/* SPDX-License-Identifier: BSD-2-Clause */
/* System V message queues: decoding; ipc/msg.c does it. */
#include "ipc/msg.h"

#include "abi/errno.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

long sys_msgget(int key, int flags)
{
	return msg_get(key, flags);
}

/* struct msgbuf: a long and the text. */
long sys_msgsnd(int id, uaddr_t user, size_t size, int flags)
{
	struct msg *m;
	long type, err;

	if (copy_from_user(&type, user, sizeof(type)))
		return -EFAULT;
	if (size > msg_max || id < 0 || type < 1)
		return -EINVAL;
	m = msg_alloc(size);
	if (!m)
		return -ENOMEM;
	m->type = type;
	err = copy_from_user(m->text, user + sizeof(type), size);
	if (!err)
		err = msg_send(id, m, flags);
	if (err)
		msg_free(m);
	return err;
}

long sys_msgrcv(int id, uaddr_t user, size_t size, long type, int flags)
{
	struct msg_receive rq = { type, size, flags };
	struct msg *m;
	long ret;

	if (id < 0 || (ssize_t)size < 0)
		return -EINVAL;
	ret = msg_take(id, &rq, &m);
	if (ret)
		return ret;
	ret = (long)MIN(size, m->size);
	if (copy_to_user(user, &m->type, sizeof(m->type)) ||
	    copy_to_user(user + sizeof(m->type), m->text, (size_t)ret))
		ret = -EFAULT;
	msg_free(m);
	return ret;
}

static long get_limits(uaddr_t user, bool usage)
{
	struct msginfo info;
	int highest = msg_limits(&info, usage);

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : highest;
}

static long get_stat(int id, int cmd, uaddr_t user)
{
	struct msqid64_ds ds;
	int ret = msg_stat(id, cmd, &ds);

	if (ret < 0)
		return ret;
	return copy_to_user(user, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long set(int id, uaddr_t user)
{
	struct msqid64_ds ds;

	if (copy_from_user(&ds, user, sizeof(ds)))
		return -EFAULT;
	return msg_set(id, &ds.perm, ds.qbytes);
}

long sys_msgctl(int id, int cmd, uaddr_t user)
{
	if (id < 0 || cmd < 0)
		return -EINVAL;
	cmd &= ~ABI_IPC_64;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO: return get_limits(user, cmd == MSG_INFO);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY: return get_stat(id, cmd, user);
	case IPC_SET: return set(id, user);
	case IPC_RMID: return msg_remove(id);
	default: return -EINVAL;
	}
}
