/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a table of tests.  The count of failures is atomic, for a test may use
 * several threads; all else belongs to the one that runs the table. */
#include "core/ktest.h"

#include "arch/atomic.h"
#include "lib/string.h"

#include "core/print.h"

#define PRINT_MAX 5 /* failures of one test that are printed */

static const char *running;
static struct atomic32 failures; /* of the running test */

void ktest_fail(const char *file, int line, const char *what)
{
	if (atomic32_add_return(&failures, 1) <= PRINT_MAX)
		print("ktest: FAIL %s: %s:%d %s", running, file, line, what);
}

/* Runs a test once; what it left behind is in *leak. */
static void run_once(const struct ktest *t,
		     void (*usage)(struct ktest_usage *u),
		     struct ktest_usage *leak)
{
	struct ktest_usage before;

	usage(&before);
	t->run();
	usage(leak);
	leak->pages -= before.pages;
	leak->objects -= before.objects;
}

static bool leaks(const struct ktest_usage *u)
{
	return u->pages > 0 || u->objects > 0;
}

static bool run_test(const struct ktest *t,
		     void (*usage)(struct ktest_usage *u))
{
	struct ktest_usage leak;

	running = t->name;
	atomic32_store(&failures, 0);
	run_once(t, usage, &leak);
	if (leaks(&leak) && atomic32_load(&failures) == 0)
		run_once(t, usage, &leak);
	if (atomic32_load(&failures) != 0)
		return false;
	if (leaks(&leak)) {
		print("ktest: FAIL %s: leaks %lld pages, %lld objects", t->name,
		      (long long)leak.pages, (long long)leak.objects);
		return false;
	}
	print("ktest: ok %s", t->name);
	return true;
}

bool ktest_run(const struct ktest *tests, unsigned count, const char *prefix,
	       void (*usage)(struct ktest_usage *u))
{
	unsigned passed = 0, failed = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!str_starts(tests[i].name, prefix))
			continue;
		if (run_test(&tests[i], usage))
			passed++;
		else
			failed++;
	}
	print("ktest: done %u passed %u failed", passed, failed);
	return failed == 0;
}
