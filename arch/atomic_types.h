/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of arch/atomic.h; `v` is touched by its operations only. */
#pragma once

#include "lib/types.h"

struct atomic16 {
	uint16_t v;
};
struct atomic32 {
	uint32_t v;
};
struct atomic64 {
	uint64_t v;
};
struct atomic_long {
	unsigned long v;
};
