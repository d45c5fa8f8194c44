/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of objects by id and key.  Slots lie in chunks that come and go with
 * what is in them; there are no more of them than an id can say.  Indices are
 * given out in turn, within one and a half times what is in use, as Linux does
 * it, so that an id is not used again soon.
 */
#include "ipc/ipc.h"

#include "lib/publish.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "sched/cred.h"

#define CYCLE_LEAST  64
#define SEQUENCE_MAX (INT32_MAX >> IPC_INDEX_BITS)

struct ipc_chunk {
	struct rcu_head rcu;
	unsigned used; /* the table's lock */
	struct ipc_object *slot[IPC_CHUNK_SLOTS];
};

/*
 * Slots.
 */

/* Under RCU or with the table locked. */
static struct ipc_object *at_index(struct ipc_table *t, int index)
{
	struct ipc_chunk *c = READ_ONCE(t->chunk[index / IPC_CHUNK_SLOTS]);

	return c ? READ_ONCE(c->slot[index % IPC_CHUNK_SLOTS]) : NULL;
}

static int next_free(struct ipc_table *t)
{
	int end = (int)MIN(MAX(t->count * 3 / 2, (unsigned)CYCLE_LEAST),
			   (unsigned)IPC_INDEX_MAX);
	int index = t->last_index;

	for (int i = 0; i < IPC_INDEX_MAX; i++) {
		index = index + 1 < end ? index + 1 : 0;
		if (!at_index(t, index))
			return index;
	}
	return -ENOSPC;
}

static int put_in_slot(struct ipc_table *t, int index, struct ipc_object *o)
{
	struct ipc_chunk **where = &t->chunk[index / IPC_CHUNK_SLOTS];

	if (!*where) {
		struct ipc_chunk *c = kzalloc(sizeof(*c), 0);

		if (!c)
			return -ENOMEM;
		publish(*where, c);
	}
	(*where)->used++;
	publish((*where)->slot[index % IPC_CHUNK_SLOTS], o);
	return 0;
}

static void free_chunk(struct rcu_head *h)
{
	kfree(container_of(h, struct ipc_chunk, rcu));
}

static void clear_slot(struct ipc_table *t, int index)
{
	struct ipc_chunk **where = &t->chunk[index / IPC_CHUNK_SLOTS];
	struct ipc_chunk *c = *where;

	WRITE_ONCE(c->slot[index % IPC_CHUNK_SLOTS], NULL);
	if (--c->used)
		return;
	WRITE_ONCE(*where, NULL);
	rcu_call(&c->rcu, free_chunk);
}

/*
 * Keys.
 */

static struct ipc_object *find_key(struct ipc_table *t, int32_t key)
{
	struct rb_node *n = t->keys.node;

	while (n) {
		struct ipc_object *o = rb_entry(n, struct ipc_object, key_node);

		if (o->key == key)
			return o;
		n = key < o->key ? n->left : n->right;
	}
	return NULL;
}

static void insert_key(struct ipc_table *t, struct ipc_object *o)
{
	struct rb_node **link = &t->keys.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = o->key < rb_entry(parent, struct ipc_object, key_node)
					       ->key
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&t->keys, &o->key_node, parent, link);
}

void ipc_forget_key_locked(struct ipc_table *t, struct ipc_object *o)
{
	if (o->key == IPC_PRIVATE)
		return;
	rb_erase(&t->keys, &o->key_node);
	o->key = IPC_PRIVATE;
}

/*
 * Birth and death.
 */

static int give_id(struct ipc_table *t, struct ipc_object *o)
{
	int index = next_free(t), err;

	if (index < 0)
		return index;
	if (index <= t->last_index && ++t->sequence >= SEQUENCE_MAX)
		t->sequence = 0;
	t->last_index = index;
	o->id = (int)(t->sequence << IPC_INDEX_BITS) + index;
	err = put_in_slot(t, index, o);
	if (err)
		return err;
	t->max_index = MAX(t->max_index, index);
	t->count++;
	return 0;
}

static void start(struct ipc_table *t, struct ipc_object *o,
		  const struct ipc_get_args *a)
{
	const struct cred *c = cred_current();

	spin_init(&o->lock, RANK_IPC);
	o->uid = o->cuid = c->euid;
	o->gid = o->cgid = c->egid;
	o->mode = (unsigned)a->flags & 0777;
	o->removed = false;
	o->key = a->key;
	o->table = t;
	atomic32_store(&o->refs, 1);
}

static int create(struct ipc_table *t, const struct ipc_get_args *a)
{
	struct ipc_object *o;
	int err = t->kind->create(t, a->request, &o);

	if (err)
		return err;
	start(t, o, a);
	err = t->count < a->limit ? give_id(t, o) : -ENOSPC;
	if (err) {
		ipc_put(o);
		return err;
	}
	if (t->kind->account)
		t->kind->account(o, 1);
	if (o->key != IPC_PRIVATE)
		insert_key(t, o);
	return o->id;
}

