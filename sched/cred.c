/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials: made by copying, never changed in place. */
#include "sched/cred.h"

#include "lib/string.h"

#include "mm/kmalloc.h"

#define ALL_CAPS ((1ull << (CAP_LAST + 1)) - 1)

struct cred cred_root = {
	.refs = { 1 },
	.cap_permitted = ALL_CAPS,
	.cap_effective = ALL_CAPS,
	.cap_bounding = ALL_CAPS,
};

const struct cred *cred_get(const struct cred *c)
{
	atomic32_inc(&((struct cred *)c)->refs);
	return c;
}

/* Others may be looking: see cred_of(). */
static void free_rcu(struct rcu_head *h)
{
	kfree(container_of(h, struct cred, rcu));
}

void cred_put(const struct cred *c)
{
	struct cred *w = (struct cred *)c;

	if (w && atomic32_dec_and_test(&w->refs) && w != &cred_root)
		rcu_call(&w->rcu, free_rcu);
}

const struct cred *cred_of(const struct thread *t)
{
	struct cred *c;

	rcu_read_lock();
	do
		c = (struct cred *)READ_ONCE(t->cred);
	while (!atomic32_inc_not_zero(&c->refs));
	rcu_read_unlock();
	return c;
}

struct cred *cred_copy(const struct cred *c, uint32_t n_groups)
{
	struct cred *n = kmalloc(sizeof(*n) + n_groups * sizeof(uint32_t), 0);

	if (!n)
		return NULL;
	memcpy(n, c, sizeof(*c));
	n->group_count = n_groups;
	memcpy(n->groups, c->groups,
	       MIN(n_groups, c->group_count) * sizeof(uint32_t));
	atomic32_store(&n->refs, 1);
	return n;
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
	if (c->fsgid == gid)
		return true;
	for (uint32_t i = 0; i < c->group_count; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}
