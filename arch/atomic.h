/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic operations; the only door to them for code outside arch/ (HOUSE
 * §12.12), so that a CPU without exclusives can replace them all.
 *
 * Types: struct atomic16, struct atomic32 { uint32_t v }, struct atomic64, struct atomic_long,
 * struct atomic_ptr.  Every operation that returns a value is fully ordered
 * unless its name says `_relaxed`, `_acquire` or `_release`; one that returns
 * nothing is relaxed.
 *
 *   atomicN_load, atomicN_store                      relaxed
 *   atomicN_load_acquire, atomicN_store_release
 *   atomicN_add, _sub, _inc, _dec, _or, _and         no value
 *   atomicN_add_return, atomicN_sub_return, atomicN_fetch_or,
 *   atomicN_fetch_and, atomicN_xchg
 *   atomicN_cmpxchg(a, &expected, new) -> bool; expected gets what was there
 *   atomicN_dec_and_test -> true when it reached zero
 *   atomicN_inc_not_zero -> false when it was zero
 *
 * Publication: lib/publish.h.
 *
 * Barriers: smp_mb, smp_rmb, smp_wmb order normal memory between CPUs;
 * dma_wmb, dma_rmb, dma_mb order memory that a device reads and writes.
 *
 * Bit locks for small objects: bit_trylock(word, bit), bit_unlock(word, bit)
 * with acquire and release order; the caller disables preemption.
 */
#pragma once

#include "lib/types.h"

#include "impl/atomic.h"
