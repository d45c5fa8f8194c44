/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dentry cache.  A chain of the hash table is protected by one of a few
 * spinlocks picked by its number.  Writers bump a dentry's sequence with
 * preemption off; they are serialised by the parent's inode lock.
 *
 * A name that was renamed gets a new struct dentry_name, so a walker always
 * sees a whole one; the old one is freed after a grace period.
 */
#include "vfs/dentry.h"

#include "lib/hash.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "vfs/inode.h"
#include "vfs/notify.h"

#define HASH_BITS  12
#define LOCK_COUNT 64u

/* A name too long for its dentry, or one given by a rename. */
struct long_name {
	struct rcu_head rcu;
	struct {
		uint32_t hash;
		uint8_t len;
		char text[];
	} name;
};

static_assert(offsetof(struct dentry_name, text) ==
		      offsetof(struct dentry, inline_name.text) -
			      offsetof(struct dentry, inline_name),
	      "the inline name is a struct dentry_name");

static struct hlist_head table[1u << HASH_BITS];
static struct spinlock table_lock[LOCK_COUNT];
static struct slab dentry_slab = SLAB("dentry", struct dentry);

struct mutex dentry_rename_lock = MUTEX(dentry_rename_lock, RANK_RENAME);
struct seqcount dentry_rename_seq;
uint32_t dentry_hash_seed = 0x811c9dc5;

void dentry_init(void)
{
	unsigned i;

	for (i = 0; i < LOCK_COUNT; i++)
		spin_init(&table_lock[i], RANK_DENTRY);
}

void dentry_key_init(struct dentry_key *k, const char *s, size_t len)
{
	uint32_t h = dentry_hash_seed;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x01000193;
	k->text = s;
	k->len = len;
	k->hash = h ^ h >> 15;
}

static inline uint32_t bucket_of(const struct dentry *parent, uint32_t hash)
{
	uint32_t h = hash ^ (uint32_t)((uintptr_t)parent >> 5);

	return h * 0x9e3779b1u >> (32 - HASH_BITS);
}

