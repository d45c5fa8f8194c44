/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at the machine when something broke.  Safe in any context; memory
 * that may be bad is read through arch_probe_read() only.
 */
#pragma once

#include "lib/types.h"

struct frame;

/* The three registers that unwinding starts from. */
struct arch_regs {
	unsigned long pc, sp, fp;
};

/* The caller's own, at the point of call. */
void arch_regs_here(struct arch_regs *r);
void arch_frame_regs(const struct frame *f, struct arch_regs *r);

/* Copies len bytes of kernel memory that may not be there; false if so. */
bool arch_probe_read(void *dst, vaddr_t src, size_t len);
/* The same for writing. */
bool arch_probe_write(vaddr_t dst, const void *src, size_t len);

/* Prints every register, the control registers and the code bytes. */
void arch_dump_frame(const struct frame *f);

/* Whether a pc lies in kernel text. */
bool arch_is_kernel_text(unsigned long pc);
