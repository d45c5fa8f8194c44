/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved user registers, as system calls see them.
 *
 * Every entry into the kernel leaves one full struct frame at the top of the
 * thread's stack (HOUSE §12.1), opaque but for these:
 *
 * impl/frame.h defines struct frame and, as inlines:
 *   arch_frame_nr(f)            the call's number as user space gave it
 *   arch_frame_arg(f, i)        argument register i, 0..5
 *   arch_frame_set_result(f, v)
 *   arch_frame_pc(f), arch_frame_sp(f), arch_frame_fp(f), arch_frame_set_*
 *   arch_frame_is_user(f)
 *   ARCH_SYSCALL_PAIR64         1: 64-bit arguments use an even pair
 */
#pragma once

#include "lib/types.h"

#include "impl/frame.h"

/* arch_prctl-like calls of this CPU alone go through its own file and the
 * same table as all others. */
