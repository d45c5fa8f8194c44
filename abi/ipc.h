/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V's objects of communication: constants and layouts.  The ds structs,
 * whose times differ, are in abi/CPU/ipc.h.
 */
#pragma once

#include "lib/types.h"

#define IPC_PRIVATE 0
#define IPC_CREAT   01000
#define IPC_EXCL    02000
#define IPC_NOWAIT  04000

#define IPC_RMID 0
#define IPC_SET  1
#define IPC_STAT 2
#define IPC_INFO 3

#define IPC_64 0x0100 /* in a command, where older layouts exist: ABI_IPC_64 */

#define IPC_INDEX_BITS 15 /* of an id; the sequence number is above */
#define IPC_INDEX_MAX  (1 << IPC_INDEX_BITS)

struct ipc64_perm {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint16_t seq, pad;
	unsigned long reserved[2];
};

/* Shared memory. */
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

#define SHM_HUGETLB   04000 /* shmget */
#define SHM_NORESERVE 010000

#define SHM_RDONLY 010000 /* shmat */
#define SHM_RND    020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000

#define SHM_DEST   01000 /* in the mode shown: goes with the last detach */
#define SHM_LOCKED 02000

#define SHMMIN 1
#define SHMMNI 4096
#define SHMMAX (~0ul - (1ul << 24))
#define SHMALL (~0ul - (1ul << 24))

struct shminfo64 {
	unsigned long shmmax, shmmin, shmmni, shmseg, shmall;
	unsigned long reserved[4];
};
struct shm_info {
	int32_t used_ids;
	unsigned long shm_tot, shm_rss, shm_swp;
	unsigned long swap_attempts, swap_successes;
};

/* Semaphores. */
#define GETPID       11
#define GETVAL       12
#define GETALL       13
#define GETNCNT      14
#define GETZCNT      15
#define SETVAL       16
#define SETALL       17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

#define SEM_UNDO 0x1000

#define SEMMNI 32000
#define SEMMSL 32000
#define SEMMNS (SEMMNI * SEMMSL)
#define SEMOPM 500
#define SEMVMX 32767
#define SEMAEM SEMVMX
#define SEMUME SEMOPM
#define SEMMNU SEMMNS
#define SEMMAP SEMMNS
#define SEMUSZ 20

struct sembuf {
	uint16_t num;
	int16_t op;
	int16_t flags;
};
struct seminfo {
	int32_t semmap, semmni, semmns, semmnu, semmsl;
	int32_t semopm, semume, semusz, semvmx, semaem;
};

/* Message queues. */
#define MSG_STAT     11
#define MSG_INFO     12
#define MSG_STAT_ANY 13

#define MSG_NOERROR 010000
#define MSG_EXCEPT  020000
#define MSG_COPY    040000

#define MSGMNI 32000
#define MSGMAX 8192
#define MSGMNB 16384

struct msginfo {
	int32_t msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	uint16_t msgseg;
};
