/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes and FIFOs: a ring of pages between writers and readers.
 *
 * A pipe hangs on its inode (a nameless one, or a FIFO's while it is open).
 * Writes of up to PIPE_BUF bytes are whole.  The pipe's mutex is held over
 * copies from and to user memory (HOUSE §12.9 names it), never while waiting.
 */
#pragma once

#include "lib/types.h"

struct file;
struct file_ops;
struct inode;

extern const struct file_ops pipe_file_ops;

/* Both ends of a new pipe; flags: O_NONBLOCK, O_CLOEXEC ignored. */
int must_check pipe_create(uint32_t flags, struct file **reader,
			   struct file **writer);
/* F_GETPIPE_SZ and F_SETPIPE_SZ; -EBADF: no pipe. */
int must_check pipe_size(struct file *f);
int must_check pipe_set_size(struct file *f, size_t bytes);
/* The inode goes. */
void pipe_free(struct inode *ino);
