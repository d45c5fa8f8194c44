/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that make processes and wait for them. */
#include "proc/fork.h"

#include "arch/abi.h"
#include "arch/syscall.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "proc/pidfd.h"
#include "proc/process.h"
#include "proc/wait.h"
#include "sys/rusage.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
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
	    (!a.stack != !a.stack_size) || a.cgroup)
		return -EINVAL;
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

long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage)
{
	struct wait_request rq = {
		.type = pid == -1 ? P_ALL
			: pid > 0 ? P_PID
				  : P_PGID,
		.id = pid > 0    ? pid
		      : pid == 0 ? process_current()->pgrp
				 : -pid,
		.options = (unsigned)options | WEXITED,
	};
	struct wait_result r;
	int found;

	if ((unsigned)options & ~(WNOHANG | WUNTRACED | WCONTINUED |
				  __WNOTHREAD | __WALL | __WCLONE))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	found = wait_for_child(&rq, &r);
	if (found <= 0)
		return found;
	if (status && arch_put_user32(status, (uint32_t)r.status))
		return -EFAULT;
	if (rusage_put(rusage, &r.times))
		return -EFAULT;
	return r.pid;
}

static long put_siginfo(uaddr_t out, const struct wait_result *r)
{
	int32_t info[32] = { 0 };
	size_t at = sizeof(uaddr_t) == 8 ? 4 : 3; /* the union's alignment */

	if (!out)
		return 0;
	if (r) {
		info[0] = SIGCHLD;
		info[2] = r->code;
		info[at] = r->pid;
		info[at + 1] = (int32_t)r->uid;
		info[at + 2] = r->code == CLD_EXITED      ? r->status >> 8
			       : r->code == CLD_STOPPED   ? r->status >> 8
			       : r->code == CLD_CONTINUED ? SIGCONT
							  : r->status & 0x7f;
	}
	return copy_to_user(out, info, (at + 3) * sizeof(info[0]));
}

static long tell(int found, const struct wait_result *r, uaddr_t out,
		 uaddr_t rusage)
{
	if (found < 0)
		return found;
	if (put_siginfo(out, found ? r : NULL))
		return -EFAULT;
	return found ? rusage_put(rusage, &r->times) : 0;
}

/* Where the descriptor is non-blocking, having to wait is an error. */
static long wait_pidfd(int fd, struct wait_request *rq, uaddr_t out,
		       uaddr_t rusage)
{
	struct wait_result r;
	struct fdref ref;
	int found = -EBADF;
	bool nonblock;

	if (fd < 0)
		return -EINVAL;
	ref = fdtable_get_any((unsigned)fd);
	if (!ref.file)
		return -EBADF;
	rq->process = pidfd_process(ref.file);
	nonblock = (ref.file->flags & O_NONBLOCK) && !(rq->options & WNOHANG);
	if (nonblock)
		rq->options |= WNOHANG;
	if (rq->process)
		found = wait_for_child(rq, &r);
	fdtable_put(ref);
	if (found == 0 && nonblock)
		return -EAGAIN;
	return tell(found, &r, out, rusage);
}

long sys_waitid(int type, int id, uaddr_t out, int options, uaddr_t rusage)
{
	struct wait_request rq = {
		.type = type,
		.id = id,
		.options = (unsigned)options,
	};
	struct wait_result r;

	if ((unsigned)options &
		    ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
		      __WNOTHREAD | __WALL | __WCLONE) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	if (type == P_PIDFD)
		return wait_pidfd(id, &rq, out, rusage);
	if (type < P_ALL || type > P_PGID || (type == P_PID && id <= 0) ||
	    (type == P_PGID && id < 0))
		return -EINVAL;
	if (type == P_PGID && id == 0)
		rq.id = process_current()->pgrp;
	return tell(wait_for_child(&rq, &r), &r, out, rusage);
}
