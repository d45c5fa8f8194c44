/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/atomic.h for the host: what mm/ uses, by the compiler's builtins. */
#pragma once

#include "arch/atomic_builtin.h"

#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
