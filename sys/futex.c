/* SPDX-License-Identifier: BSD-2-Clause */
/* futex(2): decodes what the many operations mean. */
#include "proc/futex.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "abi/time.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "sched/waitq.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

/* FUTEX_WAIT's time is relative, WAIT_BITSET's absolute on either clock. */
static long deadline_of(int cmd, int op, uaddr_t timeout, nsec_t *deadline)
{
	struct timespec64 ts;
	nsec_t ns;

	*deadline = NSEC_FOREVER;
	if (!timeout)
		return 0;
	if (copy_from_user(&ts, timeout, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts.sec >= NSEC_FOREVER / NSEC_PER_SEC / 2)
		return 0;
	ns = ts.sec * NSEC_PER_SEC + ts.nsec;
	if (cmd == FUTEX_WAIT)
		ns += clock_monotonic();
	else if ((op & FUTEX_CLOCK_REALTIME) || cmd == FUTEX_LOCK_PI)
		ns -= clock_realtime() - clock_monotonic();
	*deadline = ns;
	return 0;
}

static long wait(uaddr_t addr, int op, uint32_t val, uaddr_t timeout,
		 uint32_t bitset)
{
	int cmd = op & FUTEX_CMD_MASK;
	nsec_t deadline;
	struct task *t = task_current();
	long err = deadline_of(cmd, op, timeout, &deadline);

	if (err)
		return err;
	if (cmd == FUTEX_WAIT && t->restart_deadline)
		deadline = t->restart_deadline; /* it was stopped meanwhile */
	t->restart_deadline = 0;
	err = futex_wait(addr, val, bitset, deadline, op & FUTEX_PRIVATE_FLAG);
	/* A relative wait goes on only where no handler ran. */
	if (err == -ERESTARTSYS && cmd == FUTEX_WAIT && timeout) {
		t->restart_deadline = deadline;
		err = -ERESTARTNOHAND;
	}
	return err;
}

static long requeue(const uaddr_t addr[2], int op, const uint32_t val[3])
{
	struct futex_requeue rq = {
		.from = addr[0],
		.to = addr[1],
		.wake = val[0],
		.requeue = val[1],
		.compare = (op & FUTEX_CMD_MASK) == FUTEX_CMP_REQUEUE,
		.val = val[2],
		.private = op & FUTEX_PRIVATE_FLAG,
	};

	if ((int32_t)val[0] < 0 || (int32_t)val[1] < 0)
		return -EINVAL;
	return futex_requeue(&rq);
}

static long lock_pi(uaddr_t addr, int op, uaddr_t timeout)
{
	nsec_t deadline;
	long err = deadline_of(op & FUTEX_CMD_MASK, op, timeout, &deadline);

	return err ? err
		   : futex_lock_pi(addr, deadline, false,
				   op & FUTEX_PRIVATE_FLAG);
}

/* Whoever is woken queues for the second futex himself, before he returns. */
static long wait_requeue_pi(const uaddr_t addr[2], int op, uint32_t val,
			    uaddr_t timeout)
{
	bool private = op & FUTEX_PRIVATE_FLAG;
	nsec_t deadline;
	long err = deadline_of(FUTEX_WAIT_REQUEUE_PI, op, timeout, &deadline);

	if (err)
		return err;
	if (addr[0] == addr[1])
		return -EINVAL;
	err = futex_wait(addr[0], val, FUTEX_BITSET_ANY, deadline, private);
	if (err)
		return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
	err = futex_lock_pi(addr[1], deadline, false, private);
	return err == -ERESTARTNOINTR ? -EAGAIN : err;
}

static long requeue_pi(const uaddr_t addr[2], int op, const uint32_t val[3])
{
	struct futex_requeue rq = {
		.from = addr[0],
		.to = addr[1],
		.wake = 1 + MIN(val[1], (uint32_t)INT32_MAX - 1),
		.compare = true,
		.val = val[2],
		.private = op & FUTEX_PRIVATE_FLAG,
	};

	if (val[0] != 1 || (int32_t)val[1] < 0 || addr[0] == addr[1])
		return -EINVAL;
	return futex_requeue(&rq);
}

static bool takes_clock(int cmd)
{
	return cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAIT_REQUEUE_PI ||
	       cmd == FUTEX_LOCK_PI2;
}

struct user_waitv {
	uint64_t val, addr;
	uint32_t flags, reserved;
};

static long take_items(struct futex_wait_item *items, uaddr_t user, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct user_waitv v;

		if (copy_from_user(&v, user + i * sizeof(v), sizeof(v)))
			return -EFAULT;
		if ((v.flags & ~(uint32_t)(FUTEX_32 | FUTEX_PRIVATE_FLAG)) ||
		    !(v.flags & FUTEX_32) || v.reserved)
			return -EINVAL;
		items[i] = (struct futex_wait_item){
			.addr = (uaddr_t)v.addr,
			.val = (uint32_t)v.val,
			.private = v.flags & FUTEX_PRIVATE_FLAG,
		};
	}
	return 0;
}

long sys_futex_waitv(uaddr_t waiters, unsigned n, unsigned flags,
		     uaddr_t timeout, int clock)
{
	struct futex_wait_item *items;
	nsec_t deadline = NSEC_FOREVER;
	long err = 0;

	if (flags || !n || n > FUTEX_WAITV_MAX || !waiters)
		return -EINVAL;
	if (timeout && clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
		return -EINVAL;
	if (timeout)
		err = deadline_of(FUTEX_WAIT_BITSET,
				  clock == CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME
							  : 0,
				  timeout, &deadline);
	if (err)
		return err;
	items = kmalloc_array(n, sizeof(*items), 0);
	if (!items)
		return -ENOMEM;
	err = take_items(items, waiters, n);
	if (!err)
		err = futex_wait_many(items, n, deadline);
	kfree(items);
	return err;
}

long sys_futex(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
	       uaddr_t addr2, unsigned val3)
{
	bool private = op & FUTEX_PRIVATE_FLAG;
	int cmd = op & FUTEX_CMD_MASK;
	struct futex_wake_op w = { addr, addr2,  val, (uint32_t)timeout,
				   val3, private };

	if ((op & FUTEX_CLOCK_REALTIME) && !takes_clock(cmd))
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT: return wait(addr, op, val, timeout, FUTEX_BITSET_ANY);
	case FUTEX_WAIT_BITSET: return wait(addr, op, val, timeout, val3);
	case FUTEX_WAKE:
		return futex_wake(addr, val, FUTEX_BITSET_ANY, private);
	case FUTEX_WAKE_BITSET: return futex_wake(addr, val, val3, private);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		return requeue((uaddr_t[]){ addr, addr2 }, op,
			       (uint32_t[]){ val, (uint32_t)timeout, val3 });
	case FUTEX_WAKE_OP: return futex_wake_op(&w);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2: return lock_pi(addr, op, timeout);
	case FUTEX_TRYLOCK_PI: return futex_lock_pi(addr, 0, true, private);
	case FUTEX_UNLOCK_PI: return futex_unlock_pi(addr, private);
	case FUTEX_WAIT_REQUEUE_PI:
		return wait_requeue_pi((uaddr_t[]){ addr, addr2 }, op, val,
				       timeout);
	case FUTEX_CMP_REQUEUE_PI:
		return requeue_pi((uaddr_t[]){ addr, addr2 }, op,
				  (uint32_t[]){ val, (uint32_t)timeout, val3 });
	default: return -ENOSYS;
	}
}
