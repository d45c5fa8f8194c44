/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings from user memory; the rest of usercopy.h is inline. */
#include "vm/usercopy.h"

ssize_t usercopy_string(char *dst, uaddr_t src, size_t size)
{
	ssize_t n = arch_copy_string_user(dst, src, size);

	return n >= 0 && (size_t)n == size ? -ENAMETOOLONG : n;
}
