/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What System V's three kinds of objects share: ids, keys, owners, rights.
 *
 * A table maps ids to objects.  An id is an index and a sequence number above
 * it, so that one that was removed is not mistaken for what has its index now.
 * Objects are looked up under RCU and then locked, each by its own spinlock;
 * making and removing them takes the table's mutex (no other sleeping lock is
 * taken inside), then the object's.
 *
 * References: the table's while the object has an id, and what its kind keeps
 * of it besides (ipc_hold).  With the last one it is freed after a grace
 * period.  `removed` is set when the id goes.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/rbtree.h"
#include "lib/types.h"

#include "abi/ipc.h"
#include "core/spinlock.h"
#include "sched/mutex.h"
#include "sched/rcu.h"

#define IPC_CHUNK_SLOTS 500
#define IPC_CHUNKS      ((IPC_INDEX_MAX + IPC_CHUNK_SLOTS - 1) / IPC_CHUNK_SLOTS)

struct ipc_chunk;
struct ipc_table;

struct ipc_object {
	struct spinlock lock;
	/* protected by lock: */
	uint32_t uid, gid, cuid, cgid, mode;
	bool removed;

	int32_t key; /* changes under both locks */
	/* constant once it has an id: */
	int id;
	struct ipc_table *table;

	struct rb_node key_node; /* the table's, unless IPC_PRIVATE */
	struct atomic32 refs;
	struct rcu_head rcu;
};

struct ipc_kind {
	/* Of a get call without an existing object: -ENOSPC, -ENOMEM ...; the
	 * table's mutex is held.  The object's ipc_object is not filled. */
	int (*create)(struct ipc_table *t, const void *request,
		      struct ipc_object **out);
	/* Whether an existing one will do.  Both locks held. */
	int (*check)(struct ipc_object *o, const void *request);
	/* It has got an id (1), or lost it (-1); the mutex is held.  NULL: no
	 * sums are kept. */
	void (*account)(struct ipc_object *o, int sign);
	/* Nobody has it any more, not even under RCU. */
	void (*free)(struct ipc_object *o);
};

struct ipc_table {
	struct mutex lock;
	/* protected by lock; slots are read under RCU: */
	struct ipc_chunk *chunk[IPC_CHUNKS];
	struct rb_root keys;
	unsigned count, sequence;
	int last_index, max_index; /* the newest and the highest; -1: none */
	/* constant: */
	const struct ipc_kind *kind;
};

#define IPC_TABLE(name, k)                                                     \
	{                                                                      \
		.lock = MUTEX((name).lock, RANK_MUTEX_LEAF), .last_index = -1, \
		.max_index = -1, .kind = (k)                                   \
	}

/* shmget and its kin: an id, or -ENOENT, -EEXIST, -EACCES, -ENOSPC, -ENOMEM
 * and what the kind says; at most `limit` objects. */
struct ipc_get_args {
	int32_t key;
	int flags;           /* IPC_CREAT, IPC_EXCL, mode */
	unsigned limit;      /* of objects */
	const void *request; /* for the kind */
};
int must_check ipc_get(struct ipc_table *t, const struct ipc_get_args *a);

/* The object, locked.  -EINVAL: no such id. */
int must_check ipc_lock(struct ipc_table *t, int id, struct ipc_object **out);
/* The same by an id or, with `by_index`, an index alone; 0 or -EINVAL. */
int must_check ipc_lock_stat(struct ipc_table *t, int id, bool by_index,
			     struct ipc_object **out);
static inline void ipc_unlock(struct ipc_object *o)
{
	spin_unlock(&o->lock);
}

/* For IPC_SET and IPC_RMID: the table's mutex and the object, if the running
 * thread may: -EINVAL, -EPERM. */
int must_check ipc_begin_change(struct ipc_table *t, int id,
				struct ipc_object **out);
static inline void ipc_end_change(struct ipc_table *t, struct ipc_object *o)
{
	spin_unlock(&o->lock);
	mutex_unlock(&t->lock);
}
/* IPC_SET's owner and rights: -EINVAL.  Locked. */
int must_check ipc_set_locked(struct ipc_object *o,
			      const struct ipc64_perm *perm);
/* Takes its id; the table's reference becomes the caller's, who drops it after
 * unlocking.  Both locks held. */
void ipc_remove_locked(struct ipc_table *t, struct ipc_object *o);
/* It is not found by its key any more.  Both locks held. */
void ipc_forget_key_locked(struct ipc_table *t, struct ipc_object *o);

/* Whether the running thread may, as the bits of a mode say (any third of
 * them): 0, -EACCES.  Locked. */
int must_check ipc_permission(const struct ipc_object *o, unsigned want);

static inline void ipc_hold(struct ipc_object *o)
{
	atomic32_inc(&o->refs);
}
void ipc_put(struct ipc_object *o); /* any context */

/* Locked. */
void ipc_describe(const struct ipc_object *o, struct ipc64_perm *out);

/* Calls fn for every object, in order of indices, with both locks held. */
void ipc_for_each(struct ipc_table *t,
		  void (*fn)(struct ipc_object *o, void *arg), void *arg);
