/* SPDX-License-Identifier: BSD-2-Clause */
/* What the calls that wait for descriptors share. */
#pragma once

#include "lib/types.h"

/* A relative time from user space (a timespec, or a timeval) as a monotonic
 * deadline: NSEC_FOREVER without one, 0: do not wait.  -EFAULT, -EINVAL. */
long must_check poll_read_timeout(uaddr_t at, bool timeval, nsec_t *deadline);

/* Puts a temporary signal mask in place (mask 0: none); it goes when the call
 * is over, or after the handler of the signal that ended it. */
long must_check poll_mask_begin(uaddr_t mask, size_t size);
void poll_mask_end(uaddr_t mask, long result);
