/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs: files in memory.
 *
 * Names are dentries that stay in the cache while they exist; contents are
 * the pages of each file's object.  An instance is limited in pages (half of
 * memory unless size= says otherwise) and inodes; both are counted here.
 */
#pragma once

#include "lib/types.h"

struct fs_type;
struct super;

/* An instance for a type that is a tmpfs underneath; `data` as mount(2)'s
 * options: size, nr_inodes, nr_blocks, mode, uid, gid.  -EINVAL, -ENOMEM. */
int must_check tmpfs_create(const struct fs_type *type, const char *data,
			    struct super **out);

/* From now on the instance may grow by at most this much. */
void tmpfs_set_room(struct super *sb, uint64_t pages, uint64_t inodes);
