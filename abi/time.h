/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, and the 64-bit time layouts. */
#pragma once

#include "lib/types.h"

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_TAI                11

/* CPU time of a process or thread by its id; these name the caller's. */
#define CLOCK_MY_PROCESS (-6)
#define CLOCK_MY_THREAD  (-2)

#define TIMER_ABSTIME 1

struct timespec64 {
	int64_t sec;
	int64_t nsec;
};
struct timeval64 {
	int64_t sec;
	int64_t usec;
};
