/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sparse array of pointers: index -> item, 64 ways per level.
 *
 * One writer at a time (the owner's lock); lookups and radix_next run without
 * a lock inside an RCU read section and see each item that stays, and one that
 * comes or goes or not.  An item is a non-NULL pointer with bit 0 clear.
 * A tree that holds nothing but index 0 needs no node at all.
 *
 * The tree allocates nothing.  An insertion takes its nodes from a pool that
 * the caller filled, outside of locks if it likes; a deletion puts the nodes
 * that fell empty into a pool, which the caller frees after a grace period
 * when there are readers without a lock.
 */
#pragma once

#include "lib/types.h"

#define RADIX_BITS 6
#define RADIX_WAYS (1u << RADIX_BITS)

/* The most nodes one insertion can want. */
#define RADIX_NODES_MAX \
	(2 * ((sizeof(unsigned long) * 8 + RADIX_BITS - 1) / RADIX_BITS))

struct radix_node {
	uint8_t shift;  /* of the index at this level; constant after init */
	uint8_t place;  /* slot of the parent that points here */
	uint16_t count; /* slots in use */
	struct radix_node *parent; /* in a pool: the next node */
	uintptr_t owner_space[2];  /* the caller's, outside of the tree */
	void *slots[RADIX_WAYS];   /* written once each: readers look */
};

struct radix_tree {
	uintptr_t root; /* 0, the item of index 0, or a node | 1 */
	size_t count;   /* items; all zero is an empty tree */
};

struct radix_pool {
	struct radix_node *first; /* all zero is an empty pool */
	unsigned count;
	unsigned wanted; /* set with -ENOMEM: nodes the insertion needs */
};

void radix_pool_add(struct radix_pool *pool, struct radix_node *node);

/* NULL when empty.  The node's content is undefined. */
struct radix_node *radix_pool_take(struct radix_pool *pool);

/* NULL when there is none.  RCU or lock. */
void *radix_lookup_deep(const struct radix_node *node, unsigned long index);
static inline void *radix_lookup(const struct radix_tree *tree,
				 unsigned long index)
{
	uintptr_t root = READ_ONCE(tree->root);
	const struct radix_node *node;

	if (!(root & 1))
		return index ? NULL : (void *)root;
	node = (const struct radix_node *)(root - 1);
	/* Most files are small: one level, in line. */
	if (likely(!node->shift))
		return index < RADIX_WAYS ? READ_ONCE(node->slots[index])
					  : NULL;
	return radix_lookup_deep(node, index);
}

/*
 * The first item at *INDEX or above, its index in *INDEX; NULL and *INDEX as
 * it was when there is none.  To go on, add 1 to *INDEX (and stop when that
 * makes 0).  RCU or lock.
 */
void *radix_next(const struct radix_tree *tree, unsigned long *index);

/*
 * 0, -EEXIST, or -ENOMEM when POOL holds fewer nodes than needed: then
 * pool->wanted says how many, and the tree is as it was.  Lock.
 */
must_check int radix_insert(struct radix_tree *tree, unsigned long index,
			    void *item, struct radix_pool *pool);

/* Put ITEM where another one is; returns that, or NULL (and does nothing) when
 * there is none.  Lock. */
void *radix_replace(struct radix_tree *tree, unsigned long index, void *item);

/* Returns the item taken out, or NULL; nodes that fell empty go to FREED.
 * Lock. */
void *radix_delete(struct radix_tree *tree, unsigned long index,
		   struct radix_pool *freed);
