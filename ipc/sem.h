/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V semaphores (semget(2), semop(2), semctl(2)).
 *
 * An operation on several semaphores of a set happens whole or waits; who
 * waits goes on in the order of arrival.  What a process did with SEM_UNDO is
 * taken back when the last thread that shares its list of adjustments exits.
 */
#pragma once

#include "arch/abi_ipc.h"
#include "lib/types.h"

struct strbuf;

/* Lets proc/ tell of forks and exits.  Once at boot. */
void sem_init(void);

/* An id or -errno. */
int must_check sem_get(int32_t key, int count, int flags);

/* n operations at once; until the monotonic deadline (NSEC_FOREVER: none).
 * -EAGAIN, -EINTR, -EIDRM, -EFBIG, -ERANGE, -EACCES, -EINVAL, -ENOMEM. */
int must_check sem_operate(int id, const struct sembuf *ops, unsigned n,
			   nsec_t deadline);

/* IPC_STAT, SEM_STAT, SEM_STAT_ANY: what semctl returns. */
int must_check sem_stat(int id, int cmd, struct semid64_ds *out);
int must_check sem_set(int id, const struct ipc64_perm *perm);
int must_check sem_remove(int id);
/* GETVAL, GETPID, GETNCNT, GETZCNT of one semaphore; -errno. */
int must_check sem_query(int id, int num, int cmd);
int must_check sem_set_value(int id, int num, int value);
/* GETALL and SETALL.  First how many there are, to be had room for, if the
 * running thread may (0444 or 0222); then all of them, as long as the set is
 * still that big. */
int must_check sem_count(int id, unsigned want);
int must_check sem_get_all(int id, uint16_t *values, int count);
int must_check sem_set_all(int id, const uint16_t *values, int count);
/* IPC_INFO, SEM_INFO: the highest index in use. */
int sem_limits(struct seminfo *out, bool usage);

/* /proc/sysvipc/sem */
void sem_show(struct strbuf *sb);

/* /proc/sys/kernel/sem */
enum { SEM_PER_SET, SEM_TOTAL, SEM_PER_CALL, SEM_SETS, SEM_LIMITS };
extern unsigned long sem_limit[SEM_LIMITS];
