/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that make processes and threads. */
#include "proc/fork.h"

#include "arch/abi.h"
#include "arch/syscall.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "proc/process.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

long sys_fork(struct frame *f)
{
	struct fork_request rq = { .exit_signal = SIGCHLD };

	return fork_process(f, &rq);
}

long sys_vfork(struct frame *f)
{
	struct fork_request rq = {
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
	};

	return fork_process(f, &rq);
}

long sys_clone(struct frame *f, unsigned long flags, uaddr_t stack,
	       uaddr_t parent_tid, uaddr_t child_tid, unsigned long tls)
{
	struct fork_request rq = {
		.flags = flags & ~(unsigned long)CSIGNAL,
		.exit_signal = (int)(flags & CSIGNAL),
		.stack = stack,
		.tls = tls,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
		.child_tid = child_tid,
	};

	if (rq.exit_signal > SIGMAX ||
	    (rq.flags & (CLONE_PIDFD | CLONE_PARENT_SETTID)) ==
		    (CLONE_PIDFD | CLONE_PARENT_SETTID))
		return -EINVAL;
	return fork_process(f, &rq);
}

/* What a newer caller knows and we do not must be zero. */
static long read_args(struct clone_args *a, uaddr_t from, size_t size)
{
	memset(a, 0, sizeof(*a));
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (copy_from_user(a, from, MIN(size, sizeof(*a))))
		return -EFAULT;
	for (size_t at = sizeof(*a); at < size; at++) {
		uint8_t byte;

		if (copy_from_user(&byte, from + at, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

long sys_clone3(struct frame *f, uaddr_t args, size_t size)
{
	struct clone_args a;
	long err = read_args(&a, args, size);
	struct fork_request rq;

	if (err)
		return err;
	if ((a.flags & CSIGNAL) || a.exit_signal > SIGMAX || a.set_tid_size ||
	    (!a.stack != !a.stack_size) || a.cgroup ||
	    (a.flags & CLONE_DETACHED))
		return -EINVAL;
	if ((a.flags & (CLONE_THREAD | CLONE_PARENT)) && a.exit_signal)
		return -EINVAL; /* there is no signal of its own */
	rq = (struct fork_request){
		.flags = a.flags,
		.exit_signal = (int)a.exit_signal,
		.stack = a.stack ? (uaddr_t)(a.stack + a.stack_size) : 0,
		.tls = (uaddr_t)a.tls,
		.parent_tid = (uaddr_t)a.parent_tid,
		.pidfd = (uaddr_t)a.pidfd,
		.child_tid = (uaddr_t)a.child_tid,
	};
	return fork_process(f, &rq);
}
