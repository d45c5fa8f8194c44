/* SPDX-License-Identifier: BSD-2-Clause */
/* Making processes and threads. */
#pragma once

#include "lib/types.h"

struct frame;

struct fork_request {
	uint64_t flags; /* CLONE_* without the signal */
	int exit_signal;
	uaddr_t stack; /* the child's stack pointer; 0: the parent's */
	uaddr_t tls, parent_tid, child_tid, pidfd;
};

/* The child starts as a copy of f, with result 0.  Returns its id; waits for
 * it with CLONE_VFORK.  -EINVAL for combinations that clone(2) refuses or
 * that are not there yet (namespaces), -EAGAIN, -ENOMEM, -EMFILE. */
long must_check fork_process(const struct frame *f,
			     const struct fork_request *rq);
