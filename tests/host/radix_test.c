/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/radix against a plain array of (index, item), with every node counted
 * that goes in and comes out. */
#include "lib/radix.h"

#include "abi/errno.h"
#include "test.h"

#define MODEL 400

static struct {
	unsigned long index;
	void *item;
} model[MODEL];
static size_t model_count;
static struct radix_tree tree;
static struct radix_pool pool;
static unsigned allocated;

static void fill_pool(unsigned count)
{
	while (pool.count < count) {
		struct radix_node *n = malloc(sizeof(*n));

		for (size_t i = 0; i < sizeof(*n); i++)
			((uint8_t *)n)[i] = 0xa5;
		radix_pool_add(&pool, n);
		allocated++;
	}
}

static void drain(struct radix_pool *from)
{
	struct radix_node *n;

	while ((n = radix_pool_take(from))) {
		free(n);
		allocated--;
	}
}

static void *item_of(unsigned long index)
{
	return (void *)((index * 16 + 16) | 1ul << 63);
}

static size_t find(unsigned long index)
{
	for (size_t i = 0; i < model_count; i++) {
		if (model[i].index == index)
			return i;
	}
	return MODEL;
}

/* First without nodes, then with one too few, then with what was asked for. */
static void insert(unsigned long index)
{
	size_t at = find(index);
	int err = radix_insert(&tree, index, item_of(index), &pool);

	if (at < MODEL) {
		CHECK_EQ(err, -EEXIST);
		return;
	}
	if (err == -ENOMEM) {
		unsigned wanted = pool.wanted;

		CHECK(wanted > 0 && wanted <= RADIX_NODES_MAX);
		CHECK(!radix_lookup(&tree, index));
		fill_pool(wanted - 1);
		CHECK_EQ(radix_insert(&tree, index, item_of(index), &pool),
			 -ENOMEM);
		fill_pool(wanted);
		err = radix_insert(&tree, index, item_of(index), &pool);
	}
	CHECK_EQ(err, 0);
	CHECK_EQ(pool.count, 0);
	model[model_count].index = index;
	model[model_count++].item = item_of(index);
}

static void delete (unsigned long index)
{
	struct radix_pool freed = { NULL };
	size_t at = find(index);
	void *got = radix_delete(&tree, index, &freed);

	CHECK(got == (at < MODEL ? model[at].item : NULL));
	if (at < MODEL)
		model[at] = model[--model_count];
	drain(&freed);
}

static void check(void)
{
	unsigned long index = 0;
	size_t seen = 0;

	CHECK_EQ(tree.count, model_count);
	for (size_t i = 0; i < model_count; i++)
		CHECK(radix_lookup(&tree, model[i].index) == model[i].item);
	while (1) {
		unsigned long from = index;
		void *item = radix_next(&tree, &index);

		if (!item) {
			CHECK(index == from);
			break;
		}
		CHECK(index >= from);
		CHECK(item == radix_lookup(&tree, index));
		seen++;
		if (++index == 0)
			break;
	}
	CHECK_EQ(seen, model_count);
}

static void empty(void)
{
	while (model_count)
		delete (model[test_below(model_count)].index);
	CHECK(!tree.root);
	CHECK_EQ(allocated, 0);
}

static unsigned long random_index(size_t kind)
{
	switch (kind) {
	case 0: return test_below(200);
	case 1: return test_below(100000);
	case 2: return ~0ul - test_below(100);
	default: return test_random() << test_below(54) >> test_below(60);
	}
}

static void one_round(size_t kind)
{
	unsigned long index = random_index(kind < 4 ? kind : test_below(4));

	if (model_count < MODEL && test_below(5) < 3)
		insert(index);
	else
		delete (index);
	if (model_count && !test_below(3))
		delete (model[test_below(model_count)].index);
}

TEST(random)
{
	for (size_t kind = 0; kind < 5; kind++) {
		for (int round = 0; round < 3000; round++) {
			one_round(kind);
			if (round % 16 == 0)
				check();
		}
		empty();
	}
}

TEST(index_zero_needs_no_node)
{
	struct radix_pool freed = { NULL };
	int x;

	CHECK_EQ(radix_insert(&tree, 0, &x, NULL), 0);
	CHECK(radix_lookup(&tree, 0) == &x);
	CHECK(!radix_lookup(&tree, 1));
	CHECK(!radix_replace(&tree, 5, &x));
	CHECK(radix_replace(&tree, 0, &tree) == &x);
	CHECK_EQ(radix_insert(&tree, 9, &x, NULL), -ENOMEM);
	CHECK(radix_delete(&tree, 0, &freed) == &tree);
	CHECK(!radix_delete(&tree, 0, &freed));
	CHECK_EQ(freed.count, 0);
}

TEST(edges)
{
	unsigned long edge[] = {
		0,         63,  64, 4095, 4096, 1ul << 60, (1ul << 60) - 1,
		~0ul >> 1, ~0ul
	};

	for (size_t i = 0; i < ARRAY_SIZE(edge); i++) {
		insert(edge[i]);
		check();
	}
	CHECK(radix_replace(&tree, 4096, &tree) == item_of(4096));
	CHECK(radix_lookup(&tree, 4096) == (void *)&tree);
	radix_replace(&tree, 4096, item_of(4096));
	for (size_t i = ARRAY_SIZE(edge); i--;) {
		delete (edge[i]);
		check();
	}
	empty();
	insert(~0ul);
	insert(0);
	check();
	empty();
}
