/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/rbtree against a table of which keys are in, with the colour rules
 * checked after each change. */
#include "lib/rbtree.h"

#include "test.h"

#define KEYS 300

struct item {
	int key;
	bool in;
	struct rb_node node;
};

static struct item items[KEYS];
static struct rb_root root;

static void insert(struct item *item)
{
	struct rb_node **link = &root.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = item->key < rb_entry(parent, struct item, node)->key
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&root, &item->node, parent, link);
	item->in = true;
}

/* Number of black nodes down to the leaves, which all paths must share. */
static int black_height(struct rb_node *n, struct rb_node *parent)
{
	bool black = !n || (n->parent_colour & 1);
	int left, right;

	if (!n)
		return 1;
	CHECK((n->parent_colour & ~1ul) == (uintptr_t)parent);
	CHECK(black || !parent || (parent->parent_colour & 1));
	left = black_height(n->left, n);
	right = black_height(n->right, n);
	CHECK_EQ(left, right);
	return left + black;
}

static void check_order(void)
{
	struct rb_node *n;
	struct item *p;
	int at = 0;

	rb_for_each (p, &root, node) {
		while (!items[at].in)
			at++;
		CHECK_EQ(p->key, at);
		at++;
	}
	while (at < KEYS)
		CHECK(!items[at++].in);
	for (n = rb_last(&root), at = KEYS - 1; n; n = rb_prev(n), at--) {
		while (!items[at].in)
			at--;
		CHECK_EQ(rb_entry(n, struct item, node)->key, at);
	}
}

static void start(void)
{
	root.node = NULL;
	for (int i = 0; i < KEYS; i++)
		items[i] = (struct item){ .key = i };
}

TEST(random)
{
	start();
	CHECK(rb_empty(&root) && !rb_first(&root) && !rb_last(&root));
	for (int round = 0; round < 20000; round++) {
		struct item *i = &items[test_below(KEYS)];

		if (i->in) {
			rb_erase(&root, &i->node);
			i->in = false;
		} else if (round % 4000 < 2500 || !test_below(3)) {
			insert(i);
		}
		if (round % 16 == 0) {
			if (root.node)
				black_height(root.node, NULL);
			check_order();
		}
	}
}

TEST(ascending_then_emptied)
{
	start();
	for (int i = 0; i < KEYS; i++)
		insert(&items[i]);
	black_height(root.node, NULL);
	for (int i = 0; i < KEYS; i += 2) {
		rb_erase(&root, &items[i].node);
		items[i].in = false;
		black_height(root.node, NULL);
	}
	check_order();
	for (int i = KEYS - 1; i > 0; i -= 2) {
		rb_erase(&root, &items[i].node);
		items[i].in = false;
	}
	CHECK(rb_empty(&root));
}

TEST(replace)
{
	struct item twin[KEYS];

	start();
	for (int i = 0; i < KEYS; i++)
		insert(&items[i * 7 % KEYS]);
	for (int i = 0; i < KEYS; i++) {
		twin[i] = items[i];
		rb_replace(&root, &items[i].node, &twin[i].node);
	}
	black_height(root.node, NULL);
	check_order();
}

/* What lock-free readers need: following child pointers ends, from the root
 * and from nodes that were erased.  (States within one operation cannot be
 * stopped at from here.) */
static void no_loop(struct rb_node *n, int depth)
{
	CHECK(depth < 64);
	if (!n)
		return;
	no_loop(n->left, depth + 1);
	no_loop(n->right, depth + 1);
}

TEST(erased_nodes_lead_on)
{
	start();
	for (int i = 0; i < 60; i++)
		insert(&items[i * 37 % 60]);
	for (int i = 0; i < 50; i++) {
		struct item *erased = &items[i * 23 % 60];

		rb_erase(&root, &erased->node);
		no_loop(&erased->node, 0);
		no_loop(root.node, 0);
	}
}
