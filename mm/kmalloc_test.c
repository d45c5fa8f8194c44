/* SPDX-License-Identifier: BSD-2-Clause */
/* kmalloc's promises about size, alignment and contents. */
#include "lib/string.h"

#include "core/ktest.h"
#include "mm/kmalloc.h"

KTEST_CASE(kmalloc_sizes)
{
	for (size_t size = 0; size < 5000; size += 1 + size / 50) {
		unsigned char *p = kmalloc(size, 0);
		bool kept = true;

		KTEST_REQUIRE(p);
		KTEST_EXPECT(kmalloc_size(p) >= size);
		KTEST_EXPECT(((uintptr_t)p & 7) == 0);
		memset(p, 0xff, kmalloc_size(p));
		kfree(p);
		p = kzalloc(size, 0);
		KTEST_REQUIRE(p);
		for (size_t i = 0; i < size; i++)
			kept = kept && p[i] == 0;
		KTEST_EXPECT(kept);
		kfree(p);
	}
	kfree(NULL);
}

KTEST_CASE(kmalloc_natural_alignment)
{
	for (size_t size = 16; size <= KIB(64); size *= 2) {
		void *a = kmalloc(size, 0), *b = kmalloc(size, 0);

		KTEST_EXPECT(a && b);
		KTEST_EXPECT((((uintptr_t)a | (uintptr_t)b) & (size - 1)) == 0);
		kfree(a);
		kfree(b);
	}
}

KTEST_CASE(kmalloc_large)
{
	volatile size_t huge = SIZE_MAX;
	char *p = kmalloc(100000, ALLOC_ZERO);

	KTEST_REQUIRE(p);
	KTEST_EXPECT(kmalloc_size(p) >= 100000);
	p[0] = p[99999] = 1;
	kfree(p);
	KTEST_EXPECT(!kmalloc((PAGE_SIZE << PAGE_ORDER_MAX) + 1, 0));
	KTEST_EXPECT(!kmalloc(huge, 0));
}

KTEST_CASE(kmalloc_realloc)
{
	char *p = krealloc(NULL, 10, 0), *q;

	KTEST_REQUIRE(p);
	memcpy(p, "123456789", 10);
	for (size_t size = 16; size < 20000; size *= 3) {
		q = krealloc(p, size, 0);
		KTEST_EXPECT(q);
		p = q ? q : p;
		KTEST_EXPECT(memcmp(p, "123456789", 10) == 0);
	}
	q = krealloc(p, 10, 0);
	KTEST_EXPECT(q && kmalloc_size(q) == 16);
	KTEST_EXPECT(q && memcmp(q, "123456789", 10) == 0);
	kfree(q);
	p = kstrdup("copy", 0);
	KTEST_EXPECT(p && strcmp(p, "copy") == 0);
	kfree(p);
}

KTEST_CASE(kmalloc_overflow)
{
	void *p = kmalloc_array(100, 7, 0);

	KTEST_EXPECT(p && kmalloc_size(p) >= 700);
	kfree(p);
	KTEST_EXPECT(!kmalloc_array(SIZE_MAX / 2, 3, 0));
	KTEST_EXPECT(!kmalloc_array(3, SIZE_MAX / 2, 0));
}

KTEST_CASE(kmalloc_utilisation)
{
	uint64_t requested, taken, requested2, taken2;
	void *p;

	kmalloc_usage(&requested, &taken);
	KTEST_EXPECT(requested <= taken);
	p = kmalloc(PAGE_SIZE * 3, 0);
	KTEST_REQUIRE(p);
	kmalloc_usage(&requested2, &taken2);
	KTEST_EXPECT(requested2 == requested + PAGE_SIZE * 3);
	KTEST_EXPECT(taken2 == taken + PAGE_SIZE * 4);
	kfree(p);
}