static int use_existing(struct ipc_table *t, struct ipc_object *o,
			const struct ipc_get_args *a)
{
	int err;

	if ((a->flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
		return -EEXIST;
	spin_lock(&o->lock);
	err = t->kind->check ? t->kind->check(o, a->request) : 0;
	if (!err)
		err = ipc_permission(o, (unsigned)a->flags);
	spin_unlock(&o->lock);
	return err ? err : o->id;
}

int ipc_get(struct ipc_table *t, const struct ipc_get_args *a)
{
	struct ipc_object *o = NULL;
	int id;

	mutex_lock(&t->lock);
	if (a->key != IPC_PRIVATE)
		o = find_key(t, a->key);
	if (o)
		id = use_existing(t, o, a);
	else if (a->key == IPC_PRIVATE || (a->flags & IPC_CREAT))
		id = create(t, a);
	else
		id = -ENOENT;
	mutex_unlock(&t->lock);
	return id;
}

void ipc_remove_locked(struct ipc_table *t, struct ipc_object *o)
{
	int index = o->id % IPC_INDEX_MAX;

	assert_held(&o->lock);
	ipc_forget_key_locked(t, o);
	clear_slot(t, index);
	o->removed = true;
	t->count--;
	if (t->kind->account)
		t->kind->account(o, -1);
	if (index != t->max_index)
		return;
	do
		t->max_index--;
	while (t->max_index >= 0 && !at_index(t, t->max_index));
}

static void free_rcu(struct rcu_head *h)
{
	struct ipc_object *o = container_of(h, struct ipc_object, rcu);

	o->table->kind->free(o);
}

void ipc_put(struct ipc_object *o)
{
	if (atomic32_dec_and_test(&o->refs))
		rcu_call(&o->rcu, free_rcu);
}

/*
 * Finding.
 */

int ipc_lock_stat(struct ipc_table *t, int id, bool by_index,
		  struct ipc_object **out)
{
	struct ipc_object *o;

	if (id < 0)
		return -EINVAL;
	rcu_read_lock();
	o = at_index(t, id % IPC_INDEX_MAX);
	if (o && (by_index || o->id == id)) {
		spin_lock(&o->lock);
		if (!o->removed) {
			rcu_read_unlock();
			*out = o;
			return 0;
		}
		spin_unlock(&o->lock);
	}
	rcu_read_unlock();
	return -EINVAL;
}

int ipc_lock(struct ipc_table *t, int id, struct ipc_object **out)
{
	return ipc_lock_stat(t, id, false, out);
}

int ipc_begin_change(struct ipc_table *t, int id, struct ipc_object **out)
{
	const struct cred *c = cred_current();
	struct ipc_object *o;
	int err;

	mutex_lock(&t->lock);
	err = ipc_lock(t, id, &o);
	if (!err && c->euid != o->cuid && c->euid != o->uid &&
	    !cred_capable(c, CAP_SYS_ADMIN)) {
		spin_unlock(&o->lock);
		err = -EPERM;
	}
	if (err)
		mutex_unlock(&t->lock);
	else
		*out = o;
	return err;
}

int ipc_set_locked(struct ipc_object *o, const struct ipc64_perm *perm)
{
	if (perm->uid == ~0u || perm->gid == ~0u)
		return -EINVAL;
	o->uid = perm->uid;
	o->gid = perm->gid;
	o->mode = (o->mode & ~0777u) | (perm->mode & 0777);
	return 0;
}

int ipc_permission(const struct ipc_object *o, unsigned want)
{
	const struct cred *c = cred_current();
	unsigned granted = o->mode;

	if (c->euid == o->cuid || c->euid == o->uid)
		granted >>= 6;
	else if (cred_in_group(c, o->cgid) || cred_in_group(c, o->gid))
		granted >>= 3;
	want |= want >> 6 | want >> 3;
	if ((want & ~granted & 7) && !cred_capable(c, CAP_IPC_OWNER))
		return -EACCES;
	return 0;
}

void ipc_describe(const struct ipc_object *o, struct ipc64_perm *out)
{
	*out = (struct ipc64_perm){
		.key = o->key,
		.uid = o->uid,
		.gid = o->gid,
		.cuid = o->cuid,
		.cgid = o->cgid,
		.mode = o->mode,
		.seq = (uint16_t)(o->id >> IPC_INDEX_BITS),
	};
}

void ipc_for_each(struct ipc_table *t,
		  void (*fn)(struct ipc_object *o, void *arg), void *arg)
{
	mutex_lock(&t->lock);
	for (int i = 0; i <= t->max_index; i++) {
		struct ipc_object *o = at_index(t, i);

		if (!o)
			continue;
		spin_lock(&o->lock);
		fn(o, arg);
		spin_unlock(&o->lock);
	}
	mutex_unlock(&t->lock);
}
