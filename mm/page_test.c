/* SPDX-License-Identifier: BSD-2-Clause */
/* Page allocation as its users see it. */
#include "lib/string.h"

#include "core/ktest.h"
#include "mm/fail.h"
#include "mm/page.h"

/* Exhausting more memory than this would take too long. */
#define EXHAUST_PAGES (MIB(256) / PAGE_SIZE)

static uint64_t free_pages(void)
{
	struct page_stats s;

	page_stats(&s);
	return s.free;
}

static bool all_bytes(const void *v, int byte, size_t len)
{
	const unsigned char *p = v;

	for (size_t i = 0; i < len; i++)
		if (p[i] != byte)
			return false;
	return true;
}

KTEST_CASE(page_single)
{
	uint64_t before = free_pages();
	struct page *p = page_alloc(0, 0);
	void *v;

	KTEST_REQUIRE(p);
	KTEST_EXPECT(atomic32_load(&p->refs) == 1);
	KTEST_EXPECT(p->flags == 0);
	KTEST_EXPECT(page_number(p) != 0);
	KTEST_EXPECT(free_pages() == before - 1);
	v = page_map_local(p);
	memset(v, 0x5a, PAGE_SIZE);
	KTEST_EXPECT(all_bytes(v, 0x5a, PAGE_SIZE));
	KTEST_EXPECT(page_of_virt(v) == p);
	page_unmap_local(v);
	page_free(p, 0);
	KTEST_EXPECT(free_pages() == before);
}

KTEST_CASE(page_orders)
{
	uint64_t before = free_pages();

	for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
		struct page *p = page_alloc(order, 0);

		/* A small machine may have no such block left. */
		if (!p && order > 4)
			break;
		KTEST_REQUIRE(p);
		KTEST_EXPECT((page_number(p) & ((1u << order) - 1)) == 0);
		KTEST_EXPECT(free_pages() == before - (1u << order));
		memset(arch_phys_to_virt(page_phys(p)), 0xa5,
		       PAGE_SIZE << order);
		page_put(p);
		KTEST_EXPECT(free_pages() == before);
	}
	KTEST_EXPECT(!page_alloc(PAGE_ORDER_MAX + 1, 0));
}

KTEST_CASE(page_cleared)
{
	for (unsigned order = 0; order < 4; order++) {
		void *v = page_alloc_virt(order, 0);

		KTEST_REQUIRE(v);
		memset(v, 0xff, PAGE_SIZE << order);
		page_free_virt(v, order);
		v = page_alloc_virt(order, ALLOC_ZERO);
		KTEST_REQUIRE(v);
		KTEST_EXPECT(all_bytes(v, 0, PAGE_SIZE << order));
		page_free_virt(v, order);
	}
}

KTEST_CASE(page_references)
{
	uint64_t before = free_pages();
	struct page *p = page_alloc(1, 0);

	KTEST_REQUIRE(p);
	page_get(p);
	page_get(p);
	page_put(p);
	page_put(p);
	KTEST_EXPECT(free_pages() == before - 2);
	p->flags |= PAGE_F_OBJECT | PAGE_F_DIRTY;
	page_put(p);
	KTEST_EXPECT(free_pages() == before);
	p = page_alloc(1, 0);
	KTEST_REQUIRE(p);
	KTEST_EXPECT(p->flags == 1);
	page_put(p);
}

KTEST_CASE(page_low)
{
	for (unsigned order = 0; order < 3; order++) {
		struct page *p = page_alloc(order, ALLOC_DMA32);

		KTEST_REQUIRE(p);
		KTEST_EXPECT(page_phys(p) + (PAGE_SIZE << order) <= 1ull << 32);
		page_put(p);
	}
}

/* More pages than any list of a CPU holds; each knows who has it. */
KTEST_CASE(page_distinct)
{
	struct page *chain = NULL, *p;
	unsigned n = 0;

	for (; n < 500; n++) {
		p = page_alloc(0, 0);
		if (!p)
			break;
		p->owner = (uintptr_t)chain;
		p->index = n;
		*(unsigned *)page_map_local(p) = n;
		chain = p;
	}
	KTEST_EXPECT(n == 500);
	while ((p = chain) != NULL) {
		n--;
		KTEST_EXPECT(p->index == n);
		KTEST_EXPECT(*(unsigned *)page_map_local(p) == n);
		chain = (struct page *)p->owner;
		page_free(p, 0);
	}
}

KTEST_CASE(page_zero_page)
{
	void *v = page_map_local(page_zero);

	KTEST_EXPECT(all_bytes(v, 0, PAGE_SIZE));
	page_unmap_local(v);
	KTEST_EXPECT(page_zero->flags & PAGE_F_RESERVED);
	page_get(page_zero);
	page_put(page_zero);
	KTEST_EXPECT(atomic32_load(&page_zero->refs) >= 1);
}

KTEST_CASE(page_injected_failure)
{
	struct page *p;

	fail_arm(2);
	p = page_alloc(0, 0);
	KTEST_EXPECT(p);
	KTEST_EXPECT(!page_alloc(0, 0));
	KTEST_EXPECT(!fail_armed());
	if (p)
		page_put(p);
}

/* The last page can be had, and then it is said that there is none. */
KTEST_CASE(page_exhaust)
{
	uint64_t before = free_pages(), n = 0;
	struct page *chain = NULL, *p;

	if (before > EXHAUST_PAGES)
		return;
	while ((p = page_alloc(0, ALLOC_ATOMIC)) != NULL) {
		p->owner = (uintptr_t)chain;
		chain = p;
		n++;
	}
	KTEST_EXPECT(free_pages() == 0);
	KTEST_EXPECT(!page_available(1));
	while ((p = chain) != NULL) {
		chain = (struct page *)p->owner;
		page_free(p, 0);
	}
	KTEST_EXPECT(n == before);
	KTEST_EXPECT(free_pages() == before);
}
