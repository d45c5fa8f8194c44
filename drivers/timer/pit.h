/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 8254 timer of PCs as a stop watch: channel 2, whose output goes nowhere
 * (the speaker stays off).  For calibrating better clocks at boot.
 */
#pragma once

#include "lib/types.h"

#define PIT_HZ        1193182u
#define PIT_COUNT_MAX 0xffffu /* 54.9 ms; then it starts anew */

void pit_start_count(void);

/* Ticks since pit_start_count(), modulo PIT_COUNT_MAX + 1.  Stands still when
 * there is no PIT: whoever waits for it must bound the wait otherwise. */
uint32_t pit_read_count(void);
