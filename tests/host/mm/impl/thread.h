/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/thread.h for the host: the size of a stack is all that mm/ wants. */
#pragma once

#define ARCH_STACK_SIZE 16384ul

struct arch_thread {
	unsigned long sp;
};
