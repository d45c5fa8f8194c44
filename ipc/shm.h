/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V shared memory (shmget(2), shmat(2), shmctl(2)).
 *
 * A segment is an object of vm/ with an id.  Each area that maps it counts as
 * an attachment, whatever made it: shmat, fork, or what cut an area in two.
 * After IPC_RMID it has no key any more, and goes with the last of them.
 */
#pragma once

#include "arch/abi_ipc.h"
#include "lib/types.h"

struct strbuf;

/* An id or -errno. */
int must_check shm_get(int32_t key, size_t size, int flags);
/* Maps it into the running thread's memory; flags are SHM_*. */
int must_check shm_attach(int id, uaddr_t addr, int flags, uaddr_t *out);
int must_check shm_detach(uaddr_t addr);

/* IPC_STAT, SHM_STAT, SHM_STAT_ANY: what shmctl returns. */
int must_check shm_stat(int id, int cmd, struct shmid64_ds *out);
int must_check shm_set(int id, const struct ipc64_perm *perm);
int must_check shm_remove(int id);
int must_check shm_lock(int id, bool on);
/* IPC_INFO, SHM_INFO: the highest index in use. */
int shm_limits(struct shminfo64 *out);
int shm_usage(struct shm_info *out);

/* /proc/sysvipc/shm */
void shm_show(struct strbuf *sb);

/* /proc/sys/kernel/shmmax, shmall, shmmni */
extern unsigned long shm_max, shm_all, shm_mni;
