/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things of the CPU that thread.c and arch/info.h pass on. */
#pragma once

#include "lib/types.h"

/* The kernel stack that the next entry from user mode uses. */
void arch_cpu_set_stack(vaddr_t top);
