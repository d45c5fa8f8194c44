/* SPDX-License-Identifier: BSD-2-Clause */
/* Between runqueue.c and thread.c. */
#pragma once

#include "lib/list.h"

#include "core/spinlock.h"
#include "core/timer.h"
#include "sched/thread.h"

#define RT_PRIOS 100

struct runqueue {
	struct spinlock lock;
	/* protected by lock: */
	struct thread *current, *idle;
	struct thread *previous; /* being switched away from */
	struct list rt[RT_PRIOS];
	uint32_t rt_map[(RT_PRIOS + 31) / 32];
	struct list fair;
	unsigned runnable; /* queued, the running thread not counted */
	struct timer tick; /* armed while somebody waits for the CPU */
	bool ticking;
	nsec_t idle_ns;
	uint64_t switches;
	const struct arch_pt *pt; /* in the CPU's register */
};

/* What a thread does first and a switch does last. */
void runqueue_finish_switch(void);
/* Leaves for ever. */
noreturn void runqueue_exit(void);
