/* SPDX-License-Identifier: BSD-2-Clause */
/* Object caches of many shapes. */
#include "lib/string.h"

#include "core/ktest.h"
#include "mm/fail.h"
#include "mm/slab.h"

#define MANY 300

#define SHAPE(bytes, al)                                            \
	{                                                           \
		.name = "test-" #bytes, .size = bytes, .align = al, \
		.lock = SPINLOCK(RANK_SLAB)                         \
	}

/* Caches stay registered, so the tests share these. */
static struct slab shapes[] = {
	SHAPE(1, 1),   SHAPE(8, 8),     SHAPE(24, 8),   SHAPE(100, 4),
	SHAPE(700, 8), SHAPE(1500, 64), SHAPE(5000, 8), SHAPE(16384, 4096),
};

static void *objects[MANY];

static bool holds(const void *obj, int byte, size_t len)
{
	const unsigned char *p = obj;

	for (size_t i = 0; i < len; i++)
		if (p[i] != (unsigned char)byte)
			return false;
	return true;
}

/* Fills every object with a byte of its own and looks whether all kept it. */
static void check_shape(struct slab *s, unsigned many)
{
	unsigned n = 0;

	for (; n < many; n++) {
		objects[n] = slab_alloc(s, 0);
		if (!objects[n])
			break;
		memset(objects[n], (int)n, s->size);
	}
	KTEST_EXPECT(n == many);
	KTEST_EXPECT(slab_in_use(s) == n);
	for (unsigned i = 0; i < n; i++)
		KTEST_EXPECT(holds(objects[i], (int)i, s->size));
	/* Every second first, so that blocks become partly free. */
	for (unsigned i = 0; i < n; i += 2)
		slab_free(s, objects[i]);
	for (unsigned i = 1; i < n; i += 2) {
		KTEST_EXPECT(holds(objects[i], (int)i, s->size));
		slab_free(s, objects[i]);
	}
	KTEST_EXPECT(slab_in_use(s) == 0);
}

KTEST_CASE(slab_sizes)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++)
		check_shape(&shapes[i], shapes[i].size > 4096 ? 40 : MANY);
}

KTEST_CASE(slab_alignment)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct slab *s = &shapes[i];
		void *a = slab_alloc(s, ALLOC_ZERO);
		void *b = slab_alloc(s, ALLOC_ZERO);

		KTEST_EXPECT(a && b && a != b);
		KTEST_EXPECT(((uintptr_t)a & (MAX(s->align, 8u) - 1)) == 0);
		KTEST_EXPECT(((uintptr_t)b & (MAX(s->align, 8u) - 1)) == 0);
		KTEST_EXPECT(a && holds(a, 0, s->size));
		if (a)
			slab_free(s, a);
		if (b)
			slab_free(s, b);
	}
}

KTEST_CASE(slab_returns_pages)
{
	struct slab *s = &shapes[4];

	check_shape(s, MANY);
	/* Nearly all without being asked ... */
	KTEST_EXPECT(s->pages < 16);
	/* ... the rest when asked. */
	slab_reclaim();
	KTEST_EXPECT(s->pages == 0);
}

KTEST_CASE(slab_injected_failure)
{
	struct slab *s = &shapes[2];

	slab_reclaim();
	for (uint32_t n = 1; n < 10; n++) {
		void *obj;

		fail_arm(n);
		obj = slab_alloc(s, 0);
		KTEST_EXPECT(!obj || fail_armed());
		if (obj) {
			fail_arm(0);
			slab_free(s, obj);
			return;
		}
	}
	KTEST_EXPECT(false);
}
