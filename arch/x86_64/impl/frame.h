/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one frame of x86-64: general registers in the order of Linux's
 * user_regs_struct (so ptrace and core dumps copy it), the vector, the error
 * code or system-call number, and what the CPU pushes.  entry.S builds it.
 */
#pragma once

struct frame {
	unsigned long r15, r14, r13, r12, rbp, rbx;
	unsigned long r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	unsigned long vector;
	unsigned long error; /* error code; number of a system call */
	unsigned long rip, cs, rflags, rsp, ss;
};

#define FRAME_VECTOR_SYSCALL 256
#define ARCH_SYSCALL_PAIR64  0

static inline unsigned long arch_frame_nr(const struct frame *f)
{
	return f->error;
}

/* rdi rsi rdx r10 r8 r9; i is a constant wherever speed matters. */
static always_inline unsigned long arch_frame_arg(const struct frame *f,
						  unsigned i)
{
	switch (i) {
	case 0: return f->rdi;
	case 1: return f->rsi;
	case 2: return f->rdx;
	case 3: return f->r10;
	case 4: return f->r8;
	default: return f->r9;
	}
}

static inline void arch_frame_set_result(struct frame *f, long v)
{
	f->rax = (unsigned long)v;
}

static inline long arch_frame_result(const struct frame *f)
{
	return (long)f->rax;
}

static inline unsigned long arch_frame_pc(const struct frame *f)
{
	return f->rip;
}

static inline void arch_frame_set_pc(struct frame *f, unsigned long v)
{
	f->rip = v;
}

static inline unsigned long arch_frame_sp(const struct frame *f)
{
	return f->rsp;
}

static inline void arch_frame_set_sp(struct frame *f, unsigned long v)
{
	f->rsp = v;
}

static inline unsigned long arch_frame_fp(const struct frame *f)
{
	return f->rbp;
}

static inline bool arch_frame_is_user(const struct frame *f)
{
	return f->cs & 3;
}
