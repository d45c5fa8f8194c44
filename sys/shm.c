/* SPDX-License-Identifier: BSD-2-Clause */
/* System V shared memory: decoding; ipc/shm.c does it. */
#include "ipc/shm.h"

#include "abi/errno.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

long sys_shmget(int key, size_t size, int flags)
{
	return shm_get(key, size, flags);
}

long sys_shmat(int id, uaddr_t addr, int flags)
{
	uaddr_t at;
	int err = shm_attach(id, addr, flags, &at);

	return err ? err : (long)at;
}

long sys_shmdt(uaddr_t addr)
{
	return shm_detach(addr);
}

static long get_limits(uaddr_t buf)
{
	struct shminfo64 info;
	int highest = shm_limits(&info);

	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long get_usage(uaddr_t buf)
{
	struct shm_info info;
	int highest = shm_usage(&info);

	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long get_stat(int id, int cmd, uaddr_t buf)
{
	struct shmid64_ds ds;
	int ret = shm_stat(id, cmd, &ds);

	if (ret < 0)
		return ret;
	return copy_to_user(buf, &ds, sizeof(ds)) ? -EFAULT : ret;
}

static long set(int id, uaddr_t buf)
{
	struct shmid64_ds ds;

	if (copy_from_user(&ds, buf, sizeof(ds)))
		return -EFAULT;
	return shm_set(id, &ds.perm);
}

long sys_shmctl(int id, int cmd, uaddr_t buf)
{
	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd & ~ABI_IPC_64) {
	case IPC_INFO: return get_limits(buf);
	case SHM_INFO: return get_usage(buf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY: return get_stat(id, cmd & ~ABI_IPC_64, buf);
	case IPC_SET: return set(id, buf);
	case IPC_RMID: return shm_remove(id);
	case SHM_LOCK: return shm_lock(id, true);
	case SHM_UNLOCK: return shm_lock(id, false);
	default: return -EINVAL;
	}
}
