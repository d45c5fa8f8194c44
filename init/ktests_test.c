/* SPDX-License-Identifier: BSD-2-Clause */
/* Joins the table of tests and says what counts as a leak: pages and slab
 * objects, after caches have given back what they can. */
#include "arch/boot.h"
#include "lib/cmdline.h"
#include "lib/string.h"

#include "core/ktest.h"
#include "init/ktests.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "vm/reclaim.h"

#define KTEST(name) void ktest_##name(void);
#include "init/ktests.def"
#undef KTEST

static const struct ktest tests[] = {
#define KTEST(name) { #name, ktest_##name },
#include "init/ktests.def"
#undef KTEST
};

static void usage(struct ktest_usage *u)
{
	struct page_stats pages;

	vmap_reclaim();
	slab_reclaim();
	reclaim_cpus();
	page_stats(&pages);
	u->pages = pages.total - pages.free;
	u->objects = 0;
	for (struct slab *s = slab_next(NULL); s; s = slab_next(s))
		u->objects += slab_in_use(s);
}

bool ktest_run_all(void)
{
	struct cmdline_arg arg;
	char prefix[64] = "";

	if (cmdline_find(boot_info.cmdline, "ktest", &arg) && arg.value &&
	    arg.value_len < sizeof(prefix))
		memcpy(prefix, arg.value, arg.value_len);
	return ktest_run(tests, ARRAY_SIZE(tests), prefix, usage);
}
