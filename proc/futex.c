/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buckets are one table, sized for the machine at first use by nobody: a
 * fixed power of two spreads well enough, since a bucket holds only threads
 * that sleep.  Two buckets are locked in order of address.
 */
#include "proc/futex.h"

#include "lib/hash.h"
#include "lib/list.h"

#include "abi/errno.h"
#include "abi/futex.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "proc/futex_priv.h"
#include "proc/process.h"
#include "sched/waitq.h"
#include "vm/object.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define BUCKETS 256

struct futex_bucket {
	struct spinlock lock;
	/* protected by lock: */
	struct list waiters;
};

struct futex_waiter {
	struct list node;            /* protected by the lock of *bucket */
	struct futex_bucket *bucket; /* NULL once woken */
	struct futex_key key;
	uint32_t bitset;
	struct thread *thread;
	struct object *object; /* reference of a shared key */
};

static struct futex_bucket buckets[BUCKETS] = {
	[0 ... BUCKETS - 1] = { .lock = SPINLOCK(RANK_FUTEX) },
};

static struct futex_bucket *bucket_of(const struct futex_key *k)
{
	uint32_t h = hash_u64(k->owner ^ k->place, 0);

	return &buckets[h % BUCKETS];
}

static void lock_bucket(struct futex_bucket *b)
{
	spin_lock(&b->lock);
	if (unlikely(!b->waiters.next))
		list_init(&b->waiters);
}

/* Shared memory: the object behind the address, with a reference. */
static int shared_key(struct vmspace *vs, uaddr_t addr, struct futex_key *k,
		      struct object **object)
{
	struct area *a;
	int err = 0;

	rwlock_read(&vs->map_lock);
	a = vmspace_find_locked(vs, addr);
	if (!a || addr < a->start) {
		err = -EFAULT;
	} else if (a->object && (a->flags & AREA_SHARED)) {
		object_get(a->object);
		*object = a->object;
		k->owner = (uintptr_t)a->object;
		k->place = (a->pgoff << PAGE_SHIFT) + (addr - a->start);
	}
	rwlock_read_end(&vs->map_lock);
	return err;
}

int futex_make_key(uaddr_t addr, bool private, struct futex_key *k,
		   struct object **object)
{
	struct vmspace *vs = thread_current()->vmspace;

	*object = NULL;
	if (addr % 4)
		return -EINVAL;
	if (!usercopy_range_ok(addr, 4))
		return -EFAULT;
	*k = (struct futex_key){ (uintptr_t)vs, addr };
	return private ? 0 : shared_key(vs, addr, k, object);
}

void futex_put_key(struct object *object)
{
	if (object)
		object_put(object);
}

/* Reads *addr under a bucket's lock: -EAGAIN when it must be brought in first
 * (the caller lets go of the lock and calls read_word). */
static int read_word_locked(uaddr_t addr, uint32_t *val)
{
	int err;

	usercopy_faults_off();
	err = arch_get_user32(addr, val);
	usercopy_faults_on();
	return err ? -EAGAIN : 0;
}

/* Locks the bucket with *addr == val compared: 0, or unlocked with -EAGAIN
 * (differs) or -EFAULT. */
static int lock_compared(struct futex_bucket *b, uaddr_t addr, uint32_t val)
{
	uint32_t now;

	for (;;) {
		lock_bucket(b);
		if (!read_word_locked(addr, &now)) {
			if (now == val)
				return 0;
			spin_unlock(&b->lock);
			return -EAGAIN;
		}
		spin_unlock(&b->lock);
		if (arch_get_user32(addr, &now))
			return -EFAULT;
	}
}

/* Takes itself off its queue; false: somebody woke it first. */
static bool leave(struct futex_waiter *w)
{
	for (;;) {
		struct futex_bucket *b = READ_ONCE(w->bucket);
		bool mine;

		if (!b)
			return false;
		spin_lock(&b->lock);
		mine = w->bucket == b; /* it may have been moved */
		if (mine)
			list_del(&w->node);
		spin_unlock(&b->lock);
		if (mine)
			return true;
	}
}

