/* SPDX-License-Identifier: BSD-2-Clause */
/* A siginfo_t that a program made up. */
#pragma once

#include "lib/types.h"

struct signal_info;

/* For signal sig to process pid.  -EFAULT, -EINVAL; -EPERM where it says what
 * only the kernel may. */
int must_check siginfo_read(uaddr_t user, int sig, int pid,
			    struct signal_info *info);
