/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black trees whose nodes live inside the objects.
 *
 * The user compares: to insert, descend from root->node by its own key, keep
 * the parent and the address of the empty child pointer, and hand both to
 * rb_insert.  Nothing here locks; writers and in-order walks (rb_next ...)
 * want the owner's lock.
 *
 * Readers without the lock: a *descent by child pointers* under RCU with a
 * sequence count around the writers always ends, on live or not yet freed
 * nodes, though it may miss what it looks for; the reader then sees that the
 * sequence moved and tries again.  For that every child pointer is stored
 * once, and in an order that never closes a loop.
 */
#pragma once

#include "lib/types.h"

struct rb_node {
	uintptr_t parent_colour; /* parent | 1 if black */
	struct rb_node *left;
	struct rb_node *right;
} aligned(sizeof(uintptr_t));

struct rb_root {
	struct rb_node *node; /* all zero is an empty tree */
};

#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_or_null(ptr, type, member)                          \
	({                                                           \
		struct rb_node *entry_ = (ptr);                      \
		entry_ ? rb_entry(entry_, type, member) : (type *)0; \
	})

static inline bool rb_empty(const struct rb_root *root)
{
	return !READ_ONCE(root->node);
}

/* Hang NODE below PARENT (NULL: the tree is empty) at *LINK, which is
 * &root->node, &parent->left or &parent->right and holds NULL. */
void rb_insert(struct rb_root *root, struct rb_node *node,
	       struct rb_node *parent, struct rb_node **link);

/* Take NODE, which is in this tree, out.  Its own pointers stay as they are
 * for readers; free it after a grace period if there are any. */
void rb_erase(struct rb_root *root, struct rb_node *node);

/* Put NEW in OLD's place; their keys order alike. */
void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new);

/* In key order; NULL at the end. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* POS (declared by the caller, of the entry's type) runs in key order; the
 * body must not erase. */
#define rb_for_each(pos, root, member)                                  \
	for (pos = rb_entry_or_null(rb_first(root), __typeof__(*(pos)), \
				    member);                            \
	     pos; pos = rb_entry_or_null(rb_next(&(pos)->member),       \
					 __typeof__(*(pos)), member))
