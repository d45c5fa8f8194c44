/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/atomic.h for the host: what mm/ uses, by the compiler's builtins. */
#pragma once

#define ATOMIC_OPS(name, type)                                                \
	static inline type name##_load(const struct name *a)                  \
	{                                                                     \
		return __atomic_load_n(&a->v, __ATOMIC_RELAXED);              \
	}                                                                     \
	static inline type name##_load_acquire(const struct name *a)          \
	{                                                                     \
		return __atomic_load_n(&a->v, __ATOMIC_ACQUIRE);              \
	}                                                                     \
	static inline void name##_store(struct name *a, type v)               \
	{                                                                     \
		__atomic_store_n(&a->v, v, __ATOMIC_RELAXED);                 \
	}                                                                     \
	static inline void name##_store_release(struct name *a, type v)       \
	{                                                                     \
		__atomic_store_n(&a->v, v, __ATOMIC_RELEASE);                 \
	}                                                                     \
	static inline void name##_add(struct name *a, type v)                 \
	{                                                                     \
		__atomic_fetch_add(&a->v, v, __ATOMIC_RELAXED);               \
	}                                                                     \
	static inline void name##_sub(struct name *a, type v)                 \
	{                                                                     \
		__atomic_fetch_sub(&a->v, v, __ATOMIC_RELAXED);               \
	}                                                                     \
	static inline void name##_inc(struct name *a)                         \
	{                                                                     \
		name##_add(a, 1);                                             \
	}                                                                     \
	static inline type name##_add_return(struct name *a, type v)          \
	{                                                                     \
		return __atomic_add_fetch(&a->v, v, __ATOMIC_SEQ_CST);        \
	}                                                                     \
	static inline type name##_fetch_inc_acquire(struct name *a)           \
	{                                                                     \
		return __atomic_fetch_add(&a->v, 1, __ATOMIC_ACQUIRE);        \
	}                                                                     \
	static inline bool name##_dec_and_test(struct name *a)                \
	{                                                                     \
		return __atomic_sub_fetch(&a->v, 1, __ATOMIC_SEQ_CST) == 0;   \
	}                                                                     \
	static inline bool name##_cmpxchg(struct name *a, type *expected,     \
					  type v)                             \
	{                                                                     \
		return __atomic_compare_exchange_n(&a->v, expected, v, false, \
						   __ATOMIC_SEQ_CST,          \
						   __ATOMIC_SEQ_CST);         \
	}                                                                     \
	static_assert(sizeof(struct name) == sizeof(type), "no padding")

ATOMIC_OPS(atomic16, uint16_t);
ATOMIC_OPS(atomic32, uint32_t);
ATOMIC_OPS(atomic64, uint64_t);
ATOMIC_OPS(atomic_long, unsigned long);

#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
