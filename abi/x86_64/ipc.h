/* SPDX-License-Identifier: BSD-2-Clause */
/* What System V's calls tell of an object, on x86-64. */
#pragma once

#include "abi/ipc.h"

#define ABI_IPC_64 0 /* there is one layout */

struct shmid64_ds {
	struct ipc64_perm perm;
	uint64_t segsz;
	int64_t atime, dtime, ctime;
	int32_t cpid, lpid;
	uint64_t nattch, reserved[2];
};

struct semid64_ds {
	struct ipc64_perm perm;
	int64_t otime, unused1, ctime, unused2;
	uint64_t nsems, unused3[2];
};

struct msqid64_ds {
	struct ipc64_perm perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint64_t reserved[2];
};
