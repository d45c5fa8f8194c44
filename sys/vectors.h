/* SPDX-License-Identifier: BSD-2-Clause */
/* An iovec of user space, copied and checked. */
#pragma once

#include "lib/types.h"

#include "vm/iter.h"

#define VECTORS_FEW 8

struct vectors {
	struct iter_vec few[VECTORS_FEW];
	struct iter_vec *vec; /* few, or allocated */
	size_t n;
};

/* -EINVAL (too many, a negative length), -EFAULT, -ENOMEM.  The sum is cut at
 * RW_MAX. */
int must_check vectors_get(struct vectors *v, uaddr_t user, unsigned long n);
void vectors_free(struct vectors *v);
