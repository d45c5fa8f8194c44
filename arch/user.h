/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only instructions that touch user memory.  They check the range against
 * USER_END, open the CPU's guard (SMAP, PAN) for the access alone, and stop at
 * the first byte that faults for good.  vm/usercopy.h is what other code uses.
 *
 * Whether a fault is resolved (the page is brought in; may sleep) or ends the
 * copy at once is the caller's choice: see usercopy's faults-off section.
 */
#pragma once

#include "lib/types.h"

/* Return the number of bytes NOT copied or cleared. */
size_t must_check arch_copy_from_user(void *dst, uaddr_t src, size_t len);
size_t must_check arch_copy_to_user(uaddr_t dst, const void *src, size_t len);
size_t must_check arch_clear_user(uaddr_t dst, size_t len);

/* Copies a string with its NUL, at most size bytes.  Returns its length
 * without NUL, size when there is no NUL within size bytes, -EFAULT. */
ssize_t must_check arch_copy_string_user(char *dst, uaddr_t src, size_t size);

/* 32-bit accesses for futexes and the like: 0 or -EFAULT. */
int must_check arch_get_user32(uaddr_t src, uint32_t *val);
int must_check arch_put_user32(uaddr_t dst, uint32_t val);
/* *old gets what was there; stored only if it equalled expect. */
int must_check arch_cmpxchg_user32(uaddr_t p, uint32_t expect, uint32_t val,
				   uint32_t *old);
