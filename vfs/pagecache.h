/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regular files through their object's pages (vm/object.h): the read, write
 * and mmap of every file system whose inodes have an object.
 *
 * Reading takes no lock: each page is found (or read in by the object's ops)
 * and copied from.  Writing faults its source in, then holds the inode's lock
 * and copies with faults off, so that writes are whole with respect to each
 * other and to truncation.  Where the inode has INODE_SPARSE, a page that is
 * not there reads as zeros and a new one is made without reading anything.
 */
#pragma once

#include "lib/types.h"

struct file;
struct inode;
struct iter;
struct map_request;

/* file_ops.read, .write, .mmap.  -EFAULT, -EIO, -ENOMEM, -ENOSPC, -EFBIG. */
ssize_t must_check pagecache_read(struct file *f, struct iter *to, off_t *pos);
ssize_t must_check pagecache_write(struct file *f, struct iter *from,
				   off_t *pos);
int must_check pagecache_mmap(struct file *f, struct map_request *rq);

/* A new size: drops pages behind it and clears the rest of the last one (when
 * it shrinks), so that growing shows zeros.  inode->lock held; may sleep. */
void pagecache_set_size_locked(struct inode *ino, uint64_t size);
/* Zeros [from, to): whole pages are dropped.  As above. */
void pagecache_punch_locked(struct inode *ino, uint64_t from, uint64_t to);