static long sleep_woken(struct futex_waiter *w, nsec_t deadline)
{
	int err = 0;

	while (READ_ONCE(w->bucket)) {
		thread_set_state(THREAD_SLEEPING);
		if (!READ_ONCE(w->bucket))
			break;
		err = waitq_sleep(THREAD_SLEEPING, deadline);
		if (err)
			break;
	}
	thread_set_state(THREAD_RUNNABLE);
	if (leave(w))
		return err;
	/* The waker may still be inside thread_wake; it holds no pointer to
	 * the waiter after the bucket's lock, which it had to have. */
	return 0;
}

long futex_wait(uaddr_t addr, uint32_t val, uint32_t bitset, nsec_t deadline,
		bool private)
{
	struct futex_waiter w = {
		.bitset = bitset,
		.thread = thread_current(),
	};
	struct object *object;
	long err;

	if (!bitset)
		return -EINVAL;
	err = futex_make_key(addr, private, &w.key, &object);
	if (err)
		return err;
	w.bucket = bucket_of(&w.key);
	err = lock_compared(w.bucket, addr, val);
	if (!err) {
		list_add_tail(&w.node, &w.bucket->waiters);
		spin_unlock(&w.bucket->lock);
		err = sleep_woken(&w, deadline);
	}
	futex_put_key(object);
	return err;
}

static bool one_woken(const struct futex_waiter *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!READ_ONCE(w[i].bucket))
			return true;
	return false;
}

/* Takes all off their queues; the last one that was woken, or -1. */
static int leave_all(struct futex_waiter *w, unsigned n)
{
	int woken = -1;

	for (unsigned i = 0; i < n; i++) {
		if (!leave(&w[i]))
			woken = (int)i;
		futex_put_key(w[i].object);
	}
	return woken;
}

static long join(struct futex_waiter *w, const struct futex_wait_item *it)
{
	long err = futex_make_key(it->addr, it->private, &w->key, &w->object);

	*w = (struct futex_waiter){ .key = w->key,
				    .object = w->object,
				    .bitset = FUTEX_BITSET_ANY,
				    .thread = thread_current() };
	if (err)
		return err;
	w->bucket = bucket_of(&w->key);
	err = lock_compared(w->bucket, it->addr, it->val);
	if (err) {
		futex_put_key(w->object);
		return err;
	}
	list_add_tail(&w->node, &w->bucket->waiters);
	spin_unlock(&w->bucket->lock);
	return 0;
}

long futex_wait_many(const struct futex_wait_item *items, unsigned n,
		     nsec_t deadline)
{
	struct futex_waiter *w = kmalloc_array(n, sizeof(*w), 0);
	unsigned joined = 0;
	long err = 0;
	int woken;

	if (!w)
		return -ENOMEM;
	for (; joined < n && !err; joined += !err)
		err = join(&w[joined], &items[joined]);
	while (!err && !one_woken(w, n)) {
		thread_set_state(THREAD_SLEEPING);
		if (!one_woken(w, n))
			err = waitq_sleep(THREAD_SLEEPING, deadline);
	}
	thread_set_state(THREAD_RUNNABLE);
	woken = leave_all(w, joined);
	kfree(w);
	return woken >= 0 ? woken : err;
}

static void wake_locked(struct futex_waiter *w)
{
	struct thread *t = w->thread;

	list_del(&w->node);
	/* From this store on the waiter may be gone. */
	thread_get(t);
	smp_wmb();
	WRITE_ONCE(w->bucket, NULL);
	thread_wake(t);
	thread_put(t);
}

static long wake_key_locked(struct futex_bucket *b, const struct futex_key *k,
			    uint32_t n, uint32_t bitset)
{
	struct futex_waiter *w, *tmp;
	long woken = 0;

	list_for_each_safe (w, tmp, &b->waiters, node) {
		if (!n)
			break;
		if (!futex_same(&w->key, k) || !(w->bitset & bitset))
			continue;
		wake_locked(w);
		woken++;
		n--;
	}
	return woken;
}

