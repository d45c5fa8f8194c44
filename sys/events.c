/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that make files which tell of events, and epoll(7)'s waiting. */
#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "proc/signalfd.h"
#include "sched/waitq.h"
#include "sys/poll.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vfs/epoll.h"
#include "vfs/eventfd.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/memfd.h"
#include "vfs/timerfd.h"
#include "vm/usercopy.h"

#define FEW_EVENTS  16
#define MOST_EVENTS 1024
#define NAME_LIMIT  249 /* of a memfd: NAME_MAX less its prefix */

/* A new file gets its descriptor, or goes. */
static long install(struct file *f, int err, bool cloexec)
{
	int fd;

	if (err)
		return err;
	fd = fdtable_add(f, cloexec);
	if (fd < 0)
		file_put(f);
	return fd;
}

long sys_eventfd2(unsigned count, int flags)
{
	struct file *f = NULL;
	int err = eventfd_create(count, (unsigned)flags & ~O_CLOEXEC, &f);

	return install(f, err, flags & O_CLOEXEC);
}

long sys_eventfd(unsigned count)
{
	return sys_eventfd2(count, 0);
}

long sys_signalfd4(int fd, uaddr_t mask, size_t size, int flags)
{
	struct file *f = NULL;
	struct fdref ref;
	sigset_t set;
	int err;

	if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) || size != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, mask, sizeof(set)))
		return -EFAULT;
	if (fd == -1) {
		err = signalfd_create(set, flags & O_NONBLOCK, &f);
		return install(f, err, flags & O_CLOEXEC);
	}
	ref = fdtable_get(fd);
	if (!ref.file)
		return -EBADF;
	err = signalfd_set_mask(ref.file, set);
	fdtable_put(ref);
	return err ? err : fd;
}

long sys_signalfd(int fd, uaddr_t mask, size_t size)
{
	return sys_signalfd4(fd, mask, size, 0);
}

long sys_timerfd_create(int clock, int flags)
{
	struct file *f = NULL;
	int err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = timerfd_create(clock, flags & O_NONBLOCK, &f);
	return install(f, err, flags & O_CLOEXEC);
}

static int get_setting(uaddr_t at, struct timerfd_setting *set)
{
	struct timespec64 ts[2];

	if (copy_from_user(ts, at, sizeof(ts)))
		return -EFAULT;
	if (timespec_to_ns(&ts[0], &set->interval))
		return -EINVAL;
	return timespec_to_ns(&ts[1], &set->value);
}

static int put_setting(uaddr_t at, const struct timerfd_setting *set)
{
	struct timespec64 ts[2] = { timespec_of(set->interval),
				    timespec_of(set->value) };

	return copy_to_user(at, ts, sizeof(ts));
}

long sys_timerfd_settime(int fd, int flags, uaddr_t new, uaddr_t old)
{
	struct timerfd_setting set, before;
	struct fdref ref;
	int err;

	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	err = get_setting(new, &set);
	if (err)
		return err;
	ref = fdtable_get(fd);
	if (!ref.file)
		return -EBADF;
	err = timerfd_settime(ref.file, flags & TFD_TIMER_ABSTIME, &set,
			      &before);
	fdtable_put(ref);
	if (!err && old)
		err = put_setting(old, &before);
	return err;
}

long sys_timerfd_gettime(int fd, uaddr_t out)
{
	struct fdref ref = fdtable_get(fd);
	struct timerfd_setting now;
	int err;

	if (!ref.file)
		return -EBADF;
	err = timerfd_gettime(ref.file, &now);
	fdtable_put(ref);
	return err ? err : put_setting(out, &now);
}

long sys_memfd_create(uaddr_t user_name, unsigned flags)
{
	char name[NAME_LIMIT + 1];
	struct file *f = NULL;
	ssize_t len;
	int err;

	/* There are no huge pages to make one of. */
	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	len = usercopy_string(name, user_name, sizeof(name));
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	err = memfd_create(name, flags & MFD_ALLOW_SEALING, &f);
	return install(f, err, flags & MFD_CLOEXEC);
}

