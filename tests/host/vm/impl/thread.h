/* SPDX-License-Identifier: BSD-2-Clause */
/* arch/thread.h for the host: threads do not switch. */
#pragma once

#define ARCH_STACK_SIZE 16384ul

struct arch_thread {
	unsigned long sp;
};
