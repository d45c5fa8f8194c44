/* SPDX-License-Identifier: BSD-2-Clause */
/* A stub of arch/syscall.h for ARMv7: r0 to r15, the status register and the
 * first argument as it was (EABI: the number is in r7). */
#pragma once

#include "lib/types.h"

struct frame {
	unsigned long r[16], cpsr, first;
};

#define ARCH_SYSCALL_PAIR64 1

static inline unsigned long arch_frame_nr(const struct frame *f)
{
	return f->r[7];
}

/* r0 to r6: a call with pairs can need seven. */
static inline unsigned long arch_frame_arg(const struct frame *f, unsigned i)
{
	return i ? f->r[i] : f->first;
}

static inline void arch_frame_set_result(struct frame *f, long v)
{
	f->r[0] = (unsigned long)v;
}

static inline long arch_frame_result(const struct frame *f)
{
	return (long)f->r[0];
}

static inline unsigned long arch_frame_pc(const struct frame *f)
{
	return f->r[15];
}

static inline void arch_frame_set_pc(struct frame *f, unsigned long v)
{
	f->r[15] = v;
}

static inline unsigned long arch_frame_sp(const struct frame *f)
{
	return f->r[13];
}

static inline void arch_frame_set_sp(struct frame *f, unsigned long v)
{
	f->r[13] = v;
}

static inline unsigned long arch_frame_fp(const struct frame *f)
{
	return f->r[11];
}

static inline bool arch_frame_is_user(const struct frame *f)
{
	return (f->cpsr & 0xf) == 0;
}