long sys_epoll_create1(int flags)
{
	struct file *f = NULL;
	int err;

	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	err = epoll_create(&f);
	return install(f, err, flags & O_CLOEXEC);
}

long sys_epoll_create(int size)
{
	return size > 0 ? sys_epoll_create1(0) : -EINVAL;
}

long sys_epoll_ctl(int epfd, int op, int fd, uaddr_t event)
{
	struct abi_epoll_event ev = { 0 };
	struct fdref ep, target;
	long err = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&ev, event, sizeof(ev)))
		return -EFAULT;
	ep = fdtable_get(epfd);
	target = fdtable_get(fd);
	if (ep.file && target.file)
		err = epoll_ctl(ep.file, op, target.file, fd, &ev);
	if (ep.file)
		fdtable_put(ep);
	if (target.file)
		fdtable_put(target);
	return err;
}

static long wait_into(struct file *ep, struct abi_epoll_event *events,
		      uaddr_t out, unsigned max, nsec_t deadline)
{
	long n = epoll_wait(ep, events, max, deadline);

	if (n > 0 && copy_to_user(out, events, (size_t)n * sizeof(*events))) {
		epoll_untold(ep);
		return -EFAULT;
	}
	return n;
}

static long wait_file(struct file *ep, uaddr_t out, unsigned max,
		      nsec_t deadline)
{
	struct abi_epoll_event few[FEW_EVENTS], *many;
	long n;

	if (!epoll_is(ep))
		return -EINVAL;
	if (max <= FEW_EVENTS)
		return wait_into(ep, few, out, max, deadline);
	max = MIN(max, (unsigned)MOST_EVENTS);
	many = kmalloc_array(max, sizeof(*many), 0);
	if (!many)
		return wait_into(ep, few, out, FEW_EVENTS, deadline);
	n = wait_into(ep, many, out, max, deadline);
	kfree(many);
	return n;
}

static long wait_fd(int epfd, uaddr_t out, int max, nsec_t deadline)
{
	struct fdref ref;
	long n;

	if (max <= 0 || max > INT32_MAX / (int)sizeof(struct abi_epoll_event))
		return -EINVAL;
	if (!usercopy_range_ok(out,
			       (size_t)max * sizeof(struct abi_epoll_event)))
		return -EFAULT;
	ref = fdtable_get(epfd);
	if (!ref.file)
		return -EBADF;
	n = wait_file(ref.file, out, (unsigned)max, deadline);
	fdtable_put(ref);
	return n;
}

static nsec_t deadline_of_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return NSEC_FOREVER;
	return timeout_ms ? clock_monotonic() + timeout_ms * NSEC_PER_MSEC : 0;
}

long sys_epoll_wait(int epfd, uaddr_t events, int max, int timeout_ms)
{
	return wait_fd(epfd, events, max, deadline_of_ms(timeout_ms));
}

static long wait_masked(int epfd, uaddr_t events, int max, nsec_t deadline,
			const uaddr_t mask[2])
{
	long n = poll_mask_begin(mask[0], mask[1]);

	if (n)
		return n;
	n = wait_fd(epfd, events, max, deadline);
	poll_mask_end(mask[0], n);
	return n;
}

long sys_epoll_pwait(int epfd, uaddr_t events, int max, int timeout_ms,
		     uaddr_t mask, size_t size)
{
	return wait_masked(epfd, events, max, deadline_of_ms(timeout_ms),
			   (uaddr_t[]){ mask, size });
}

long sys_epoll_pwait2(int epfd, uaddr_t events, int max, uaddr_t timeout,
		      uaddr_t mask, size_t size)
{
	nsec_t deadline;
	long err = poll_read_timeout(timeout, false, &deadline);

	if (err)
		return err;
	return wait_masked(epfd, events, max, deadline,
			   (uaddr_t[]){ mask, size });
}
