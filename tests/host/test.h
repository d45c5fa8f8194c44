/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness of the host tests: one program per file of lib/.
 *
 *	TEST(name) { CHECK(x == 1); CHECK_EQ(a, b); }
 *
 * A case prints `ok FILE/NAME` or `not ok FILE/NAME: first failed check`; a
 * failed check ends its case.  Random numbers come from a fixed seed, so a
 * failure repeats.  This header brings libc in before lib/types.h, whose short
 * attribute names libc's headers must not see.
 */
#pragma once

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/types.h"

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

static struct test_case *test_first, **test_last = &test_first;
static jmp_buf test_escape;
static char test_why[512];
static uint64_t test_seed = 0x2545f4914f6cdd1d;

#define TEST(id)                                                     \
	static void run_##id(void);                                  \
	static struct test_case case_##id = { #id, run_##id, NULL }; \
	__attribute__((constructor)) static void add_##id(void)      \
	{                                                            \
		*test_last = &case_##id;                             \
		test_last = &case_##id.next;                         \
	}                                                            \
	static void run_##id(void)

__attribute__((format(printf, 1, 2), __noreturn__)) static inline void
test_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(test_why, sizeof(test_why), fmt, ap);
	va_end(ap);
	longjmp(test_escape, 1);
}

#define CHECK(cond)                                                \
	do {                                                       \
		if (!(cond))                                       \
			test_fail("line %d: %s", __LINE__, #cond); \
	} while (0)

#define CHECK_EQ(a, b)                                                      \
	do {                                                                \
		long long a_ = (long long)(a), b_ = (long long)(b);         \
		if (a_ != b_)                                               \
			test_fail("line %d: %s is %lld (%#llx), not %s: "   \
				  "%lld (%#llx)",                           \
				  __LINE__, #a, a_, (unsigned long long)a_, \
				  #b, b_, (unsigned long long)b_);          \
	} while (0)

static inline uint64_t test_random(void)
{
	test_seed ^= test_seed << 13;
	test_seed ^= test_seed >> 7;
	test_seed ^= test_seed << 17;
	return test_seed * 0x9e3779b97f4a7c15ull >> 11;
}

/* 0 .. N - 1 */
static inline size_t test_below(size_t n)
{
	return (size_t)(test_random() % n);
}

int main(int argc, char **argv)
{
	const char *file = argc > 1 ? argv[1] : "test";
	volatile int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test_case *volatile t = test_first; t; t = t->next) {
		if (setjmp(test_escape)) {
			printf("not ok %s/%s: %s\n", file, t->name, test_why);
			failed = 1;
			continue;
		}
		t->run();
		printf("ok %s/%s\n", file, t->name);
	}
	return failed;
}