long futex_wake(uaddr_t addr, uint32_t n, uint32_t bitset, bool private)
{
	struct futex_bucket *b;
	struct object *object;
	struct futex_key k;
	long woken = futex_make_key(addr, private, &k, &object);

	if (woken)
		return woken;
	if (!bitset) {
		futex_put_key(object);
		return -EINVAL;
	}
	b = bucket_of(&k);
	lock_bucket(b);
	woken = wake_key_locked(b, &k, n, bitset);
	spin_unlock(&b->lock);
	futex_put_key(object);
	return woken;
}

struct key_pair {
	struct futex_key key[2];
	struct object *object[2];
	struct futex_bucket *bucket[2];
};

static long make_pair(struct key_pair *p, uaddr_t from, uaddr_t to,
		      bool private)
{
	long err = futex_make_key(from, private, &p->key[0], &p->object[0]);

	if (err)
		return err;
	err = futex_make_key(to, private, &p->key[1], &p->object[1]);
	if (err) {
		futex_put_key(p->object[0]);
		return err;
	}
	p->bucket[0] = bucket_of(&p->key[0]);
	p->bucket[1] = bucket_of(&p->key[1]);
	return 0;
}

static void lock_pair(struct key_pair *p)
{
	struct futex_bucket *a = MIN(p->bucket[0], p->bucket[1]);
	struct futex_bucket *b = MAX(p->bucket[0], p->bucket[1]);

	lock_bucket(a);
	if (a != b)
		lock_bucket(b); /* same rank: by address */
}

static void unlock_pair(struct key_pair *p)
{
	spin_unlock(&p->bucket[0]->lock);
	if (p->bucket[0] != p->bucket[1])
		spin_unlock(&p->bucket[1]->lock);
}

static void put_pair(struct key_pair *p)
{
	futex_put_key(p->object[0]);
	futex_put_key(p->object[1]);
}

static long requeue_locked(struct key_pair *p, uint32_t n)
{
	struct futex_waiter *w, *tmp;
	long moved = 0;

	list_for_each_safe (w, tmp, &p->bucket[0]->waiters, node) {
		if (!n)
			break;
		if (!futex_same(&w->key, &p->key[0]))
			continue;
		list_del(&w->node);
		w->key = p->key[1];
		list_add_tail(&w->node, &p->bucket[1]->waiters);
		WRITE_ONCE(w->bucket, p->bucket[1]);
		moved++;
		n--;
	}
	return moved;
}

long futex_requeue(const struct futex_requeue *rq)
{
	struct key_pair p;
	long done = make_pair(&p, rq->from, rq->to, rq->private);
	uint32_t now;

	if (done)
		return done;
	for (;;) {
		lock_pair(&p);
		if (!rq->compare || !read_word_locked(rq->from, &now))
			break;
		unlock_pair(&p);
		if (arch_get_user32(rq->from, &now)) {
			put_pair(&p);
			return -EFAULT;
		}
	}
	if (rq->compare && now != rq->val) {
		done = -EAGAIN;
	} else {
		done = wake_key_locked(p.bucket[0], &p.key[0], rq->wake,
				       FUTEX_BITSET_ANY);
		if (!futex_same(&p.key[0], &p.key[1]))
			done += requeue_locked(&p, rq->requeue);
	}
	unlock_pair(&p);
	put_pair(&p);
	return done;
}

/* Applies the operation; *old gets the value before.  -EFAULT, -ENOSYS. */
static int apply_op(uaddr_t addr, uint32_t op, uint32_t *old)
{
	uint32_t code = op >> 28 & 15, new;
	int32_t arg = (int32_t)(op << 8) >> 20;

	if (code & FUTEX_OP_ARG_SHIFT)
		arg = (int32_t)(1u << (arg & 31));
	if (arch_get_user32(addr, old))
		return -EFAULT;
	for (;;) {
		uint32_t was = *old;

		switch (code & ~(uint32_t)FUTEX_OP_ARG_SHIFT) {
		case FUTEX_OP_SET: new = (uint32_t)arg; break;
		case FUTEX_OP_ADD: new = was + (uint32_t)arg; break;
		case FUTEX_OP_OR: new = was | (uint32_t)arg; break;
		case FUTEX_OP_ANDN: new = was & ~(uint32_t)arg; break;
		case FUTEX_OP_XOR: new = was ^ (uint32_t)arg; break;
		default: return -ENOSYS;
		}
		if (arch_cmpxchg_user32(addr, was, new, old))
			return -EFAULT;
		if (*old == was)
			return 0;
	}
}

