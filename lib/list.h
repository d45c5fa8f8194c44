/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Circular doubly linked lists whose links live inside the objects.
 *
 * One struct serves as head and as member; an empty head points to itself.
 * Every operation is constant time and does not lock: the owner of the list
 * names its lock.  A member is on one list per link; list_del leaves the link
 * self-pointing, so that list_empty(&obj->link) says whether it is queued
 * (true also for a link fresh from list_init).
 */
#pragma once

#include "lib/types.h"

struct list {
	struct list *next;
	struct list *prev;
};

/* A static head: struct list heads = LIST_INIT(heads); */
#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return READ_ONCE(head->next) == head;
}

static inline void list_insert_between(struct list *node, struct list *prev,
				       struct list *next)
{
	node->next = next;
	node->prev = prev;
	prev->next = node;
	next->prev = node;
}

/* Put NODE directly after HEAD: first in the list (a stack's push). */
static inline void list_add(struct list *node, struct list *head)
{
	list_insert_between(node, head, head->next);
}

/* Put NODE directly before HEAD: last in the list (a queue's append). */
static inline void list_add_tail(struct list *node, struct list *head)
{
	list_insert_between(node, head->prev, head);
}

/* Take NODE off its list; harmless when it is on none (but initialised). */
static inline void list_del(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

static inline void list_move(struct list *node, struct list *head)
{
	list_del(node);
	list_add(node, head);
}

static inline void list_move_tail(struct list *node, struct list *head)
{
	list_del(node);
	list_add_tail(node, head);
}

/* Append everything on FROM to HEAD, in order; FROM is empty afterwards. */
static inline void list_splice_tail(struct list *from, struct list *head)
{
	if (list_empty(from))
		return;
	from->next->prev = head->prev;
	head->prev->next = from->next;
	from->prev->next = head;
	head->prev = from->prev;
	list_init(from);
}

static inline bool list_is_last(const struct list *node,
				const struct list *head)
{
	return node->next == head;
}

static inline bool list_is_singular(const struct list *head)
{
	return !list_empty(head) && head->next == head->prev;
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The list must not be empty for these two. */
#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) \
	list_entry((head)->prev, type, member)

/* NULL when the list is empty. */
#define list_first_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))

#define list_next_entry(pos, member) \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) \
	list_entry((pos)->member.prev, __typeof__(*(pos)), member)

/* POS (declared by the caller, of the entry's type) runs over the entries; the
 * body must not take POS off the list. */
#define list_for_each(pos, head, member)                               \
	for (pos = list_first_entry(head, __typeof__(*(pos)), member); \
	     &(pos)->member != (head); pos = list_next_entry(pos, member))

#define list_for_each_reverse(pos, head, member)                      \
	for (pos = list_last_entry(head, __typeof__(*(pos)), member); \
	     &(pos)->member != (head); pos = list_prev_entry(pos, member))

/* The same where the body may take POS off the list or free it.  TMP is a
 * second variable of POS's type; no other entry may go meanwhile. */
#define list_for_each_safe(pos, tmp, head, member)                     \
	for (pos = list_first_entry(head, __typeof__(*(pos)), member), \
	    tmp = list_next_entry(pos, member);                        \
	     &(pos)->member != (head);                                 \
	     pos = tmp, tmp = list_next_entry(tmp, member))
