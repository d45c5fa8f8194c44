/* SPDX-License-Identifier: BSD-2-Clause */
/* System V semaphores: decoding; ipc/sem.c does it. */
#include "ipc/sem.h"

#include "abi/errno.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vm/usercopy.h"

#define OPS_FAST 16 /* as many on the stack */

long sys_semget(int key, int count, int flags)
{
	return sem_get(key, count, flags);
}

static long operate(int id, uaddr_t user, unsigned n, nsec_t deadline)
{
	struct sembuf fast[OPS_FAST], *ops = fast;
	long ret;

	if (n < 1 || id < 0)
		return -EINVAL;
	if (n > sem_limit[SEM_PER_CALL])
		return -E2BIG;
	if (n > OPS_FAST)
		ops = kmalloc_array(n, sizeof(*ops), 0);
	if (!ops)
		return -ENOMEM;
	ret = copy_from_user(ops, user, n * sizeof(*ops));
	if (!ret)
		ret = sem_operate(id, ops, n, deadline);
	if (ops != fast)
		kfree(ops);
	return ret;
}

long sys_semop(int id, uaddr_t ops, unsigned n)
{
	return operate(id, ops, n, NSEC_FOREVER);
}

long sys_semtimedop(int id, uaddr_t ops, unsigned n, uaddr_t timeout)
{
	nsec_t now = clock_monotonic(), ns;
	struct timespec64 ts;

	if (!timeout)
		return operate(id, ops, n, NSEC_FOREVER);
	if (copy_from_user(&ts, timeout, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	ns = ns > NSEC_FOREVER - 1 - now ? NSEC_FOREVER - 1 : now + ns;
	return operate(id, ops, n, ns);
}

static long get_all(int id, uaddr_t user)
{
	int n = sem_count(id, 0444);
	uint16_t *values;
	long err;

	if (n < 0)
		return n;
	values = kmalloc_array((size_t)n, sizeof(*values), 0);
	if (!values)
		return -ENOMEM;
	err = sem_get_all(id, values, n);
	if (!err)
		err = copy_to_user(user, values, (size_t)n * sizeof(*values));
	kfree(values);
	return err;
}

static long set_all(int id, uaddr_t user)
{
	int n = sem_count(id, 0222);
	uint16_t *values;
	long err;

	if (n < 0)
		return n;
	values = kmalloc_array((size_t)n, sizeof(*values), 0);
	if (!values)
		return -ENOMEM;
	err = copy_from_user(values, user, (size_t)n * sizeof(*values));
	if (!err)
		err = sem_set_all(id, values, n);
	kfree(values);
	return err;
}

static long get_limits(uaddr_t user, bool usage)
{
	struct seminfo info;
	int highest = sem_limits(&info, usage);

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : highest;
}

static long get_stat(int id, int cmd, uaddr_t user)
{
	struct semid64_ds ds;
	int ret = sem_stat(id, cmd, &ds);

	if (ret < 0)
		return ret;
	return copy_to_user(user, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long set(int id, uaddr_t user)
{
	struct semid64_ds ds;

	if (copy_from_user(&ds, user, sizeof(ds)))
		return -EFAULT;
	return sem_set(id, &ds.perm);
}

long sys_semctl(int id, int num, int cmd, unsigned long arg)
{
	cmd &= ~ABI_IPC_64;
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO: return get_limits(arg, cmd == SEM_INFO);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY: return get_stat(id, cmd, arg);
	case GETALL: return get_all(id, arg);
	case SETALL: return set_all(id, arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT: return sem_query(id, num, cmd);
	case SETVAL: return sem_set_value(id, num, (int)arg);
	case IPC_SET: return set(id, arg);
	case IPC_RMID: return sem_remove(id);
	default: return -EINVAL;
	}
}
