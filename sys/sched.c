/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls about scheduling (sched(7)): checks of rights and arguments here, what
 * they mean in sched/.
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
#define RR_SLICE_NS  (100 * NSEC_PER_MSEC)
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

static int set_nice(struct task *t, int nice)
{
	uint64_t limit = t->process->limit[RLIMIT_NICE].cur;

	if (!may_change(t->process))
		return -EPERM;
	if (nice < t->thread.nice && (uint64_t)(20 - nice) > limit &&
	    !cred_capable(cred_current(), CAP_SYS_NICE))
		return -EACCES;
	thread_set_nice(&t->thread, nice);
	return 0;
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

static bool is_meant(const struct process *p, int which, int who)
{
	return which == PRIO_PGRP ? p->pgrp == who : p->uid == (uint32_t)who;
}

/* fn with every thread of the process, or of the group or user: each makes of
 * the result so far the next. */
static long for_each_meant(int which, int who,
			   long (*fn)(struct task *t, int arg, long so_far),
			   int arg)
{
	long result = -ESRCH;
	struct process *p;
	struct task *t;

	if (which == PRIO_PROCESS) {
		t = who < 0 ? NULL : find(who);
		if (!t)
			return -ESRCH;
		result = fn(t, arg, result);
		thread_put(&t->thread);
		return result;
	}
	if (who == 0)
		who = which == PRIO_PGRP ? process_current()->pgrp
					 : (int)cred_current()->uid;
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		spin_lock(&process_lock);
		if (is_meant(p, which, who))
			list_for_each (t, &p->tasks, node)
				result = fn(t, arg, result);
		spin_unlock(&process_lock);
		process_put(p);
	}
	return result;
}

static long highest(struct task *t, int arg, long so_far)
{
	return MAX(so_far, (long)(20 - t->thread.nice));
}

static long change_nice(struct task *t, int nice, long so_far)
{
	int err = set_nice(t, nice);

	return err || so_far == -ESRCH ? err : so_far;
}

long sys_getpriority(int which, int who)
{
	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	return for_each_meant(which, who, highest, 0);
}

long sys_setpriority(int which, int who, int nice)
{
	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	return for_each_meant(which, who, change_nice, clamp_nice(nice));
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

/* As sched_getscheduler(2) tells it. */
static int policy_of(const struct task *t)
{
	return t->thread.policy | (t->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
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
	t->reset_on_fork = policy & SCHED_RESET_ON_FORK;
	thread_set_policy(&t->thread,
			  (enum thread_policy)(policy & ~SCHED_RESET_ON_FORK),
			  (unsigned)priority);
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
	policy = policy_of(t);
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
	policy = policy_of(t);
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
	priority = t->thread.rt_priority;
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
	struct timespec64 ts;
	struct task *t;
	nsec_t slice;

	if (tid < 0)
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	slice = t->thread.policy == THREAD_RR     ? RR_SLICE_NS
		: t->thread.policy == THREAD_FIFO ? 0
						  : SLICE_NS;
	thread_put(&t->thread);
	ts = timespec_of(slice);
	return copy_to_user(out, &ts, sizeof(ts));
}

long sys_sched_setaffinity(int tid, unsigned len, uaddr_t mask)
{
	struct cpumask m = { 0 };
	struct task *t;
	long err;

	if (copy_from_user(&m, mask, MIN(len, (unsigned)sizeof(m))))
		return -EFAULT;
	t = find(tid);
	if (!t)
		return -ESRCH;
	err = may_change(t->process) ? thread_set_allowed(&t->thread, &m)
				     : -EPERM;
	thread_put(&t->thread);
	return err;
}

long sys_sched_getaffinity(int tid, unsigned len, uaddr_t mask)
{
	unsigned size = ALIGN_UP((cpu_count + 7) / 8, (unsigned)sizeof(long));
	struct cpumask allowed, m = { 0 };
	struct task *t;

	if (len < size || len % sizeof(long))
		return -EINVAL;
	t = find(tid);
	if (!t)
		return -ESRCH;
	thread_get_allowed(&t->thread, &allowed);
	thread_put(&t->thread);
	cpu_for_each (cpu)
		if (cpumask_test(&allowed, cpu))
			cpumask_set(&m, cpu);
	if (copy_to_user(mask, &m, size))
		return -EFAULT;
	return size;
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
	a.policy = t->thread.policy;
	a.flags = t->reset_on_fork;
	a.priority = t->thread.rt_priority;
	a.nice = is_rt((int)a.policy) ? 0 : t->thread.nice;
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
		err = set_nice(t, clamp_nice(a.nice));
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

long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused_cache)
{
	uint32_t c = arch_cpu_id(), n = 0;

	if (cpu && copy_to_user(cpu, &c, sizeof(c)))
		return -EFAULT;
	return node ? copy_to_user(node, &n, sizeof(n)) : 0;
}
