/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount options of tmpfs. */
#pragma once

#include "lib/types.h"

struct tmpfs_options {
	uint64_t pages, inodes; /* 0: no limit */
	uint32_t mode, uid, gid;
};

/* "size=10M,mode=0755"; NULL: the defaults.  -EINVAL. */
int must_check tmpfs_parse(const char *data, struct tmpfs_options *o);
