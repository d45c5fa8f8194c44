/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vDSO: a small shared library that is mapped into every program, so that
 * reading a clock needs no system call.
 *
 * The page in front of the image is struct vdso_page, which the kernel writes
 * and the library reads: on a CPU without a vDSO the image is empty.  seq is
 * odd while the rest changes.
 */
#pragma once

#include "lib/types.h"

struct vdso_page {
	uint32_t seq;
	uint32_t usable; /* 0: the counter cannot be read in user mode */
	/* ns since boot = (counter - base) * mult >> shift */
	uint32_t mult, shift;
	uint64_t base;
	int64_t wall_offset; /* added: ns since 1970 */
	uint32_t knows_cpu;  /* user mode can read its CPU's number */
};

/* What knows_cpu should say. */
bool arch_vdso_knows_cpu(void);

extern const char arch_vdso_start[], arch_vdso_end[];
