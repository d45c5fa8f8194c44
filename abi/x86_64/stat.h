/* SPDX-License-Identifier: BSD-2-Clause */
/* stat(2), statfs(2) and getdents(2) as x86-64 passes them. */
#pragma once

#include "lib/types.h"

struct abi_stat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, pad0;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	int64_t atime, atime_nsec;
	int64_t mtime, mtime_nsec;
	int64_t ctime, ctime_nsec;
	int64_t unused0[3];
};
static_assert(sizeof(struct abi_stat) == 144, "Linux's layout");

struct abi_statfs {
	int64_t type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	int32_t fsid[2];
	int64_t namelen, frsize, flags, spare[4];
};
static_assert(sizeof(struct abi_statfs) == 120, "Linux's layout");

/* getdents: the type stands in the record's last byte. */
struct abi_dirent {
	uint64_t ino, off;
	uint16_t reclen;
	char name[];
} packed;
#define ABI_DIRENT_HEAD 18

struct abi_timespec {
	int64_t sec, nsec;
};
struct abi_timeval {
	int64_t sec, usec;
};
struct abi_utimbuf {
	int64_t actime, modtime;
};
