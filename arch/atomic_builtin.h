/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types and operations of arch/atomic.h over the compiler's builtins, for
 * every CPU whose atomic instructions the compiler knows.  Included by
 * impl/atomic.h only, which adds the barriers; a CPU without usable exclusives
 * writes its own instead.
 */
#pragma once

#include "lib/types.h"

struct atomic16 {
	uint16_t v;
};
struct atomic32 {
	uint32_t v;
};
struct atomic64 {
	uint64_t v;
};
struct atomic_long {
	unsigned long v;
};

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
	static inline type name##_fetch_inc_acquire(struct name *a)           \
	{                                                                     \
		return __atomic_fetch_add(&a->v, 1, __ATOMIC_ACQUIRE);        \
	}                                                                     \
	static inline void name##_sub(struct name *a, type v)                 \
	{                                                                     \
		__atomic_fetch_sub(&a->v, v, __ATOMIC_RELAXED);               \
	}                                                                     \
	static inline void name##_inc(struct name *a)                         \
	{                                                                     \
		name##_add(a, 1);                                             \
	}                                                                     \
	static inline void name##_dec(struct name *a)                         \
	{                                                                     \
		name##_sub(a, 1);                                             \
	}                                                                     \
	static inline void name##_or(struct name *a, type v)                  \
	{                                                                     \
		__atomic_fetch_or(&a->v, v, __ATOMIC_RELAXED);                \
	}                                                                     \
	static inline void name##_and(struct name *a, type v)                 \
	{                                                                     \
		__atomic_fetch_and(&a->v, v, __ATOMIC_RELAXED);               \
	}                                                                     \
	static inline type name##_add_return(struct name *a, type v)          \
	{                                                                     \
		return __atomic_add_fetch(&a->v, v, __ATOMIC_SEQ_CST);        \
	}                                                                     \
	static inline type name##_sub_return(struct name *a, type v)          \
	{                                                                     \
		return __atomic_sub_fetch(&a->v, v, __ATOMIC_SEQ_CST);        \
	}                                                                     \
	static inline type name##_fetch_or(struct name *a, type v)            \
	{                                                                     \
		return __atomic_fetch_or(&a->v, v, __ATOMIC_SEQ_CST);         \
	}                                                                     \
	static inline type name##_fetch_and(struct name *a, type v)           \
	{                                                                     \
		return __atomic_fetch_and(&a->v, v, __ATOMIC_SEQ_CST);        \
	}                                                                     \
	static inline type name##_xchg(struct name *a, type v)                \
	{                                                                     \
		return __atomic_exchange_n(&a->v, v, __ATOMIC_SEQ_CST);       \
	}                                                                     \
	static inline bool name##_cmpxchg(struct name *a, type *expected,     \
					  type v)                             \
	{                                                                     \
		return __atomic_compare_exchange_n(&a->v, expected, v, false, \
						   __ATOMIC_SEQ_CST,          \
						   __ATOMIC_SEQ_CST);         \
	}                                                                     \
	static inline bool name##_dec_and_test(struct name *a)                \
	{                                                                     \
		return name##_sub_return(a, 1) == 0;                          \
	}                                                                     \
	static inline bool name##_inc_not_zero(struct name *a)                \
	{                                                                     \
		type old = name##_load(a);                                    \
		do {                                                          \
			if (old == 0)                                         \
				return false;                                 \
		} while (!name##_cmpxchg(a, &old, old + 1));                  \
		return true;                                                  \
	}                                                                     \
	static_assert(sizeof(struct name) == sizeof(type), "no padding")

ATOMIC_OPS(atomic16, uint16_t);
ATOMIC_OPS(atomic32, uint32_t);
ATOMIC_OPS(atomic64, uint64_t);
ATOMIC_OPS(atomic_long, unsigned long);

static inline bool bit_trylock(uint32_t *word, unsigned bit)
{
	uint32_t mask = 1u << bit;

	return !(__atomic_fetch_or(word, mask, __ATOMIC_ACQUIRE) & mask);
}

static inline void bit_unlock(uint32_t *word, unsigned bit)
{
	__atomic_fetch_and(word, ~(1u << bit), __ATOMIC_RELEASE);
}
