/* SPDX-License-Identifier: BSD-2-Clause */
/* A stub of arch/thread.h for ARMv7. */
#pragma once

#define ARCH_STACK_SIZE 8192ul

struct arch_thread {
	unsigned long sp;
	unsigned long tls;
	vaddr_t stack_top;
	void *fpu; /* VFP area; NULL: kernel thread */
	uint32_t fpu_cpu;
};
