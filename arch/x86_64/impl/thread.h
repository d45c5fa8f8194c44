/* SPDX-License-Identifier: BSD-2-Clause */
/* x86-64's side of arch/thread.h. */
#pragma once

#define ARCH_STACK_SIZE 16384ul

struct arch_thread {
	unsigned long sp;
	unsigned long fs_base, gs_base; /* user's, while not running */
	vaddr_t stack_top;
	void *fpu;        /* XSAVE area; NULL: kernel thread */
	uint32_t fpu_cpu; /* whose registers last held it */
	/* sigreturn is filling the area: a switch neither saves over it nor
	 * loads what may be half of it. */
	bool fpu_filling;
};
