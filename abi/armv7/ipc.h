/* SPDX-License-Identifier: BSD-2-Clause */
/* What System V's calls tell of an object (with IPC_64), on ARM: each time is
 * followed by its upper half, so 64 bits at an address of 4. */
#pragma once

#include "abi/ipc.h"

#define ABI_IPC_64 IPC_64

typedef int64_t abi_split_time aligned(4);

struct shmid64_ds {
	struct ipc64_perm perm;
	uint32_t segsz;
	abi_split_time atime, dtime, ctime;
	int32_t cpid, lpid;
	uint32_t nattch, reserved[2];
};

struct semid64_ds {
	struct ipc64_perm perm;
	abi_split_time otime, ctime;
	uint32_t nsems, reserved[2];
};

struct msqid64_ds {
	struct ipc64_perm perm;
	abi_split_time stime, rtime, ctime;
	uint32_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint32_t reserved[2];
};
