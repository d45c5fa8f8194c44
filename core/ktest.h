/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness of the tests that run in the kernel (TEST=1, word `ktest`).
 *
 * A test is KTEST_CASE(NAME) { ... } in a *_test.c beside what it tests, with
 * its line KTEST(NAME) in init/ktests.def; that table is joined in
 * init/ktests_test.c.  Tests run one after the other in a thread that may
 * sleep.  Around each the resources in use are counted by a function that
 * the caller brings; a test that leaves more behind is run once more, for
 * caches may have been filled, and fails when it leaves more again.
 *
 * Log lines:	ktest: ok NAME
 *		ktest: FAIL NAME: FILE:LINE EXPRESSION
 *		ktest: FAIL NAME: leaks N pages, M objects
 *		ktest: done P passed F failed
 */
#pragma once

#include "lib/types.h"

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST_CASE(name)         \
	void ktest_##name(void); \
	void ktest_##name(void)

struct ktest_usage {
	int64_t pages, objects;
};

/* Runs those whose name begins with `prefix`; true when none failed. */
bool ktest_run(const struct ktest *tests, unsigned count, const char *prefix,
	       void (*usage)(struct ktest_usage *u));

/* Notes a failure of the running test; its first ones are printed.  Any
 * context. */
void ktest_fail(const char *file, int line, const char *what);

#define KTEST_EXPECT(cond)                                     \
	do {                                                   \
		if (!(cond))                                   \
			ktest_fail(__FILE__, __LINE__, #cond); \
	} while (0)

/* The same, and leaves the test: for what the rest of it stands on. */
#define KTEST_REQUIRE(cond)                                    \
	do {                                                   \
		if (!(cond)) {                                 \
			ktest_fail(__FILE__, __LINE__, #cond); \
			return;                                \
		}                                              \
	} while (0)
