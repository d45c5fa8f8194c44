/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that send signals: the three of setitimer(2) and POSIX timers
 * (timer_create(2)).  They belong to a process; fork does not copy them, exec
 * drops the POSIX ones, the last thread's exit all.  All calls but itimer_drop
 * are for the running process.
 *
 * Times are nanoseconds.  Real-time deadlines are converted to the monotonic
 * clock when they are set; those of CPU time are looked at when so much real
 * time has passed.
 */
#pragma once

#include "lib/types.h"

struct process;

struct itimer_setting {
	nsec_t value;    /* until the next expiration; 0: disarmed */
	nsec_t interval; /* 0: once */
};

struct itimer_event {
	int clock;
	int notify, signo, tid; /* SIGEV_*; tid for SIGEV_THREAD_ID */
	uint64_t value;
	bool value_is_id; /* no value was given */
};

/* ITIMER_*: -EINVAL, -ENOMEM. */
int must_check itimer_set(int which, const struct itimer_setting *set,
			  struct itimer_setting *old);
int must_check itimer_get(int which, struct itimer_setting *out);

/* The timer's number, or -EINVAL, -EAGAIN (too many), -ENOMEM. */
int must_check itimer_create(const struct itimer_event *ev);
/* -EINVAL: no such timer. */
int must_check itimer_settime(int id, bool absolute,
			      const struct itimer_setting *set,
			      struct itimer_setting *old);
int must_check itimer_gettime(int id, struct itimer_setting *out);
int must_check itimer_overrun(int id);
int must_check itimer_delete(int id);

void itimer_exec(void);
void itimer_drop(struct process *p);
