/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls about timers that send signals: alarm(2), setitimer(2) and the
 * timer_create(2) family. */
#include "proc/itimer.h"

#include "lib/div.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vm/usercopy.h"

#define ITIMER_REAL  0
#define USEC_PER_SEC 1000000

/* struct sigevent, up to what we look at. */
struct user_event {
	uint64_t value;
	int32_t signo, notify, tid;
};

static int get_timeval(const struct timeval64 *tv, nsec_t *ns)
{
	struct timespec64 ts = { tv->sec, tv->usec * NSEC_PER_USEC };

	if (tv->usec < 0 || tv->usec >= USEC_PER_SEC)
		return -EINVAL;
	return timespec_to_ns(&ts, ns);
}

/* A time that has not quite passed is not 0. */
static struct timeval64 timeval_of(nsec_t ns)
{
	struct timespec64 ts = timespec_of(ns);
	struct timeval64 tv = { ts.sec, div_s64(ts.nsec, NSEC_PER_USEC) };

	if (ns > 0 && !tv.sec && !tv.usec)
		tv.usec = 1;
	return tv;
}

static int put_timevals(uaddr_t out, const struct itimer_setting *set)
{
	struct timeval64 tv[2] = { timeval_of(set->interval),
				   timeval_of(set->value) };

	return copy_to_user(out, tv, sizeof(tv));
}

long sys_getitimer(int which, uaddr_t out)
{
	struct itimer_setting now;
	int err = itimer_get(which, &now);

	return err ? err : put_timevals(out, &now);
}

long sys_setitimer(int which, uaddr_t new, uaddr_t old)
{
	struct itimer_setting set = { 0 }, before;
	struct timeval64 tv[2] = { 0 };
	int err;

	if (new &&copy_from_user(tv, new, sizeof(tv)))
		return -EFAULT;
	err = get_timeval(&tv[0], &set.interval);
	if (!err)
		err = get_timeval(&tv[1], &set.value);
	if (!err)
		err = itimer_set(which, &set, &before);
	if (!err && old)
		err = put_timevals(old, &before);
	return err;
}

long sys_alarm(unsigned seconds)
{
	struct itimer_setting set = { .value = seconds * NSEC_PER_SEC }, old;
	int64_t left;

	if (itimer_set(ITIMER_REAL, &set, &old))
		return 0; /* has no way to tell */
	left = div_s64(old.value + NSEC_PER_SEC / 2, NSEC_PER_SEC);
	return old.value && !left ? 1 : (long)left;
}

long sys_timer_create(int clock, uaddr_t event, uaddr_t out)
{
	struct user_event ue = { .signo = SIGALRM };
	struct itimer_event ev;
	int id;

	if (event && copy_from_user(&ue, event, sizeof(ue)))
		return -EFAULT;
	ev = (struct itimer_event){
		.clock = clock,
		.notify = ue.notify,
		.signo = ue.signo,
		.tid = ue.tid,
		.value = ue.value,
		.value_is_id = !event,
	};
	id = itimer_create(&ev);
	if (id < 0)
		return id;
	if (copy_to_user(out, &id, sizeof(id)))
		return itimer_delete(id) ? -EINVAL : -EFAULT;
	return 0;
}

static int put_timespecs(uaddr_t out, const struct itimer_setting *set)
{
	struct timespec64 ts[2] = { timespec_of(set->interval),
				    timespec_of(set->value) };

	return copy_to_user(out, ts, sizeof(ts));
}

long sys_timer_settime(int id, int flags, uaddr_t new, uaddr_t old)
{
	struct itimer_setting set, before;
	struct timespec64 ts[2];
	int err;

	if (!new)
		return -EINVAL;
	if (copy_from_user(ts, new, sizeof(ts)))
		return -EFAULT;
	err = timespec_to_ns(&ts[0], &set.interval);
	if (!err)
		err = timespec_to_ns(&ts[1], &set.value);
	if (!err)
		err = itimer_settime(id, flags & TIMER_ABSTIME, &set, &before);
	if (!err && old)
		err = put_timespecs(old, &before);
	return err;
}

long sys_timer_gettime(int id, uaddr_t out)
{
	struct itimer_setting now;
	int err = itimer_gettime(id, &now);

	return err ? err : put_timespecs(out, &now);
}

long sys_timer_getoverrun(int id)
{
	return itimer_overrun(id);
}

long sys_timer_delete(int id)
{
	return itimer_delete(id);
}
