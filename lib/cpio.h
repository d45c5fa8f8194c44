/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a cpio archive ("newc", magic 070701, and 070702 with checksums
 * unchecked) that lies in memory, as an initramfs does.
 *
 * Entries are handed out where they lie: nothing is copied, names and data
 * point into the archive.  Several archives may follow each other with zeros
 * between them; then the trailer of each but the last is stepped over.  The
 * archive is not trusted: a broken one gives -EINVAL at the broken entry.
 */
#pragma once

#include "lib/types.h"

struct cpio_iter {
	const uint8_t *start;
	size_t size;
	size_t pos; /* of the next header; after an error, of the bad one */
};

struct cpio_entry {
	const char *name; /* terminated, name_len bytes before the NUL */
	size_t name_len;
	const void *data; /* size bytes; a link's target is not terminated */
	size_t size;
	uint32_t mode, uid, gid, nlink;
	uint32_t ino;   /* with dev: names that share a file */
	uint32_t mtime; /* seconds, unsigned */
	uint32_t dev_major, dev_minor;
	uint32_t rdev_major, rdev_minor;
};

void cpio_init(struct cpio_iter *it, const void *archive, size_t size);

/*
 * 1: *ENTRY is the next one; 0: the end; -EINVAL: not cpio, corrupt or cut
 * short.  At 0, it->pos is the first byte behind the archive and its zeros: a
 * compressed archive may begin there.
 */
must_check int cpio_next(struct cpio_iter *it, struct cpio_entry *entry);
