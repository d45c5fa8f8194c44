/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eventfd(2): a 64-bit count that is written to and read from.  A read takes
 * it all, or one at a time (EFD_SEMAPHORE), and waits while it is 0; a write
 * waits while it would pass the greatest value.
 */
#pragma once

#include "lib/types.h"

struct file;

/* flags: EFD_SEMAPHORE and O_NONBLOCK.  -EINVAL, -ENOMEM. */
int must_check eventfd_create(uint32_t count, uint32_t flags,
			      struct file **out);
