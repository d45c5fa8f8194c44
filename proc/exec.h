/* SPDX-License-Identifier: BSD-2-Clause */
/* Replacing the running process's program. */
#pragma once

#include "lib/types.h"

struct frame;

/* Where argv and envp come from: user memory (arrays of user pointers) or the
 * kernel (NULL-terminated arrays of strings), per `kernel`. */
struct exec_strings {
	uaddr_t user;
	const char *const *kernel;
};

/* Loads `path` (kernel string; from dirfd) and sets up registers in f.  On
 * error the old program is untouched, except for -ENOEXEC-like failures found
 * after the point of no return, which kill the process. */
int must_check exec_run(struct frame *f, int dirfd, const char *path, int flags,
			const struct exec_strings *argv,
			const struct exec_strings *envp);
