/* SPDX-License-Identifier: BSD-2-Clause */
/* What stat(2) and its relatives tell, before it takes a CPU's layout. */
#pragma once

#include "lib/types.h"

struct path;

struct attr {
	uint64_t ino, size, blocks, mount_id; /* blocks of 512 bytes */
	uint32_t mode, nlink, uid, gid, block_size;
	uint32_t dev_major, dev_minor, rdev_major, rdev_minor;
	nsec_t atime, mtime, ctime, btime;
	bool mount_root;
};

void attr_get(const struct path *p, struct attr *a);
