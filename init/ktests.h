/* SPDX-License-Identifier: BSD-2-Clause */
/* The in-kernel tests (core/ktest.h); without TEST=1 there are none. */
#pragma once

#include "lib/types.h"

#if TEST
/* Runs all of init/ktests.def, or those that begin with PREFIX of the word
 * ktest=PREFIX.  In a thread that may sleep.  True: none failed. */
bool ktest_run_all(void);
#else
static inline bool ktest_run_all(void)
{
	return true;
}
#endif
