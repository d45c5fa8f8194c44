/* SPDX-License-Identifier: BSD-2-Clause */
/* Areas of kernel addresses: what is mapped, and what is not. */
#include "arch/debug.h"
#include "arch/mmu.h"
#include "arch/thread.h"
#include "lib/string.h"

#include "core/ktest.h"
#include "mm/fail.h"
#include "mm/page.h"
#include "mm/vmap.h"

static bool mapped(const void *v)
{
	char c;

	return arch_probe_read(&c, (vaddr_t)v, 1);
}

KTEST_CASE(vmap_contents)
{
	size_t len = 300 * PAGE_SIZE;
	char *v = vmap_alloc(len, PAGE_SIZE, ALLOC_ZERO);

	KTEST_REQUIRE(v);
	for (size_t i = 0; i < len; i += PAGE_SIZE) {
		KTEST_EXPECT(v[i] == 0);
		*(size_t *)(v + i) = i;
	}
	for (size_t i = 0; i < len; i += PAGE_SIZE)
		KTEST_EXPECT(*(size_t *)(v + i) == i);
	vmap_free(v);
	vmap_free(NULL);
	KTEST_EXPECT(!mapped(v));
	KTEST_EXPECT(!vmap_alloc(0, PAGE_SIZE, 0));
	KTEST_EXPECT(!vmap_alloc(SIZE_MAX - 10, PAGE_SIZE, 0));
}

KTEST_CASE(vmap_guards)
{
	size_t len = 2 * PAGE_SIZE, size;
	char *a = vmap_alloc(len, PAGE_SIZE, 0);
	char *b = vmap_alloc(len - 5, PAGE_SIZE, 0);
	vaddr_t base;

	KTEST_REQUIRE(a && b);
	KTEST_EXPECT(mapped(a) && mapped(a + len - 1));
	KTEST_EXPECT(!mapped(a - 1) && !mapped(a + len));
	KTEST_EXPECT(mapped(b) && mapped(b + len - 1));
	KTEST_EXPECT(!mapped(b - 1) && !mapped(b + len));
	KTEST_EXPECT(vmap_find((vaddr_t)a + len - 1, &base, &size));
	KTEST_EXPECT(base == (vaddr_t)a && size == len);
	KTEST_EXPECT(!vmap_find((vaddr_t)a + len, &base, &size));
	vmap_free(a);
	KTEST_EXPECT(!vmap_find((vaddr_t)a, &base, &size));
	KTEST_EXPECT(!mapped(a) && mapped(b));
	vmap_free(b);
}

KTEST_CASE(vmap_alignment)
{
	for (size_t align = PAGE_SIZE; align <= MIB(1); align *= 4) {
		void *a = vmap_alloc(100, align, 0);
		void *b = vmap_alloc(PAGE_SIZE + 1, align, 0);

		KTEST_EXPECT(a && b);
		KTEST_EXPECT((((vaddr_t)a | (vaddr_t)b) & (align - 1)) == 0);
		vmap_free(a);
		vmap_free(b);
	}
}

KTEST_CASE(vmap_foreign)
{
	struct page *p = page_alloc(1, ALLOC_ZERO);
	char *direct, *v;

	KTEST_REQUIRE(p);
	direct = arch_phys_to_virt(page_phys(p));
	v = vmap_phys(page_phys(p) + 100, PAGE_SIZE, true);
	KTEST_EXPECT(v);
	if (v) {
		memcpy(v, "hello", 5);
		KTEST_EXPECT(memcmp(direct + 100, "hello", 5) == 0);
		KTEST_EXPECT(mapped(v + PAGE_SIZE - 1));
		vmap_unmap(v);
		KTEST_EXPECT(!mapped(v));
	}
	KTEST_EXPECT(direct[100] == 'h');
	page_put(p);
}

KTEST_CASE(vmap_stacks)
{
	void *stack[12];
	unsigned n = 0;

	for (; n < ARRAY_SIZE(stack); n++) {
		stack[n] = vmap_stack_alloc();
		KTEST_EXPECT(stack[n]);
		if (!stack[n])
			break;
		KTEST_EXPECT(((vaddr_t)stack[n] & (ARCH_STACK_SIZE - 1)) == 0);
		KTEST_EXPECT(*(uint32_t *)stack[n] == STACK_CANARY);
		KTEST_EXPECT(!mapped((char *)stack[n] - 1));
		memset((char *)stack[n] + 4, (int)n, ARCH_STACK_SIZE - 4);
	}
	while (n-- > 0)
		vmap_stack_free(stack[n]);
}

/* Whatever fails on the way leaves nothing behind; the runner counts. */
KTEST_CASE(vmap_injected_failure)
{
	for (uint32_t n = 1; n < 1000; n++) {
		bool waiting;
		void *v;

		fail_arm(n);
		v = vmap_alloc(20 * PAGE_SIZE, PAGE_SIZE, 0);
		waiting = fail_armed();
		fail_arm(0);
		KTEST_EXPECT(!v == !waiting);
		vmap_free(v);
		if (waiting)
			return;
	}
	KTEST_EXPECT(false);
}
