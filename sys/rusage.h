/* SPDX-License-Identifier: BSD-2-Clause */
/* struct rusage, for getrusage and for those who wait for children. */
#pragma once

#include "lib/types.h"

struct thread_times;

/* Only the times are known of one that has ended.  out 0: not wanted. */
long rusage_put(uaddr_t out, const struct thread_times *times);
