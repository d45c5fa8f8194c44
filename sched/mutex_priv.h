/* SPDX-License-Identifier: BSD-2-Clause */
/* Rank checks of sleeping locks; nothing outside DEBUG builds. */
#pragma once

#include "lib/types.h"

#if DEBUG
void mutex_debug_check(uint16_t rank); /* before it is taken */
void mutex_debug_held(uint16_t rank);
void mutex_debug_released(uint16_t rank);
#else
static inline void mutex_debug_check(uint16_t rank) {}
static inline void mutex_debug_held(uint16_t rank) {}
static inline void mutex_debug_released(uint16_t rank) {}
#endif
