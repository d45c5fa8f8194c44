/* SPDX-License-Identifier: BSD-2-Clause */
/* Vectors of readv(2), sendmsg(2) and their kin. */
#include "sys/vectors.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/kmalloc.h"
#include "vm/usercopy.h"

/* readv(2): no length is negative; the sum is cut at RW_MAX. */
static int check_vectors(struct vectors *v)
{
	size_t i, room = RW_MAX;

	for (i = 0; i < v->n; i++) {
		if ((ssize_t)v->vec[i].len < 0)
			return -EINVAL;
		if (!usercopy_range_ok(v->vec[i].base, v->vec[i].len))
			return -EFAULT;
		v->vec[i].len = MIN(v->vec[i].len, room);
		room -= v->vec[i].len;
	}
	return 0;
}

void vectors_free(struct vectors *v)
{
	if (v->vec != v->few)
		kfree(v->vec);
}

int vectors_get(struct vectors *v, uaddr_t user, unsigned long n)
{
	int err;

	if (n > IOV_MAX)
		return -EINVAL;
	v->n = n;
	v->vec = v->few;
	if (n > VECTORS_FEW) {
		v->vec = kmalloc_array(n, sizeof(*v->vec), 0);
		if (!v->vec)
			return -ENOMEM;
	}
	err = copy_from_user(v->vec, user, n * sizeof(*v->vec));
	if (!err)
		err = check_vectors(v);
	if (err)
		vectors_free(v);
	return err;
}
