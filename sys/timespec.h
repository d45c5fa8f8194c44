/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as user space passes it, and nanoseconds; the clocks by their number. */
#pragma once

#include "lib/div.h"
#include "lib/types.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "sched/waitq.h"

static inline struct timespec64 timespec_of(nsec_t ns)
{
	struct timespec64 ts = { .sec = div_s64(ns, NSEC_PER_SEC) };

	ts.nsec = ns - ts.sec * NSEC_PER_SEC;
	if (ts.nsec < 0) {
		ts.sec--;
		ts.nsec += NSEC_PER_SEC;
	}
	return ts;
}

/* As struct timeval of the native word size. */
static inline void timeval_words(nsec_t ns, long tv[2])
{
	tv[0] = (long)div_s64(ns, NSEC_PER_SEC);
	tv[1] = (long)div_s64(ns - tv[0] * NSEC_PER_SEC, NSEC_PER_USEC);
}

/* -EINVAL for a malformed one; saturates. */
static inline int must_check timespec_to_ns(const struct timespec64 *ts,
					    nsec_t *ns)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts->sec >= INT64_MAX / NSEC_PER_SEC)
		*ns = NSEC_FOREVER;
	else
		*ns = ts->sec * NSEC_PER_SEC + ts->nsec;
	return 0;
}

/* What a clock says now, in time.c; -EINVAL: there is none. */
int must_check timespec_read_clock(int clock, nsec_t *ns);
