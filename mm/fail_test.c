/* SPDX-License-Identifier: BSD-2-Clause */
/* The countdown of mm/fail.h.  One test runs at a time, so a plain atomic
 * does; other threads' allocations count too, and must bear it. */
#include "arch/atomic.h"

#include "mm/fail.h"

static struct atomic32 countdown;

void fail_arm(uint32_t n)
{
	atomic32_store(&countdown, n);
}

bool fail_armed(void)
{
	return atomic32_load(&countdown) != 0;
}

bool fail_now(void)
{
	uint32_t n = atomic32_load(&countdown);

	while (n != 0)
		if (atomic32_cmpxchg(&countdown, &n, n - 1))
			return n == 1;
	return false;
}
