/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARMv7's side of arch/atomic.h, over the compiler's builtins: exclusives with
 * `dmb` where an order is asked for (Arm ARM, A3.4).  A build for a CPU whose
 * exclusives cannot be used replaces this file.
 */
#pragma once

#include "arch/atomic_builtin.h"

#define smp_mb()  __asm__ volatile("dmb ish" : : : "memory")
#define smp_rmb() smp_mb()
#define smp_wmb() __asm__ volatile("dmb ishst" : : : "memory")
#define dma_mb()  __asm__ volatile("dmb" : : : "memory")
#define dma_rmb() dma_mb()
#define dma_wmb() __asm__ volatile("dmb st" : : : "memory")
