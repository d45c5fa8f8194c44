/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls about scheduling (sched(7)).  Nice values, policies and their
 * priorities are kept, checked and told; the scheduler gives all user threads
 * equal turns.  A set of CPUs is checked: every thread may run on all of them.
 */
#include "abi/sched.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/percpu.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vm/usercopy.h"

#define SLICE_NS     (4 * NSEC_PER_MSEC)
#define RT_MAX       99
#define ATTR_SIZE_V0 48u
#define ATTR_SIZE_V1 56u
#define IOPRIO_NONE  0

struct sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};
static_assert(sizeof(struct sched_attr) == ATTR_SIZE_V1, "Linux's layout");

static int clamp_nice(int nice)
{
	return nice < -20 ? -20 : nice > 19 ? 19 : nice;
}

static bool may_change(const struct process *p)
{
	const struct cred *c = cred_current();

	return c->euid == p->uid || c->uid == p->uid ||
	       cred_capable(c, CAP_SYS_NICE);
}

static int set_nice(struct process *p, int nice)
{
	uint64_t limit = p->limit[RLIMIT_NICE].cur;

	if (!may_change(p))
		return -EPERM;
	if (nice < p->nice && (uint64_t)(20 - nice) > limit &&
	    !cred_capable(cred_current(), CAP_SYS_NICE))
		return -EACCES;
	p->nice = (int8_t)nice;
	return 0;
}

static bool is_meant(const struct process *p, int which, int who)
{
	switch (which) {
	case PRIO_PROCESS: return p->pid == who;
	case PRIO_PGRP: return p->pgrp == who;
	default: return p->uid == (uint32_t)who;
	}
}

static int who_of(int which, int who)
{
	if (who)
		return who;
	switch (which) {
	case PRIO_PROCESS: return process_current()->pid;
	case PRIO_PGRP: return process_current()->pgrp;
	default: return (int)cred_current()->uid;
	}
}

long sys_getpriority(int which, int who)
{
	struct process *p;
	long best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	who = who_of(which, who);
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		if (is_meant(p, which, who))
			best = MAX(best, (long)(20 - p->nice));
		process_put(p);
	}
	return best;
}

long sys_setpriority(int which, int who, int nice)
{
	struct process *p;
	long result = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	who = who_of(which, who);
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		if (is_meant(p, which, who)) {
			int err = set_nice(p, clamp_nice(nice));

			if (err || result == -ESRCH)
				result = err;
		}
		process_put(p);
	}
	return result;
}

/* The thread of that id (0: the caller), referenced; NULL. */
static struct task *find(int tid)
{
	struct task *t;

	if (tid == 0) {
		thread_get(thread_current());
		return task_current();
	}
	rcu_read_lock();
	t = tid > 0 ? task_find_rcu(tid) : NULL;
	if (t)
		thread_get(&t->thread);
	rcu_read_unlock();
	return t;
}

static bool is_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int check_policy(int policy, int priority)
{
	policy &= ~SCHED_RESET_ON_FORK;
	if (is_rt(policy))
		return priority >= 1 && priority <= RT_MAX ? 0 : -EINVAL;
	if (policy != SCHED_OTHER && policy != SCHED_BATCH &&
	    policy != SCHED_IDLE)
		return -EINVAL;
	return priority == 0 ? 0 : -EINVAL;
}

static int set_policy(struct task *t, int policy, int priority)
{
	int err = check_policy(policy, priority);
	uint64_t limit = t->process->limit[RLIMIT_RTPRIO].cur;

	if (err)
		return err;
	if (!may_change(t->process))
		return -EPERM;
	if (is_rt(policy & ~SCHED_RESET_ON_FORK) && priority > (int)limit &&
	    !cred_capable(cred_current(), CAP_SYS_NICE))
		return -EPERM;
	t->policy = (uint32_t)policy;
	t->rt_priority = (uint32_t)priority;
	return 0;
}

