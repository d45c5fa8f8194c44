/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading directories whose entries all are in the dentry cache (tmpfs,
 * devtmpfs, the fixed part of proc).  Positions are the entries' cookies,
 * which stay what they are while entries come and go; the open file keeps a
 * reference on where it stopped, so that going on costs nothing.
 */
#pragma once

#include "lib/types.h"

struct dir_context;
struct file;
struct file_ops;
struct iter;

extern const struct file_ops cachedir_ops;

/* For file systems that have more entries than these: as file_ops. */
int must_check cachedir_iterate(struct file *f, struct dir_context *dc);
void cachedir_release(struct file *f);
off_t must_check cachedir_seek(struct file *f, off_t off, int whence);
/* "." and ".."; false: the buffer is full. */
bool must_check cachedir_dots(struct file *f, struct dir_context *dc);
ssize_t must_check cachedir_read(struct file *f, struct iter *to, off_t *pos);
int must_check cachedir_fsync(struct file *f, bool data_only);
