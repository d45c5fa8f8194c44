/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The radix tree.  A leaf (shift 0) holds items, every other node holds nodes;
 * tree->root carries a 1 in bit 0 when it is a node, so that index 0 alone is
 * stored in the root itself.
 *
 * An insertion counts first what it will need and then cannot fail half way.
 * It links new nodes from the bottom: a node is filled before it is published,
 * so a reader finds either the old tree or the new one.  A node taken out
 * keeps its slots for readers that still stand in it.
 */
#include "lib/radix.h"

#include "lib/publish.h"
#include "lib/string.h"

#include "abi/errno.h"

#define NODE 1u

static bool is_node(uintptr_t root)
{
	return root & NODE;
}

static struct radix_node *to_node(uintptr_t root)
{
	return (struct radix_node *)(root - NODE);
}

static unsigned slot_of(const struct radix_node *node, unsigned long index)
{
	return (index >> node->shift) & (RADIX_WAYS - 1);
}

/* Is INDEX too large for a tree with NODE at the top? */
static bool beyond(const struct radix_node *node, unsigned long index)
{
	return (index >> node->shift) >= RADIX_WAYS;
}

void radix_pool_add(struct radix_pool *pool, struct radix_node *node)
{
	node->parent = pool->first;
	pool->first = node;
	pool->count++;
}

struct radix_node *radix_pool_take(struct radix_pool *pool)
{
	struct radix_node *node = pool->first;

	if (node) {
		pool->first = node->parent;
		pool->count--;
	}
	return node;
}

void *radix_lookup_deep(const struct radix_node *node, unsigned long index)
{
	if (beyond(node, index))
		return NULL;
	while (node && node->shift)
		node = READ_ONCE(node->slots[slot_of(node, index)]);
	return node ? READ_ONCE(node->slots[slot_of(node, index)]) : NULL;
}

/*
 * The first used slot of NODE at *INDEX or above, moving *INDEX to where that
 * slot's range begins unless it is inside already.  NULL: none, and *INDEX is
 * the last index of NODE's range.
 */
static void *next_slot(const struct radix_node *node, unsigned long *index)
{
	unsigned slot = slot_of(node, *index);
	unsigned long below = (1ul << node->shift) - 1;
	void *found;

	while (!(found = READ_ONCE(node->slots[slot]))) {
		*index |= below;
		if (++slot == RADIX_WAYS)
			return NULL;
		++*index;
		if (!*index) { /* the top level is not 64 ways wide */
			*index = ~0ul;
			return NULL;
		}
	}
	return found;
}

/* As radix_next, below NODE, but *INDEX moves also when there is none. */
static void *next_below(const struct radix_node *top, unsigned long *index)
{
	const struct radix_node *node = top;

	while (!beyond(top, *index)) {
		void *found = next_slot(node, index);

		if (found && !node->shift)
			return found;
		if (found) {
			node = found;
			continue;
		}
		if (node == top || ++*index == 0)
			return NULL;
		node = top;
	}
	return NULL;
}

void *radix_next(const struct radix_tree *tree, unsigned long *index)
{
	uintptr_t root = READ_ONCE(tree->root);
	unsigned long at = *index;
	void *found;

	if (!is_node(root))
		return *index ? NULL : (void *)root;
	found = next_below(to_node(root), &at);
	if (found)
		*index = at;
	return found;
}

/* The deepest node on INDEX's path, and how many are missing below it. */
static struct radix_node *descend(struct radix_node *node, unsigned long index,
				  unsigned *missing)
{
	while (node->shift) {
		struct radix_node *next = node->slots[slot_of(node, index)];

		if (!next)
			break;
		node = next;
	}
	*missing = node->shift / RADIX_BITS;
	return node;
}

/* The shift of the smallest top node that covers INDEX. */
static unsigned top_shift(unsigned long index)
{
	unsigned shift = 0;

	while ((index >> shift) >= RADIX_WAYS)
		shift += RADIX_BITS;
	return shift;
}

/* How many nodes storing at INDEX takes; -EEXIST when there is an item. */
static int count_wanted(const struct radix_tree *tree, unsigned long index)
{
	uintptr_t root = tree->root;
	unsigned tall = top_shift(index) / RADIX_BITS;
	struct radix_node *node;
	unsigned missing;

	if (!is_node(root)) {
		if (!index)
			return root ? -EEXIST : 0;
		/* Paths to 0 and to INDEX part right below the top. */
		return (int)(1 + tall + (root ? tall : 0));
	}
	node = to_node(root);
	if (beyond(node, index))
		return (int)(2 * tall - node->shift / RADIX_BITS);
	node = descend(node, index, &missing);
	if (!node->shift && node->slots[slot_of(node, index)])
		return -EEXIST;
	return (int)missing;
}

static struct radix_node *new_node(struct radix_pool *pool, unsigned shift)
{
	struct radix_node *node = radix_pool_take(pool);

	memset(node, 0, sizeof(*node));
	node->shift = (uint8_t)shift;
	return node;
}

/* Node CHILD goes into slot SLOT of PARENT. */
static void attach(struct radix_node *parent, unsigned slot,
		   struct radix_node *below)
{
	below->parent = parent;
	below->place = (uint8_t)slot;
	parent->count++;
	publish(parent->slots[slot], (void *)below);
}

