/* SPDX-License-Identifier: BSD-2-Clause */
/* The battery clock of PCs (MC146818), taken to run in UTC. */
#pragma once

#include "lib/types.h"

/* Seconds since 1970; 0 when there is no clock or it shows nonsense. */
int64_t cmos_rtc_read(void);
