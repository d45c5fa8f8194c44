/* SPDX-License-Identifier: BSD-2-Clause */
/* Object caches of many shapes. */
#include "lib/string.h"

#include "core/ktest.h"
#include "mm/fail.h"
#include "mm/slab.h"

#define MANY 300

static struct slab shapes[] = {
	{ .name = "test-1", .size = 1, .align = 1 },
	{ .name = "test-8", .size = 8, .align = 8 },
	{ .name = "test-24", .size = 24, .align = 8 },
	{ .name = "test-100", .size = 100, .align = 4 },
	{ .name = "test-700", .size = 700, .align = 8 },
	{ .name = "test-1500", .size = 1500, .align = 64 },
	{ .name = "test-5000", .size = 5000, .align = 8 },
	{ .name = "test-16384", .size = 16384, .align = 4096 },
};

static void *objects[MANY];

/* Caches stay registered, so a test uses the same ones each time. */
static void shapes_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++)
		shapes[i].lock.rank = RANK_SLAB;
}

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
	shapes_init();
	for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++)
		check_shape(&shapes[i], shapes[i].size > 4096 ? 40 : MANY);
}

KTEST_CASE(slab_alignment)
{
	shapes_init();
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

	shapes_init();
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

	shapes_init();
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
