/* SPDX-License-Identifier: BSD-2-Clause */
/* The vDSO in programs: arch/vdso.h has what it is. */
#pragma once

#include "lib/types.h"

struct vmspace;

/* At boot, once clocks run and memory can be had: makes its pages. */
void vdso_init(void);
/* Maps it; *at is where its ELF header is, 0 where there is none.  -ENOMEM. */
int must_check vdso_map(struct vmspace *vs, uaddr_t *at);
