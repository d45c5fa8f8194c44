/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timerfd_create(2): a timer whose expirations are read as a count.
 *
 * All times are nanoseconds.  A timer of the real-time clock set to an
 * absolute time is converted when it is set: it does not follow later changes
 * of that clock.
 */
#pragma once

#include "lib/types.h"

struct file;

struct timerfd_setting {
	nsec_t value;    /* until the next expiration; 0: disarmed */
	nsec_t interval; /* 0: once */
};

/* -EINVAL: a clock that cannot be waited for; -ENOMEM. */
int must_check timerfd_create(int clock, uint32_t flags, struct file **out);
/* -EINVAL: not one. */
int must_check timerfd_settime(struct file *f, bool absolute,
			       const struct timerfd_setting *set,
			       struct timerfd_setting *old);
int must_check timerfd_gettime(struct file *f, struct timerfd_setting *out);
