/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about time (time(7)). */
#include "abi/time.h"

#include "lib/div.h"

#include "abi/errno.h"
#include "core/timer.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/waitq.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vm/usercopy.h"

#define COARSE_NS (4 * NSEC_PER_MSEC)

int timespec_read_clock(int clock, nsec_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI: *ns = clock_realtime(); return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME: *ns = clock_monotonic(); return 0;
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		*ns = clock == CLOCK_REALTIME_COARSE ? clock_realtime()
						     : clock_monotonic();
		*ns -= mod_u64((uint64_t)*ns, COARSE_NS);
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_MY_PROCESS:
		*ns = process_runtime(process_current());
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MY_THREAD: *ns = thread_runtime(thread_current()); return 0;
	default: return -EINVAL;
	}
}

long sys_clock_gettime(int clock, uaddr_t out)
{
	struct timespec64 ts;
	nsec_t ns;
	int err = timespec_read_clock(clock, &ns);

	if (err)
		return err;
	ts = timespec_of(ns);
	return copy_to_user(out, &ts, sizeof(ts));
}

long sys_clock_getres(int clock, uaddr_t out)
{
	struct timespec64 ts = { 0, 1 };
	nsec_t ns;
	int err = timespec_read_clock(clock, &ns);

	if (err)
		return err;
	if (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		ts.nsec = COARSE_NS;
	return out ? copy_to_user(out, &ts, sizeof(ts)) : 0;
}

long sys_clock_settime(int clock, uaddr_t in)
{
	struct timespec64 ts;
	nsec_t ns;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (copy_from_user(&ts, in, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns))
		return -EINVAL;
	if (!cred_capable(cred_current(), CAP_SYS_TIME))
		return -EPERM;
	clock_realtime_set(ns);
	return 0;
}

long sys_gettimeofday(uaddr_t tv, uaddr_t tz)
{
	struct timespec64 ts = timespec_of(clock_realtime());
	struct timeval64 out = { ts.sec, div_s64(ts.nsec, NSEC_PER_USEC) };
	int32_t zone[2] = { 0, 0 };

	if (tv && copy_to_user(tv, &out, sizeof(out)))
		return -EFAULT;
	return tz ? copy_to_user(tz, zone, sizeof(zone)) : 0;
}

long sys_settimeofday(uaddr_t tv, uaddr_t tz)
{
	struct timeval64 in;

	if (tv && copy_from_user(&in, tv, sizeof(in)))
		return -EFAULT;
	if (tv && (in.sec < 0 || in.usec < 0 || in.usec >= 1000000))
		return -EINVAL;
	if (!cred_capable(cred_current(), CAP_SYS_TIME))
		return -EPERM;
	if (tv)
		clock_realtime_set(in.sec * NSEC_PER_SEC +
				   in.usec * NSEC_PER_USEC);
	return 0;
}

long sys_time(uaddr_t out)
{
	long now = (long)div_s64(clock_realtime(), NSEC_PER_SEC);

	if (out && copy_to_user(out, &now, sizeof(now)))
		return -EFAULT;
	return now;
}

/* Sleeps until a monotonic deadline; tells what was left when disturbed. */
static long sleep_until(nsec_t deadline, uaddr_t rem)
{
	struct timespec64 left;
	int err = thread_sleep_until(deadline, THREAD_SLEEPING);
	nsec_t ns;

	if (err != -EINTR)
		return err;
	ns = deadline - clock_monotonic();
	left = timespec_of(ns > 0 ? ns : 0);
	if (rem && copy_to_user(rem, &left, sizeof(left)))
		return -EFAULT;
	task_current()->restart_deadline = deadline;
	return -ERESTARTNOHAND;
}

/* Waits keep their deadline in the thread and are made again as they were
 * (task.restart_deadline); nobody is told to come here. */
long sys_restart_syscall(void)
{
	return -EINTR;
}

long sys_clock_nanosleep(int clock, int flags, uaddr_t rq, uaddr_t rem)
{
	struct task *t = task_current();
	struct timespec64 ts;
	nsec_t ns, now;

	if (copy_from_user(&ts, rq, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts, &ns) || timespec_read_clock(clock, &now))
		return -EINVAL;
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	if (flags & TIMER_ABSTIME) {
		ns = ns > now ? ns - now : 0;
		rem = 0;
	}
	now = clock_monotonic();
	if (t->restart_deadline) { /* the process was stopped meanwhile */
		ns = t->restart_deadline;
		t->restart_deadline = 0;
		return sleep_until(ns, rem);
	}
	return sleep_until(
		ns > NSEC_FOREVER - now ? NSEC_FOREVER - 1 : now + ns, rem);
}

long sys_nanosleep(uaddr_t rq, uaddr_t rem)
{
	return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, rq, rem);
}

#define USER_HZ 100

static long ticks(nsec_t ns)
{
	return (long)div_s64(ns, NSEC_PER_SEC / USER_HZ);
}

long sys_times(uaddr_t out)
{
	struct process *p = process_current();
	struct thread_times own;
	long t[4];

	process_times(p, &own);
	t[0] = ticks(own.user);
	t[1] = ticks(own.system);
	t[2] = ticks(p->children_times.user);
	t[3] = ticks(p->children_times.system);

	if (out && copy_to_user(out, t, sizeof(t)))
		return -EFAULT;
	return (long)div_s64(clock_monotonic(), NSEC_PER_SEC / USER_HZ);
}
