/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of names (dentry cache).
 *
 * A dentry ties a name in a parent to an inode, or says that there is none
 * (inode NULL).  It is counted; being in the tree is one of its references,
 * and it holds one on its parent.  File systems that live in memory keep all
 * their names here and nowhere else.
 *
 * Look-ups walk hash chains under RCU.  `seq` is odd or changes whenever the
 * parent, name or inode changes or the dentry leaves the tree: a reader takes
 * it first, looks, and checks it again (dentry_find, dentry_get_at).  A miss
 * counts only if no rename ran meanwhile (dentry_rename_seq).
 *
 * Changes: the parent's inode lock; a rename also holds dentry_rename_lock.
 * Hash chains have spinlocks of their own, inside this file.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/types.h"

#include "core/seqlock.h"
#include "sched/mutex.h"
#include "sched/rcu.h"

struct inode;

struct dentry_name { /* never changes once visible */
	uint32_t hash;
	uint8_t len;
	char text[];
};
#define DENTRY_INLINE_NAME 43

enum {
	DENTRY_MOUNTED = 1 << 0, /* something may be mounted here */
	DENTRY_ROOT = 1 << 1,    /* of a super */
	DENTRY_ANON = 1 << 2,    /* of a file without a name */
	DENTRY_DYNAMIC = 1 << 3, /* made for one look-up, never in the tree */
};

struct dentry {
	struct hlist_node hash;
	struct dentry *parent; /* itself at a root */
	struct inode *inode;   /* holds a reference; NULL: no such file */
	const struct dentry_name *name;
	struct seqcount seq;
	uint32_t flags; /* DENTRY_* */
	struct atomic32 refs;
	/* protected by the parent's inode lock: */
	uint64_t cookie; /* place in the directory: rises along the list */
	struct list sibling;
	/* protected by its own inode's lock: */
	struct list children; /* in order of cookie */

	struct rcu_head rcu;
	struct {
		uint32_t hash;
		uint8_t len;
		char text[DENTRY_INLINE_NAME];
	} inline_name; /* a struct dentry_name */
};

/* One component of a path, hashed once. */
struct dentry_key {
	const char *text;
	uint32_t len, hash;
};

extern struct mutex dentry_rename_lock; /* RANK_RENAME */
extern struct seqcount dentry_rename_seq;
extern uint32_t dentry_hash_seed;

/* Measures and hashes the component that begins at s. */
static inline void dentry_key_parse(struct dentry_key *k, const char *s)
{
	uint32_t h = dentry_hash_seed;
	const char *p = s;

	for (; *p && *p != '/'; p++)
		h = (h ^ (unsigned char)*p) * 0x01000193;
	k->text = s;
	k->len = p - s;
	k->hash = h ^ h >> 15;
}
/* For text that is not part of a path. */
void dentry_key_init(struct dentry_key *k, const char *s, size_t len);

/* The dentry of that name and its sequence; NULL when none is cached.  Inside
 * an RCU read section. */
struct dentry *dentry_find(const struct dentry *parent,
			   const struct dentry_key *k, uint32_t *seq);
/* A reference on what dentry_find found, if it is still the same. */
bool must_check dentry_get_at(struct dentry *d, uint32_t seq);

/* The same with the parent's inode locked: a certain answer, no reference. */
struct dentry *dentry_find_locked(struct dentry *parent,
				  const struct dentry_key *k);

/* A new dentry, not in the tree; one reference, the caller's.  NULL: no
 * memory. */
struct dentry *dentry_create(struct dentry *parent, const struct dentry_key *k);
/* The root of a super. */
struct dentry *dentry_create_root(struct inode *ino);
/* One that hangs nowhere and only carries a name: pipes, sockets. */
struct dentry *dentry_create_anon(struct dentry *root, const char *name,
				  struct inode *ino);

/* Gives a dentry without inode one; the reference passes to it. */
void dentry_attach(struct dentry *d, struct inode *ino);
/* Makes it visible and takes the tree's reference.  Parent locked. */
void dentry_add(struct dentry *d);
/* Takes it out of the tree and drops the tree's reference.  Parent locked. */
void dentry_remove(struct dentry *d);
/* A rename within a super, in two steps: what may fail (-ENOMEM) first.  The
 * rename lock and both parents are held; the name is used up. */
int must_check dentry_move_prepare(const struct dentry_key *k,
				   const struct dentry_name **name);
void dentry_move_cancel(const struct dentry_name *name);
/* `over` (or NULL) has the new name so far; it leaves the tree as by
 * dentry_remove, but no look-up sees the name missing in between. */
void dentry_move(struct dentry *d, struct dentry *parent,
		 const struct dentry_name *name, struct dentry *over);
int must_check dentry_exchange_prepare(struct dentry *a, struct dentry *b);
void dentry_exchange(struct dentry *a, struct dentry *b);

static inline struct dentry *dentry_get(struct dentry *d)
{
	atomic32_inc(&d->refs);
	return d;
}
void dentry_put_last(struct dentry *d);
/* Where nothing may sleep. */
void dentry_put_later(struct dentry *d);
static inline void dentry_put(struct dentry *d)
{
	if (atomic32_dec_and_test(&d->refs))
		dentry_put_last(d);
}

/* In the tree, or a root, or of those that never are in it? */
static inline bool dentry_is_live(const struct dentry *d)
{
	return (d->flags & (DENTRY_ROOT | DENTRY_DYNAMIC)) ||
	       hlist_is_queued(&d->hash);
}
/* Whether `d` is `above` or lies below it.  rename lock held. */
bool dentry_is_below(const struct dentry *d, const struct dentry *above);

/* Drops a whole tree from its root on; nobody else uses it any more. */
void dentry_drop_tree(struct dentry *root);

void dentry_init(void);
