/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scalar types and the small macros that every file uses.
 *
 * Addresses come in three kinds that never mix by accident: a paddr_t is
 * physical and 64 bits wide on every CPU, a vaddr_t is the kernel's own, a
 * uaddr_t belongs to user space and is an integer, so it cannot be
 * dereferenced.  Time inside the kernel is a signed count of nanoseconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;
typedef uintptr_t vaddr_t;
typedef uintptr_t uaddr_t;
typedef int64_t nsec_t;
typedef intptr_t ssize_t;
typedef int64_t off_t;

#define must_check        __attribute__((warn_unused_result))
#define noreturn          __attribute__((noreturn))
#define printf_like(f, a) __attribute__((format(printf, f, a)))
#define packed            __attribute__((packed))
#define aligned(n)        __attribute__((aligned(n)))
#define noinline          __attribute__((noinline))
#define always_inline     inline __attribute__((always_inline))
#define unused            __attribute__((unused))

#define static_assert _Static_assert
#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)
#define unreachable() __builtin_unreachable()

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Each use has names of its own, so that they nest. */
#define MIN(a, b)             MIN_MAX_(a, b, <, __COUNTER__)
#define MAX(a, b)             MIN_MAX_(a, b, >, __COUNTER__)
#define MIN_MAX_(a, b, op, n) MIN_MAX__(a, b, op, n)
#define MIN_MAX__(a, b, op, n)                                \
	({                                                    \
		__typeof__(a) left_##n = (a);                 \
		__typeof__(b) right_##n = (b);                \
		left_##n op right_##n ? left_##n : right_##n; \
	})
#define ALIGN_UP(x, n)   (((x) + (n)-1) & ~((__typeof__(x))(n)-1))
#define ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))
#define IS_ALIGNED(x, n) (((x) & ((__typeof__(x))(n)-1)) == 0)
#define BIT(n)           (1ul << (n))

#define container_of(ptr, type, member)                             \
	({                                                          \
		const __typeof__(((type *)0)->member) *of_ = (ptr); \
		(type *)((uintptr_t)of_ - offsetof(type, member));  \
	})

/* One load or store of a scalar that another CPU may change meanwhile. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" : : : "memory")

#define NSEC_PER_SEC  1000000000ll
#define NSEC_PER_MSEC 1000000ll
#define NSEC_PER_USEC 1000ll

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)
