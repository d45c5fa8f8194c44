/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memfd_create(2): a regular file without a name, in memory alone, whose
 * changes can be forbidden for good by seals.
 */
#pragma once

#include "lib/types.h"

struct file;

/* name: shown in /proc as "/memfd:NAME (deleted)".  -ENOMEM. */
int must_check memfd_create(const char *name, bool sealing, struct file **out);
/* F_ADD_SEALS: 0, -EINVAL (not one, unknown seals), -EPERM, -EBUSY (writable
 * mappings exist).  F_GET_SEALS: the seals, or -EINVAL. */
int must_check memfd_add_seals(struct file *f, unsigned seals);
int must_check memfd_seals(struct file *f);