static inline uint64_t load64(const char *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t load32(const char *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline bool same_bytes(const char *a, const char *b, uint32_t len)
{
	uint32_t i;

	for (i = 0; i + 8 <= len; i += 8)
		if (load64(a + i) != load64(b + i))
			return false;
	if (len & 4) {
		if (load32(a + i) != load32(b + i))
			return false;
		i += 4;
	}
	for (; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static inline bool name_is(const struct dentry_name *n,
			   const struct dentry_key *k)
{
	return n->hash == k->hash && n->len == k->len &&
	       same_bytes(n->text, k->text, k->len);
}

struct dentry *dentry_find(const struct dentry *parent,
			   const struct dentry_key *k, uint32_t *seq)
{
	struct dentry *d;

	hlist_for_each_rcu (d, &table[bucket_of(parent, k->hash)], hash) {
		if (READ_ONCE(d->parent) != parent ||
		    READ_ONCE(d->name)->hash != k->hash)
			continue;
		/* From here on a rename would show. */
		*seq = seq_read_begin(&d->seq);
		if (likely(d->parent == parent && hlist_is_queued(&d->hash) &&
			   name_is(READ_ONCE(d->name), k)))
			return d;
	}
	return NULL;
}

bool dentry_get_at(struct dentry *d, uint32_t seq)
{
	if (!atomic32_inc_not_zero(&d->refs))
		return false;
	if (!seq_read_retry(&d->seq, seq))
		return true;
	dentry_put_later(d);
	return false;
}

static struct spinlock *lock_of(uint32_t bucket)
{
	return &table_lock[bucket % LOCK_COUNT];
}

struct dentry *dentry_find_locked(struct dentry *parent,
				  const struct dentry_key *k)
{
	uint32_t bucket = bucket_of(parent, k->hash);
	struct dentry *d, *found = NULL;

	spin_lock(lock_of(bucket));
	hlist_for_each (d, &table[bucket], hash) {
		if (d->parent == parent && name_is(d->name, k)) {
			found = d;
			break;
		}
	}
	spin_unlock(lock_of(bucket));
	return found;
}

static void hash_insert(struct dentry *d)
{
	uint32_t bucket = bucket_of(d->parent, d->name->hash);

	spin_lock(lock_of(bucket));
	hlist_add_head_rcu(&d->hash, &table[bucket]);
	spin_unlock(lock_of(bucket));
}

static void hash_remove(struct dentry *d)
{
	uint32_t bucket = bucket_of(d->parent, d->name->hash);

	spin_lock(lock_of(bucket));
	hlist_del_rcu(&d->hash);
	spin_unlock(lock_of(bucket));
}

static struct long_name *long_name_create(const struct dentry_key *k)
{
	struct long_name *n = kmalloc(sizeof(*n) + k->len + 1, 0);

	if (!n)
		return NULL;
	n->name.hash = k->hash;
	n->name.len = k->len;
	memcpy(n->name.text, k->text, k->len);
	n->name.text[k->len] = '\0';
	return n;
}

static struct long_name *long_name_at(const struct dentry_name *n)
{
	return container_of(&n->hash, struct long_name, name.hash);
}

/* NULL: the name lies in the dentry. */
static struct long_name *long_name_of(struct dentry *d)
{
	if ((const void *)d->name == &d->inline_name)
		return NULL;
	return long_name_at(d->name);
}

static void long_name_free(struct rcu_head *h)
{
	kfree(container_of(h, struct long_name, rcu));
}

static int set_name(struct dentry *d, const struct dentry_key *k)
{
	struct long_name *n;

	if (k->len < DENTRY_INLINE_NAME) {
		d->inline_name.hash = k->hash;
		d->inline_name.len = k->len;
		memcpy(d->inline_name.text, k->text, k->len);
		d->inline_name.text[k->len] = '\0';
		d->name = (const struct dentry_name *)&d->inline_name;
		return 0;
	}
	n = long_name_create(k);
	if (!n)
		return -ENOMEM;
	d->name = (const struct dentry_name *)&n->name;
	return 0;
}

static struct dentry *create(const struct dentry_key *k)
{
	struct dentry *d = slab_alloc(&dentry_slab, 0);

	if (!d)
		return NULL;
	d->parent = d;
	d->inode = NULL;
	d->flags = 0;
	d->cookie = 2; /* behind . and .. */
	hlist_node_init(&d->hash);
	atomic32_store(&d->seq.seq, 0);
	atomic32_store(&d->refs, 1);
	list_init(&d->children);
	list_init(&d->sibling);
	if (set_name(d, k)) {
		slab_free(&dentry_slab, d);
		return NULL;
	}
	return d;
}

struct dentry *dentry_create(struct dentry *parent, const struct dentry_key *k)
{
	struct dentry *d = create(k);

	if (d)
		d->parent = dentry_get(parent);
	return d;
}

struct dentry *dentry_create_root(struct inode *ino)
{
	struct dentry_key k = { .text = "/", .len = 1 };
	struct dentry *d = create(&k);

	if (!d)
		return NULL;
	d->flags = DENTRY_ROOT;
	d->inode = ino;
	return d;
}

struct dentry *dentry_create_anon(struct dentry *root, const char *name,
				  struct inode *ino)
{
	struct dentry_key k = { .text = name, .len = strlen(name) };
	struct dentry *d = dentry_create(root, &k);

	if (!d)
		return NULL;
	d->flags = DENTRY_ANON;
	d->inode = ino;
	return d;
}

void dentry_attach(struct dentry *d, struct inode *ino)
{
	preempt_disable();
	seq_write_begin(&d->seq);
	d->inode = ino;
	seq_write_end(&d->seq);
	preempt_enable();
}

/* The last entry has the highest. */
static uint64_t next_cookie(struct dentry *parent)
{
	if (list_empty(&parent->children))
		return 2;
	return list_last_entry(&parent->children, struct dentry, sibling)
		       ->cookie +
	       1;
}

void dentry_add(struct dentry *d)
{
	dentry_get(d);
	d->cookie = next_cookie(d->parent);
	list_add_tail(&d->sibling, &d->parent->children);
	hash_insert(d);
}

/* With preemption off. */
static void unhash(struct dentry *d)
{
	seq_write_begin(&d->seq);
	hash_remove(d);
	seq_write_end(&d->seq);
}

void dentry_remove(struct dentry *d)
{
	preempt_disable();
	unhash(d);
	preempt_enable();
	list_del(&d->sibling);
	dentry_put(d);
}

/* Puts d under another parent and name; the old ones come back through the
 * arguments.  Inside both sequences. */
static void place(struct dentry *d, struct dentry **parent,
		  const struct dentry_name **name)
{
	struct dentry *old_parent = d->parent;
	const struct dentry_name *old_name = d->name;

	seq_write_begin(&d->seq);
	hash_remove(d);
	d->parent = *parent;
	WRITE_ONCE(d->name, *name);
	hash_insert(d);
	seq_write_end(&d->seq);
	*parent = old_parent;
	*name = old_name;
}

static void rename_begin(void)
{
	preempt_disable();
	seq_write_begin(&dentry_rename_seq);
}

static void rename_end(void)
{
	seq_write_end(&dentry_rename_seq);
	preempt_enable();
}

static void move_sibling(struct dentry *d)
{
	list_del(&d->sibling);
	d->cookie = next_cookie(d->parent);
	list_add_tail(&d->sibling, &d->parent->children);
}

int dentry_move_prepare(const struct dentry_key *k,
			const struct dentry_name **name)
{
	struct long_name *n = long_name_create(k);

	if (!n)
		return -ENOMEM;
	*name = (const struct dentry_name *)&n->name;
	return 0;
}

void dentry_move_cancel(const struct dentry_name *name)
{
	kfree(long_name_at(name));
}

void dentry_move(struct dentry *d, struct dentry *parent,
		 const struct dentry_name *name, struct dentry *over)
{
	struct long_name *old = long_name_of(d);

	dentry_get(parent);
	rename_begin();
	if (over)
		unhash(over);
	place(d, &parent, &name);
	rename_end();
	if (over) {
		list_del(&over->sibling);
		dentry_put(over);
	}
	move_sibling(d);
	dentry_put(parent); /* the old one */
	if (old)
		rcu_call(&old->rcu, long_name_free);
}

/* An inline name cannot move to another dentry. */
static int make_name_movable(struct dentry *d)
{
	struct dentry_key k = { d->name->text, d->name->len, d->name->hash };
	struct long_name *n;

	if (long_name_of(d))
		return 0;
	n = long_name_create(&k);
	if (!n)
		return -ENOMEM;
	publish(d->name, (const struct dentry_name *)&n->name);
	return 0;
}

int dentry_exchange_prepare(struct dentry *a, struct dentry *b)
{
	int err = make_name_movable(a);

	return err ? err : make_name_movable(b);
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent = b->parent;
	const struct dentry_name *name = b->name;

	rename_begin();
	place(a, &parent, &name);
	place(b, &parent, &name);
	rename_end();
	move_sibling(a);
	move_sibling(b);
}

bool dentry_is_below(const struct dentry *d, const struct dentry *above)
{
	while (d != above && d->parent != d)
		d = d->parent;
	return d == above;
}

static void free_rcu(struct rcu_head *h)
{
	struct dentry *d = container_of(h, struct dentry, rcu);

	kfree(long_name_of(d));
	slab_free(&dentry_slab, d);
}

/* One reference fewer on each ancestor whose last one this was. */
void dentry_put_last(struct dentry *d)
{
	struct dentry *parent;

	for (;;) {
		parent = d->parent;
		if (d->inode) {
			if (!atomic32_load(&d->inode->nlink))
				notify_gone(d->inode);
			inode_put(d->inode);
		}
		rcu_call(&d->rcu, free_rcu);
		if (parent == d || !atomic32_dec_and_test(&parent->refs))
			return;
		d = parent;
	}
}

static void put_last_rcu(struct rcu_head *h)
{
	dentry_put_last(container_of(h, struct dentry, rcu));
}

void dentry_put_later(struct dentry *d)
{
	if (atomic32_dec_and_test(&d->refs))
		rcu_call(&d->rcu, put_last_rcu);
}

static struct dentry *deepest(struct dentry *d)
{
	while (!list_empty(&d->children))
		d = list_first_entry(&d->children, struct dentry, sibling);
	return d;
}

void dentry_drop_tree(struct dentry *root)
{
	struct dentry *d;

	while ((d = deepest(root)) != root)
		dentry_remove(d);
	dentry_put(root);
}
