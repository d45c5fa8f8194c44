/* SPDX-License-Identifier: BSD-2-Clause */
/* personality(2) */
#pragma once

#define UNAME26            0x0020000
#define ADDR_NO_RANDOMIZE  0x0040000
#define MMAP_PAGE_ZERO     0x0100000
#define ADDR_COMPAT_LAYOUT 0x0200000
#define READ_IMPLIES_EXEC  0x0400000
#define ADDR_LIMIT_3GB     0x8000000

/* What a program with more rights than its caller does not inherit. */
#define PER_CLEAR_ON_SETID                                            \
	(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | \
	 MMAP_PAGE_ZERO)
