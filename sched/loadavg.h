/* SPDX-License-Identifier: BSD-2-Clause */
/* How many threads wanted a CPU, over the last 1, 5 and 15 minutes. */
#pragma once

#include "lib/types.h"

struct loadavg {
	uint32_t whole[3], hundredths[3];
	uint64_t fixed16[3]; /* times 65536, as sysinfo(2) wants it */
};

void loadavg_read(struct loadavg *out);
