/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64's side of arch/atomic.h, over the compiler's builtins.  The order is
 * total store order (SDM vol. 3, 9.2): only a store followed by a load of
 * another place needs a real barrier.
 */
#pragma once

#include "arch/atomic_builtin.h"

#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define dma_mb()  __asm__ volatile("mfence" : : : "memory")
#define dma_rmb() barrier()
#define dma_wmb() barrier()
