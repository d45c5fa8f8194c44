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

/* What to run, as execveat(2) is told. */
struct exec_place {
	int dirfd;        /* AT_FDCWD, or where a relative path begins */
	const char *path; /* kernel string */
	int flags;        /* AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
};

/* kernel.randomize_va_space: 0, programs lie where they did before. */
extern int exec_randomize;

/* Loads the program and sets up registers in f.  On error the old one is
 * untouched, except for -ENOEXEC-like failures found after the point of no
 * return, which kill the process. */
int must_check exec_run(struct frame *f, const struct exec_place *at,
			const struct exec_strings *argv,
			const struct exec_strings *envp);