static int compare_op(uint32_t op, uint32_t old)
{
	int32_t arg = (int32_t)(op << 20) >> 20, v = (int32_t)old;

	switch (op >> 24 & 15) {
	case FUTEX_OP_CMP_EQ: return v == arg;
	case FUTEX_OP_CMP_NE: return v != arg;
	case FUTEX_OP_CMP_LT: return v < arg;
	case FUTEX_OP_CMP_LE: return v <= arg;
	case FUTEX_OP_CMP_GT: return v > arg;
	case FUTEX_OP_CMP_GE: return v >= arg;
	default: return -ENOSYS;
	}
}

long futex_wake_op(const struct futex_wake_op *w)
{
	struct key_pair p;
	long done = make_pair(&p, w->from, w->to, w->private);
	uint32_t old;
	int second;

	if (done)
		return done;
	/* The word changes before anybody is woken; waiters compare under the
	 * bucket's lock, which is taken after. */
	done = apply_op(w->to, w->op, &old);
	second = done ? 0 : compare_op(w->op, old);
	if (!done && second < 0)
		done = second;
	if (!done) {
		lock_pair(&p);
		done = wake_key_locked(p.bucket[0], &p.key[0], w->n,
				       FUTEX_BITSET_ANY);
		if (second)
			done += wake_key_locked(p.bucket[1], &p.key[1], w->n2,
						FUTEX_BITSET_ANY);
		unlock_pair(&p);
	}
	put_pair(&p);
	return done;
}

static void wake_one(uaddr_t addr)
{
	if (futex_wake(addr, 1, FUTEX_BITSET_ANY, false) < 0)
		return; /* its own memory: nobody else is hurt */
}

/* Who waits for one that lends priority is its next owner (futex_pi.c).  A
 * pending one may have been let go of, and those who wait not yet woken. */
static void owner_died(uaddr_t addr, int tid, bool pi, bool pending)
{
	uint32_t v, old;

	if (addr % 4 || arch_get_user32(addr, &v))
		return;
	if (pending && !pi && !(v & FUTEX_TID_MASK))
		wake_one(addr);
	while ((v & FUTEX_TID_MASK) == (uint32_t)tid) {
		uint32_t dead = (v & FUTEX_WAITERS) | FUTEX_OWNER_DIED;

		if (arch_cmpxchg_user32(addr, v, dead, &old))
			return;
		if (old == v) {
			if (!pi && (v & FUTEX_WAITERS))
				wake_one(addr);
			return;
		}
		v = old;
	}
}

struct robust_head {
	uaddr_t next;
	intptr_t futex_offset;
	uaddr_t pending;
};

static void exit_robust(struct task *t)
{
	struct robust_head head;
	uaddr_t at, next;

	if (!t->robust_list ||
	    copy_from_user(&head, t->robust_list, sizeof(head)))
		return;
	at = head.next;
	for (unsigned n = 0; n < ROBUST_LIST_LIMIT; n++) {
		/* Bit 0 marks priority-inheriting ones. */
		uaddr_t entry = at & ~1ul;

		if (entry == t->robust_list || !entry ||
		    copy_from_user(&next, entry, sizeof(next)))
			break;
		if (entry != (head.pending & ~1ul))
			owner_died(entry + (uaddr_t)head.futex_offset,
				   t->thread.tid, at & 1, false);
		at = next;
	}
	if (head.pending & ~1ul)
		owner_died((head.pending & ~1ul) + (uaddr_t)head.futex_offset,
			   t->thread.tid, head.pending & 1, true);
}

/* Tells whoever waits for the thread's end through its memory (set by
 * CLONE_CHILD_CLEARTID and set_tid_address). */
static void clear_child_tid(struct task *t)
{
	uaddr_t at = t->clear_child_tid;

	t->clear_child_tid = 0;
	if (at && !arch_put_user32(at, 0))
		wake_one(at);
}

void futex_exit(struct task *t, bool gone)
{
	exit_robust(t);
	futex_pi_leave(t, gone);
	clear_child_tid(t);
	t->robust_list = 0;
}
