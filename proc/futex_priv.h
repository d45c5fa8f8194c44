/* SPDX-License-Identifier: BSD-2-Clause */
/* Between futex.c and futex_pi.c: how a word is named, and touched under a
 * spinlock. */
#pragma once

#include "lib/types.h"

struct object;
struct task;

struct futex_key {
	uintptr_t owner; /* vmspace, or object */
	uint64_t place;  /* address, or byte offset in the object */
};

static inline bool futex_same(const struct futex_key *a,
			      const struct futex_key *b)
{
	return a->owner == b->owner && a->place == b->place;
}

/* *object: a reference to be put with futex_put_key, or NULL.  -EINVAL,
 * -EFAULT. */
int must_check futex_make_key(uaddr_t addr, bool private, struct futex_key *k,
			      struct object **object);
void futex_put_key(struct object *object);

/* futex_pi.c: what t holds goes to who waits for it, when t ends (`gone`) or
 * leaves its memory. */
void futex_pi_leave(struct task *t, bool gone);
