/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing flags of a part of an area. */
#pragma once

#include "vm/vmspace.h"

/* Gives the part of *a inside [start, end) these flags; *a becomes the area
 * that holds the part afterwards.  map_lock is held for writing.  -ENOMEM. */
int must_check protect_set_flags(struct area **a, uaddr_t start, uaddr_t end,
				 uint32_t flags);
