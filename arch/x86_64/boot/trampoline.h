/* SPDX-License-Identifier: BSD-2-Clause */
/* The page that further CPUs start at: below 1 MiB, in the part of memory
 * that is never given out (MEMBLOCK_LOW_RESERVE).  Also read by assembly. */
#pragma once

#define TRAMPOLINE_PHYS 0x8000
