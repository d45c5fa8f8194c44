/* SPDX-License-Identifier: BSD-2-Clause */
/* stat64(2), statfs64(2) and getdents(2) as ARM's EABI passes them; 64-bit
 * members stand on multiples of 8. */
#pragma once

#include "lib/types.h"

struct abi_stat {
	uint64_t dev;
	uint32_t pad0, ino32;
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev;
	uint32_t pad1, pad2;
	int64_t size;
	uint32_t blksize, pad3;
	uint64_t blocks;
	uint32_t atime, atime_nsec;
	uint32_t mtime, mtime_nsec;
	uint32_t ctime, ctime_nsec;
	uint64_t ino;
};
static_assert(sizeof(struct abi_stat) == 104, "Linux's layout");

struct abi_statfs {
	uint32_t type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	int32_t fsid[2];
	uint32_t namelen, frsize, flags, spare[4];
} packed aligned(4);
static_assert(sizeof(struct abi_statfs) == 84, "Linux's layout");

/* getdents: the type stands in the record's last byte. */
struct abi_dirent {
	uint32_t ino, off;
	uint16_t reclen;
	char name[];
} packed;
#define ABI_DIRENT_HEAD 10

struct abi_timespec {
	int32_t sec, nsec;
};
struct abi_timeval {
	int32_t sec, usec;
};
struct abi_utimbuf {
	int32_t actime, modtime;
};
