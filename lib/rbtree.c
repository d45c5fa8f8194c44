/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black trees: every path from the root to an empty child pointer has the
 * same number of black nodes, and a red node's children are black, so that no
 * path is more than twice as long as another.
 *
 * What readers without the lock rely on: a child pointer is stored once, by
 * WRITE_ONCE, and in program order a subtree is cut from above before a node
 * of it becomes somebody's ancestor.  So no chain of child pointers ever
 * closes.  Parent pointers and colours are for the writer alone.
 */
#include "lib/rbtree.h"

#include "lib/publish.h"

#define BLACK 1u

enum side { LEFT, RIGHT };

static struct rb_node **child_ptr(struct rb_node *node, enum side side)
{
	return side == LEFT ? &node->left : &node->right;
}

static struct rb_node *child(struct rb_node *node, enum side side)
{
	return *child_ptr(node, side);
}

static enum side side_of(const struct rb_node *parent,
			 const struct rb_node *node)
{
	return parent->left == node ? LEFT : RIGHT;
}

static struct rb_node *parent_of(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_colour & ~(uintptr_t)BLACK);
}

static bool is_black(const struct rb_node *node)
{
	return !node || (node->parent_colour & BLACK);
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_colour = (uintptr_t)parent | (node->parent_colour & BLACK);
}

static void set_black(struct rb_node *node)
{
	node->parent_colour |= BLACK;
}

static void set_red(struct rb_node *node)
{
	node->parent_colour &= ~(uintptr_t)BLACK;
}

static void set_colour(struct rb_node *node, bool black)
{
	if (black)
		set_black(node);
	else
		set_red(node);
}

/* Whatever points down to OLD, which PARENT is the parent of, points to NEW. */
static void change_child(struct rb_root *root, struct rb_node *parent,
			 struct rb_node *old, struct rb_node *new)
{
	if (!parent)
		WRITE_ONCE(root->node, new);
	else
		WRITE_ONCE(*child_ptr(parent, side_of(parent, old)), new);
}

/* NODE goes down to SIDE, its other child takes its place and colour moves
 * with the nodes. */
static void rotate(struct rb_root *root, struct rb_node *node, enum side side)
{
	struct rb_node *parent = parent_of(node);
	struct rb_node *up = child(node, !side);
	struct rb_node *middle = child(up, side);

	WRITE_ONCE(*child_ptr(node, !side), middle);
	if (middle)
		set_parent(middle, node);
	WRITE_ONCE(*child_ptr(up, side), node);
	set_parent(up, parent);
	change_child(root, parent, node, up);
	set_parent(node, up);
}

void rb_insert(struct rb_root *root, struct rb_node *node,
	       struct rb_node *parent, struct rb_node **link)
{
	node->parent_colour = (uintptr_t)parent; /* red */
	node->left = NULL;
	node->right = NULL;
	publish(*link, node);

	while ((parent = parent_of(node)) && !is_black(parent)) {
		struct rb_node *grand = parent_of(parent);
		enum side side = side_of(grand, parent);
		struct rb_node *uncle = child(grand, !side);

		if (!is_black(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grand);
			node = grand;
			continue;
		}
		if (node == child(parent, !side)) {
			rotate(root, parent, side);
			parent = node;
		}
		set_black(parent);
		set_red(grand);
		rotate(root, grand, !side);
		break;
	}
	set_black(root->node);
}

/* The paths through NODE, a child of PARENT (NODE may be NULL), are one black
 * node short. */
static void mend_short(struct rb_root *root, struct rb_node *node,
		       struct rb_node *parent)
{
	while (parent && is_black(node)) {
		enum side side = side_of(parent, node);
		struct rb_node *sibling = child(parent, !side);

		if (!is_black(sibling)) {
			set_black(sibling);
			set_red(parent);
			rotate(root, parent, side);
			sibling = child(parent, !side);
		}
		if (is_black(sibling->left) && is_black(sibling->right)) {
			set_red(sibling);
			node = parent;
			parent = parent_of(node);
			continue;
		}
		if (is_black(child(sibling, !side))) {
			set_black(child(sibling, side));
			set_red(sibling);
			rotate(root, sibling, !side);
			sibling = child(parent, !side);
		}
		set_colour(sibling, is_black(parent));
		set_black(parent);
		set_black(child(sibling, !side));
		rotate(root, parent, side);
		return;
	}
	if (node)
		set_black(node);
}

/* NODE has two children: the next node in order, NEXT, takes its place. */
static void erase_inner(struct rb_root *root, struct rb_node *node,
			struct rb_node *next)
{
	struct rb_node *parent = parent_of(next);
	struct rb_node *below = next->right;
	bool black = is_black(next);

	if (parent == node) {
		parent = next;
	} else {
		WRITE_ONCE(parent->left, below);
		if (below)
			set_parent(below, parent);
		WRITE_ONCE(next->right, node->right);
		set_parent(node->right, next);
	}
	WRITE_ONCE(next->left, node->left);
	set_parent(node->left, next);
	change_child(root, parent_of(node), node, next);
	next->parent_colour = node->parent_colour;
	if (black)
		mend_short(root, below, parent);
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *parent = parent_of(node);
	struct rb_node *below = node->left ? node->left : node->right;

	if (node->left && node->right) {
		erase_inner(root, node, rb_next(node));
		return;
	}
	if (below)
		set_parent(below, parent);
	change_child(root, parent, node, below);
	if (is_black(node))
		mend_short(root, below, parent);
}

void rb_replace(struct rb_root *root, struct rb_node *old, struct rb_node *new)
{
	*new = *old;
	if (new->left)
		set_parent(new->left, new);
	if (new->right)
		set_parent(new->right, new);
	/* Orders the copy before the publication. */
	if (!parent_of(old))
		publish(root->node, new);
	else
		publish(*child_ptr(parent_of(old),
				   side_of(parent_of(old), old)),
			new);
}

static struct rb_node *outermost(struct rb_node *node, enum side side)
{
	while (node && child(node, side))
		node = child(node, side);
	return node;
}

/* The neighbour in order on that side. */
static struct rb_node *neighbour(const struct rb_node *node, enum side side)
{
	struct rb_node *at = (struct rb_node *)(uintptr_t)node;
	struct rb_node *parent;

	if (child(at, side))
		return outermost(child(at, side), !side);
	while ((parent = parent_of(at)) && at == child(parent, side))
		at = parent;
	return parent;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->node, LEFT);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->node, RIGHT);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour(node, RIGHT);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour(node, LEFT);
}
