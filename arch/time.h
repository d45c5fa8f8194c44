/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's own clocks, registered with core/timer.h by arch_time_init(). */
#pragma once

#include "lib/types.h"

/* Unpredictable bits as far as the CPU has them; always something. */
uint64_t arch_entropy(void);
