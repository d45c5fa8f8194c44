/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: a run queue per CPU under its own lock.  Real-time threads
 * by priority, then fair ones in turn with time slices; the idle thread when
 * nobody else can run.
 */
#pragma once

#include "lib/types.h"

struct thread;

/* Gives the CPU to the best runnable thread.  The caller has set its own
 * state; preemption count must be zero but for the caller's knowledge that
 * sleeping is allowed here. */
void runqueue_schedule(void);
/* sched_yield(2): behind all equals. */
void runqueue_yield(void);

/* For thread.c: puts a thread on a queue; its lock is taken inside. */
bool runqueue_wake(struct thread *t, unsigned long states);

void runqueue_init_cpu(struct thread *idle);
noreturn void runqueue_idle_loop(void);

/* Nanoseconds since boot this CPU idled / ran user / kernel code. */
struct cpu_times {
	nsec_t user, system, idle;
};
void runqueue_cpu_times(unsigned cpu, struct cpu_times *t);
uint64_t runqueue_switches(void);
unsigned runqueue_running(void); /* runnable threads now */
