/* SPDX-License-Identifier: BSD-2-Clause */
/* prctl(2): what a thread sets about itself and its process. */
#include "abi/prctl.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

#define SLACK_NS 50000

static long set_name(uaddr_t from)
{
	char name[THREAD_NAME_MAX];
	ssize_t len = arch_copy_string_user(name, from, sizeof(name));

	if (len < 0)
		return len;
	name[sizeof(name) - 1] = 0;
	thread_set_name(thread_current(), name);
	return 0;
}

static long put_int(uaddr_t to, int value)
{
	return arch_put_user32(to, (uint32_t)value);
}

static long set_death_signal(unsigned long sig)
{
	if (sig > SIGMAX)
		return -EINVAL;
	task_current()->death_signal = (int)sig;
	return 0;
}

/* A changed copy of the credentials to be given to adopt(); NULL: no memory. */
static struct cred *begin(void)
{
	const struct cred *c = cred_current();

	return cred_copy(c, c->group_count);
}

static long adopt(struct cred *n)
{
	const struct cred *old = cred_current();

	thread_current()->cred = n;
	cred_put(old);
	return 0;
}

static long drop_bound(unsigned long cap)
{
	struct cred *n;

	if (!cred_capable(cred_current(), CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST)
		return -EINVAL;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->cap_bounding &= ~(1ull << cap);
	return adopt(n);
}

static long set_securebits(unsigned long bits)
{
	const struct cred *c = cred_current();
	uint32_t old = c->securebits;
	uint32_t locked = (old & SECBITS_LOCKS) >> 1;
	struct cred *n;

	if ((locked & (old ^ bits)) || (old & SECBITS_LOCKS & ~bits) ||
	    (bits & ~(unsigned long)SECBITS_ALL) ||
	    !cred_capable(c, CAP_SETPCAP))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->securebits = (uint32_t)bits;
	return adopt(n);
}

static long set_keep_caps(unsigned long keep)
{
	struct cred *n;

	if (keep > 1)
		return -EINVAL;
	if (cred_current()->securebits & (SECBIT_KEEP_CAPS << 1))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	if (keep)
		n->securebits |= SECBIT_KEEP_CAPS;
	return adopt(n);
}

static long change_ambient(unsigned long how, uint64_t bit)
{
	const struct cred *c = cred_current();
	struct cred *n;

	if (how == PR_CAP_AMBIENT_RAISE &&
	    (!(c->cap_permitted & bit) || !(c->cap_inheritable & bit) ||
	     (c->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	if (how == PR_CAP_AMBIENT_RAISE)
		n->cap_ambient |= bit;
	else
		n->cap_ambient &= ~bit;
	return adopt(n);
}

static long ambient(unsigned long how, unsigned long cap, unsigned long rest)
{
	if (rest)
		return -EINVAL;
	if (how == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap ? -EINVAL : change_ambient(how, ~0ull);
	if (cap > CAP_LAST)
		return -EINVAL;
	switch (how) {
	case PR_CAP_AMBIENT_IS_SET:
		return cred_current()->cap_ambient >> cap & 1;
	case PR_CAP_AMBIENT_RAISE:
	case PR_CAP_AMBIENT_LOWER: return change_ambient(how, 1ull << cap);
	default: return -EINVAL;
	}
}

static long capabilities(int option, unsigned long a, unsigned long b,
			 unsigned long rest)
{
	const struct cred *c = cred_current();

	switch (option) {
	case PR_GET_KEEPCAPS: return !!(c->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS: return set_keep_caps(a);
	case PR_CAPBSET_READ:
		return a > CAP_LAST ? -EINVAL
				    : (long)(c->cap_bounding >> a & 1);
	case PR_CAPBSET_DROP: return drop_bound(a);
	case PR_GET_SECUREBITS: return c->securebits;
	case PR_SET_SECUREBITS: return set_securebits(a);
	case PR_CAP_AMBIENT: return ambient(a, b, rest);
	default: return -EINVAL;
	}
}

static long set_dumpable(unsigned long value)
{
	if (value > 1)
		return -EINVAL;
	process_current()->dumpable = value;
	return 0;
}

static long no_new_privs(int option, unsigned long a, unsigned long rest)
{
	struct process *p = process_current();

	if (rest || (option == PR_SET_NO_NEW_PRIVS ? a != 1 : a))
		return -EINVAL;
	if (option == PR_GET_NO_NEW_PRIVS)
		return p->no_new_privs;
	p->no_new_privs = true;
	return 0;
}

long sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c,
	       unsigned long d)
{
	struct process *p = process_current();

	switch (option) {
	case PR_SET_PDEATHSIG: return set_death_signal(a);
	case PR_GET_PDEATHSIG: return put_int(a, task_current()->death_signal);
	case PR_GET_DUMPABLE: return p->dumpable;
	case PR_SET_DUMPABLE: return set_dumpable(a);
	case PR_GET_TIMING: return 0;
	case PR_SET_TIMING: return a ? -EINVAL : 0;
	case PR_SET_NAME: return set_name(a);
	case PR_GET_NAME:
		return copy_to_user(a, thread_current()->name, THREAD_NAME_MAX);
	case PR_SET_CHILD_SUBREAPER: p->subreaper = a != 0; return 0;
	case PR_GET_CHILD_SUBREAPER: return put_int(a, p->subreaper);
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS: return no_new_privs(option, a, b | c | d);
	case PR_SET_TIMERSLACK:
		/* Timers here are as exact as they can be. */
		task_current()->timer_slack = a ? a : SLACK_NS;
		return 0;
	case PR_GET_TIMERSLACK: return (long)task_current()->timer_slack;
	case PR_GET_TID_ADDRESS:
		return copy_to_user(a, &task_current()->clear_child_tid,
				    sizeof(uaddr_t));
	case PR_SET_THP_DISABLE: return b | c | d ? -EINVAL : 0;
	case PR_GET_THP_DISABLE: return a | b | c | d ? -EINVAL : 0;
	default: return capabilities(option, a, b, c | d);
	}
}
