/* SPDX-License-Identifier: BSD-2-Clause */
/* Resource limits (getrlimit(2)): kept by process, and spread to where the
 * paths that obey them look. */
#include "abi/errno.h"
#include "abi/resource.h"
#include "proc/cpulimit.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

static int check_limit(const struct rlimit64 *new, const struct rlimit64 *old)
{
	if (new->cur > new->max)
		return -EINVAL;
	if (new->max > old->max &&
	    !cred_capable(cred_current(), CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

/* Limits are copied where the paths that want them see them. */
static void spread_limits(struct process *p)
{
	struct vmspace *vs = process_vmspace(p);

	fd_limit_changed(p);
	cpulimit_update(p);
	if (!vs)
		return;
	vs->limit_as = p->limit[RLIMIT_AS].cur;
	vs->limit_data = p->limit[RLIMIT_DATA].cur;
	vs->limit_stack = p->limit[RLIMIT_STACK].cur;
	vmspace_put_user(vs);
}

long sys_prlimit64(int pid, unsigned which, uaddr_t new, uaddr_t old)
{
	struct process *p;
	struct rlimit64 was, want;
	long err = 0;

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	if (new &&copy_from_user(&want, new, sizeof(want)))
		return -EFAULT;
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	spin_lock(&process_lock);
	was = p->limit[which];
	if (new)
		err = check_limit(&want, &was);
	if (new && !err)
		p->limit[which] = want;
	spin_unlock(&process_lock);
	if (new && !err)
		spread_limits(p);
	process_put(p);
	if (!err && old)
		err = copy_to_user(old, &was, sizeof(was));
	return err;
}

long sys_getrlimit(unsigned which, uaddr_t out)
{
	unsigned long v[2];

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	v[0] = (unsigned long)process_current()->limit[which].cur;
	v[1] = (unsigned long)process_current()->limit[which].max;
	return copy_to_user(out, v, sizeof(v));
}

long sys_setrlimit(unsigned which, uaddr_t in)
{
	struct process *p = process_current();
	unsigned long v[2];
	struct rlimit64 want;
	long err;

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	if (copy_from_user(v, in, sizeof(v)))
		return -EFAULT;
	want.cur = v[0] == ~0ul ? RLIM64_INFINITY : v[0];
	want.max = v[1] == ~0ul ? RLIM64_INFINITY : v[1];
	spin_lock(&process_lock);
	err = check_limit(&want, &p->limit[which]);
	if (!err)
		p->limit[which] = want;
	spin_unlock(&process_lock);
	if (!err)
		spread_limits(p);
	return err;
}
