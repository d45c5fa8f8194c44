/* SPDX-License-Identifier: BSD-2-Clause */
/* memblock is shut when tests can run: only what it left behind is looked at.
 * tests/host/mm has the rest. */
#include "arch/boot.h"

#include "core/ktest.h"
#include "mm/memblock.h"

typedef bool range_get(unsigned i, struct memblock_range *r);

static void check_order(range_get *get)
{
	struct memblock_range r;
	paddr_t end = 0;

	for (unsigned i = 0; get(i, &r); i++) {
		KTEST_EXPECT(r.size > 0);
		KTEST_EXPECT(r.base + r.size > r.base);
		/* Touching ranges would have been merged. */
		KTEST_EXPECT(i == 0 || r.base > end);
		end = r.base + r.size;
	}
}

static bool reserved(paddr_t at)
{
	struct memblock_range r;

	for (unsigned i = 0; memblock_reserved(i, &r); i++)
		if (at >= r.base && at - r.base < r.size)
			return true;
	return false;
}

KTEST_CASE(memblock_tables)
{
	struct memblock_range r;
	uint64_t sum = 0;

	check_order(memblock_ram);
	check_order(memblock_reserved);
	for (unsigned i = 0; memblock_ram(i, &r); i++)
		sum += r.size;
	KTEST_EXPECT(sum == memblock_total());
	KTEST_EXPECT(reserved(0));
	KTEST_EXPECT(reserved(boot_info.kernel_base));
	KTEST_EXPECT(reserved(boot_info.kernel_end - 1));
}
