/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that wait for children: wait4(2), waitid(2). */
#include "proc/wait.h"

#include "arch/user.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "proc/pidfd.h"
#include "proc/process.h"
#include "sys/rusage.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vm/usercopy.h"

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
