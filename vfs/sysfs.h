/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /sys: devices and what they belong to, as files (sysfs(5)).
 *
 * There is one instance for all mounts.  Whoever owns something registers its
 * files by path; folders are made as needed and stay.  After sysfs_init, at
 * any time, from where one may sleep; a lack of memory is logged.
 */
#pragma once

#include "lib/types.h"

struct strbuf;

/* Makes the instance and registers the type "sysfs".  Once at boot, when
 * threads run; before any mount. */
void sysfs_init(void);

/* A file that `show` prints; `arg` is its owner's.  `write` takes a whole
 * write of root's (terminated), 0 or -errno; NULL: read only. */
struct sysfs_text {
	void (*show)(struct strbuf *sb, void *arg);
	int (*write)(void *arg, char *text, size_t len);
};
void sysfs_add(const char *path, const struct sysfs_text *text, void *arg);
void sysfs_add_folder(const char *path);
/* `target` must live on. */
void sysfs_add_link(const char *path, const char *target);
