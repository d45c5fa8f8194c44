/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advisory locks on files: flock(2) for whole files, owned by the open file,
 * and fcntl(2) records, owned by a process (or by the open file: OFD).  They
 * hang on the inode and are protected by one lock inside lock.c; who waits,
 * waits there.
 */
#pragma once

#include "lib/types.h"

struct file;
struct inode;

#define LOCK_PID_FILE (-1) /* of an open file, not a process */

struct lock_request {
	const void *owner;   /* a process's fdtable, or the file */
	int32_t pid;         /* shown by F_GETLK */
	uint16_t type;       /* F_RDLCK, F_WRLCK, F_UNLCK */
	bool whole_file;     /* flock(2): a space of its own */
	uint64_t start, end; /* bytes, inclusive */
};

/* Sets or removes; waits when `wait` is set.  -EAGAIN, -EINTR, -ENOMEM,
 * -EDEADLK: the owner in the way waits for this one. */
int must_check lock_set(struct file *f, const struct lock_request *rq,
			bool wait);
/* What stands in the way: fills *found and returns true. */
bool lock_test(struct file *f, const struct lock_request *rq,
	       struct lock_request *found);
/* Everything an owner holds on a file: close(2), exit. */
void lock_drop_owner(struct inode *ino, const void *owner);
/* The inode dies. */
void lock_free_all(struct inode *ino);