/* A chain of nodes from SHIFT down to a leaf, with ITEM at INDEX: its top. */
static struct radix_node *chain(unsigned shift, unsigned long index, void *item,
				struct radix_pool *pool)
{
	struct radix_node *node = new_node(pool, 0);

	node->slots[slot_of(node, index)] = item;
	node->count = 1;
	while (node->shift < shift) {
		struct radix_node *up =
			new_node(pool, node->shift + RADIX_BITS);

		attach(up, slot_of(up, index), node);
		node = up;
	}
	return node;
}

static void set_root(struct radix_tree *tree, struct radix_node *node)
{
	node->parent = NULL;
	publish(tree->root, (uintptr_t)node + NODE);
}

/* Make the tree so tall that INDEX has its place and put ITEM there. */
static void grow(struct radix_tree *tree, unsigned long index, void *item,
		 struct radix_pool *pool)
{
	unsigned shift = top_shift(index);
	uintptr_t root = tree->root;
	struct radix_node *top = chain(shift, index, item, pool);
	struct radix_node *old;

	if (!root) {
		set_root(tree, top);
		return;
	}
	if (!shift) {
		top->slots[0] = (void *)root;
		top->count++;
		set_root(tree, top);
		return;
	}
	if (is_node(root))
		old = to_node(root);
	else
		old = chain(0, 0, (void *)root, pool);
	while (old->shift + RADIX_BITS < shift) {
		struct radix_node *up = new_node(pool, old->shift + RADIX_BITS);

		attach(up, 0, old);
		old = up;
	}
	attach(top, 0, old);
	set_root(tree, top);
}

static void insert_below(struct radix_node *top, unsigned long index,
			 void *item, struct radix_pool *pool)
{
	unsigned missing;
	struct radix_node *node = descend(top, index, &missing);
	unsigned slot = slot_of(node, index);

	if (missing) {
		attach(node, slot,
		       chain(node->shift - RADIX_BITS, index, item, pool));
		return;
	}
	node->count++;
	publish(node->slots[slot], item);
}

int radix_insert(struct radix_tree *tree, unsigned long index, void *item,
		 struct radix_pool *pool)
{
	int wanted = count_wanted(tree, index);

	if (wanted < 0)
		return wanted;
	if (wanted && (!pool || pool->count < (unsigned)wanted)) {
		if (pool)
			pool->wanted = (unsigned)wanted;
		return -ENOMEM;
	}
	if (!is_node(tree->root) && !index)
		publish(tree->root, (uintptr_t)item);
	else if (!is_node(tree->root) || beyond(to_node(tree->root), index))
		grow(tree, index, item, pool);
	else
		insert_below(to_node(tree->root), index, item, pool);
	tree->count++;
	return 0;
}

/* The leaf that holds an item at INDEX; NULL when none does. */
static struct radix_node *find_leaf(const struct radix_tree *tree,
				    unsigned long index)
{
	struct radix_node *node;
	unsigned missing;

	if (!is_node(tree->root) || beyond(to_node(tree->root), index))
		return NULL;
	node = descend(to_node(tree->root), index, &missing);
	return !missing && node->slots[slot_of(node, index)] ? node : NULL;
}

void *radix_replace(struct radix_tree *tree, unsigned long index, void *item)
{
	struct radix_node *leaf = find_leaf(tree, index);
	void *old;

	if (!is_node(tree->root) && tree->root && !index) {
		old = (void *)tree->root;
		publish(tree->root, (uintptr_t)item);
		return old;
	}
	if (!leaf)
		return NULL;
	old = leaf->slots[slot_of(leaf, index)];
	publish(leaf->slots[slot_of(leaf, index)], item);
	return old;
}

/* Take out NODE and the nodes above that fall empty with it. */
static void prune(struct radix_tree *tree, struct radix_node *node,
		  struct radix_pool *freed)
{
	while (!node->count) {
		struct radix_node *parent = node->parent;

		if (parent) {
			WRITE_ONCE(parent->slots[node->place], NULL);
			parent->count--;
		} else {
			WRITE_ONCE(tree->root, 0);
		}
		radix_pool_add(freed, node);
		if (!parent)
			return;
		node = parent;
	}
}

/* Take out top nodes that only their first slot is used of. */
static void shrink(struct radix_tree *tree, struct radix_pool *freed)
{
	while (is_node(tree->root)) {
		struct radix_node *top = to_node(tree->root);

		if (top->count != 1 || !top->slots[0])
			return;
		if (top->shift)
			set_root(tree, top->slots[0]);
		else
			publish(tree->root, (uintptr_t)top->slots[0]);
		radix_pool_add(freed, top);
	}
}

void *radix_delete(struct radix_tree *tree, unsigned long index,
		   struct radix_pool *freed)
{
	struct radix_node *leaf = find_leaf(tree, index);
	void *item;

	if (!is_node(tree->root) && tree->root && !index) {
		item = (void *)tree->root;
		WRITE_ONCE(tree->root, 0);
		tree->count--;
		return item;
	}
	if (!leaf)
		return NULL;
	item = leaf->slots[slot_of(leaf, index)];
	WRITE_ONCE(leaf->slots[slot_of(leaf, index)], NULL);
	leaf->count--;
	tree->count--;
	prune(tree, leaf, freed);
	shrink(tree, freed);
	return item;
}
