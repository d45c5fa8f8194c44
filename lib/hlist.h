/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hash chains: a one-pointer head, members that can be taken off without
 * knowing the head, and the variants that readers may walk without a lock.
 *
 * A writer holds the bucket's lock.  A reader of the _rcu variants is inside
 * an RCU read section (sched/rcu.h): it sees each member that was on the chain
 * all the time, and members added or taken off meanwhile or not.  A member
 * taken off by hlist_del_rcu keeps its next pointer for those readers and must
 * not be freed or put on a chain again before a grace period has passed.
 */
#pragma once

#include "lib/publish.h"
#include "lib/types.h"

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev; /* the pointer to this node; NULL: on none */
};

struct hlist_head {
	struct hlist_node *first; /* all zero is an empty chain */
};

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void hlist_node_init(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

/* False also for a node of zeroed memory. */
static inline bool hlist_is_queued(const struct hlist_node *node)
{
	return READ_ONCE(node->pprev) != NULL;
}

static inline void hlist_add_head_rcu(struct hlist_node *node,
				      struct hlist_head *head)
{
	struct hlist_node *first = head->first;

	node->next = first;
	node->pprev = &head->first;
	publish(head->first, node);
	if (first)
		first->pprev = &node->next;
}

/* For chains whose readers take the lock too. */
static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *head)
{
	hlist_add_head_rcu(node, head);
}

static inline void hlist_del_rcu(struct hlist_node *node)
{
	struct hlist_node *next = node->next;

	WRITE_ONCE(*node->pprev, next);
	if (next)
		next->pprev = node->pprev;
	WRITE_ONCE(node->pprev, NULL);
}

/* For chains whose readers take the lock; does nothing when on no chain. */
static inline void hlist_del(struct hlist_node *node)
{
	if (!node->pprev)
		return;
	hlist_del_rcu(node);
	node->next = NULL;
}

#define hlist_entry_or_null(node, type, member)                          \
	({                                                               \
		struct hlist_node *entry_ = (node);                      \
		entry_ ? container_of(entry_, type, member) : (type *)0; \
	})

/* POS (declared by the caller) runs over the entries, also under RCU. */
#define hlist_for_each_rcu(pos, head, member)                              \
	for (pos = hlist_entry_or_null(READ_ONCE((head)->first),           \
				       __typeof__(*(pos)), member);        \
	     pos; pos = hlist_entry_or_null(READ_ONCE((pos)->member.next), \
					    __typeof__(*(pos)), member))

#define hlist_for_each(pos, head, member) hlist_for_each_rcu (pos, head, member)

/* The same where the body may take POS off and free it: TMP is a second
 * variable of POS's type.  The caller holds the lock. */
#define hlist_for_each_safe(pos, tmp, head, member)                           \
	for (pos = hlist_entry_or_null((head)->first, __typeof__(*(pos)),     \
				       member);                               \
	     pos && ((tmp = hlist_entry_or_null((pos)->member.next,           \
						__typeof__(*(pos)), member)), \
		     1);                                                      \
	     pos = tmp)