long sys_sched_setscheduler(int tid, int policy, uaddr_t param)
{
	int32_t priority;
	struct task *t;
	long err;

	if (policy < 0 || tid < 0 || !param)
		return -EINVAL;
	if (copy_from_user(&priority, param, sizeof(priority)))
		return -EFAULT;
	t = find(tid);
	if (!t)
		return -ESRCH;
	err = set_policy(t, policy, priority);
	thread_put(&t->thread);
	return err;
}

long sys_sched_setparam(int tid, uaddr_t param)
{
	struct task *t = find(tid);
	int policy;

	if (!t)
		return -ESRCH;
	policy = (int)t->policy;
	thread_put(&t->thread);
	return sys_sched_setscheduler(tid, policy, param);
}

long sys_sched_getscheduler(int tid)
{
	struct task *t;
	long policy;

	if (tid < 0)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	policy = (long)t->policy;
	thread_put(&t->thread);
	return policy;
}

long sys_sched_getparam(int tid, uaddr_t param)
{
	struct task *t;
	uint32_t priority;

	if (tid < 0 || !param)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	priority = t->rt_priority;
	thread_put(&t->thread);
	return copy_to_user(param, &priority, sizeof(priority));
}

long sys_sched_get_priority_max(int policy)
{
	return is_rt(policy) ? RT_MAX : check_policy(policy, 0);
}

long sys_sched_get_priority_min(int policy)
{
	return is_rt(policy) ? 1 : check_policy(policy, 0);
}

long sys_sched_rr_get_interval(int tid, uaddr_t out)
{
	struct timespec64 ts = timespec_of(SLICE_NS);
	struct task *t;

	if (tid < 0)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	thread_put(&t->thread);
	return copy_to_user(out, &ts, sizeof(ts));
}

long sys_sched_setaffinity(int tid, unsigned len, uaddr_t mask)
{
	uint8_t bits[CPU_MAX / 8 + sizeof(long)] = { 0 };
	struct task *t;
	bool some = false, ours;

	if (copy_from_user(bits, mask, MIN(len, (unsigned)sizeof(bits))))
		return -EFAULT;
	t = find(tid);
	if (!t)
		return -ESRCH;
	ours = may_change(t->process);
	thread_put(&t->thread);
	if (!ours)
		return -EPERM;
	cpu_for_each (cpu)
		some |= bits[cpu / 8] >> cpu % 8 & 1;
	return some ? 0 : -EINVAL;
}

long sys_sched_getattr(int tid, uaddr_t out, unsigned size, unsigned flags)
{
	struct sched_attr a = { .size = MIN(size, ATTR_SIZE_V1) };
	struct task *t;

	if (!out || tid < 0 || size < ATTR_SIZE_V0 || size > PAGE_SIZE || flags)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	a.policy = t->policy & ~(uint32_t)SCHED_RESET_ON_FORK;
	a.flags = t->policy & SCHED_RESET_ON_FORK ? 1 : 0;
	a.priority = t->rt_priority;
	a.nice = is_rt((int)a.policy) ? 0 : t->process->nice;
	a.util_max = 1024;
	thread_put(&t->thread);
	return copy_to_user(out, &a, a.size);
}

long sys_sched_setattr(int tid, uaddr_t in, unsigned flags)
{
	struct sched_attr a = { 0 };
	struct task *t;
	long err;

	if (!in || tid < 0 || flags)
		return -EINVAL;
	if (copy_from_user(&a, in, ATTR_SIZE_V0))
		return -EFAULT;
	if ((a.size && a.size < ATTR_SIZE_V0) || (int)a.policy < 0)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	err = set_policy(
		t, (int)a.policy | (a.flags & 1 ? SCHED_RESET_ON_FORK : 0),
		(int)a.priority);
	if (!err && !is_rt((int)a.policy))
		err = set_nice(t->process, clamp_nice(a.nice));
	thread_put(&t->thread);
	return err;
}

long sys_ioprio_get(int which, int who)
{
	return which >= 1 && which <= 3 ? IOPRIO_NONE : -EINVAL;
}

/* There is nothing that would take it into account. */
long sys_ioprio_set(int which, int who, int value)
{
	return which >= 1 && which <= 3 && value >> 13 <= 3 ? 0 : -EINVAL;
}
