/* SPDX-License-Identifier: BSD-2-Clause */
/* inotify(7): files from which watches' events are read. */
#pragma once

#include "lib/types.h"

struct file;
struct inode;

/* flags: O_NONBLOCK.  -EMFILE: the user has enough of them. */
int must_check inotify_create(uint32_t flags, struct file **out);
bool inotify_is(const struct file *f);
/* mask: IN_*.  wd; -EEXIST, -ENOSPC, -ENOMEM. */
int must_check inotify_add(struct file *f, struct inode *ino, uint32_t mask);
int must_check inotify_remove(struct file *f, int wd); /* -EINVAL */

/* /proc/sys/fs/inotify */
extern unsigned long inotify_max_events, inotify_max_instances,
	inotify_max_watches;
