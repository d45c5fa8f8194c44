/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * splice(2) and tee(2): between a pipe and a file, or two pipes, without user
 * memory.  Pages move or are shared between pipes; to and from other files
 * their bytes are copied once.
 */
#pragma once

#include "lib/types.h"

struct file;

#define SPLICE_MOVE     1u
#define SPLICE_NONBLOCK 2u
#define SPLICE_MORE     4u
#define SPLICE_GIFT     8u
#define SPLICE_ALL      15u

/* One end and where it stands; pos NULL: the file's own position. */
struct splice_end {
	struct file *file;
	off_t *pos;
};

bool splice_is_pipe(const struct file *f);
/* Bytes moved, 0 at the end; -EBADF, -EINVAL (no pipe, twice the same, cannot
 * be read or written so), -ESPIPE (a pipe has no position), -EAGAIN, -EPIPE,
 * -ENOMEM. */
ssize_t must_check splice_files(const struct splice_end *in,
				const struct splice_end *out, size_t len,
				unsigned flags);
/* Like the first len bytes of `in` were written to `out`, and stay. */
ssize_t must_check splice_tee(struct file *in, struct file *out, size_t len,
			      unsigned flags);
