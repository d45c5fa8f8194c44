/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: waiting for a word of user memory to change.
 *
 * Waiters hang in buckets by key: (address space, address) for private words,
 * (object, offset) for words in shared memory, so that processes meet.  The
 * word is compared under the bucket's lock, which wakers take too: a wake-up
 * between the comparison and the sleep is not lost.
 */
#pragma once

#include "lib/types.h"

struct task;

/* 0 when woken; -EAGAIN: *addr was not val; -ETIMEDOUT; -ERESTARTSYS;
 * -EFAULT, -EINVAL (alignment, empty bitset).  deadline: monotonic. */
long must_check futex_wait(uaddr_t addr, uint32_t val, uint32_t bitset,
			   nsec_t deadline, bool private);
/* Number woken, at most n. */
long must_check futex_wake(uaddr_t addr, uint32_t n, uint32_t bitset,
			   bool private);

struct futex_requeue {
	uaddr_t from, to;
	uint32_t wake, requeue; /* at most so many of each */
	bool compare;           /* -EAGAIN unless *from == val */
	uint32_t val;
	bool private;
};
/* Number woken and moved. */
long must_check futex_requeue(const struct futex_requeue *rq);

/* FUTEX_WAKE_OP: changes *to by `op`, wakes n at from, and n2 at to when the
 * old value passes op's comparison. */
struct futex_wake_op {
	uaddr_t from, to;
	uint32_t n, n2, op;
	bool private;
};
long must_check futex_wake_op(const struct futex_wake_op *w);

/* FUTEX_LOCK_PI, or TRYLOCK_PI: 0 when it is ours; -EAGAIN (try), -EDEADLK,
 * -ESRCH (the owner is no thread), -ETIMEDOUT, -ERESTARTNOINTR. */
long must_check futex_lock_pi(uaddr_t addr, nsec_t deadline, bool try,
			      bool private);
/* -EPERM: it is not ours. */
long must_check futex_unlock_pi(uaddr_t addr, bool private);

/* futex_waitv(2): the index of one that was woken; as futex_wait. */
struct futex_wait_item {
	uaddr_t addr;
	uint32_t val;
	bool private;
};
long must_check futex_wait_many(const struct futex_wait_item *items, unsigned n,
				nsec_t deadline);

/* The running thread ends, or (not `gone`) leaves its memory in exec: marks
 * the robust futexes that it still holds, hands on those that lend priority,
 * and wakes who waits for its end by its id in memory. */
void futex_exit(struct task *t, bool gone);
