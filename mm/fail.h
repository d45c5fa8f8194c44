/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error injection: with TEST=1, the n-th allocation from now fails once, and
 * a test sweeps n from 1 until nothing fails any more (HOUSE §6).
 */
#pragma once

#include "lib/types.h"

#if TEST
/* 0: off.  1: the next allocation fails. */
void fail_arm(uint32_t n);
/* Whether it is still waiting: the sweep is over. */
bool fail_armed(void);
bool fail_now(void);
#else
static inline bool fail_now(void)
{
	return false;
}
#endif
