/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: a run queue per CPU under its own lock.  Real-time threads
 * by priority, then fair ones by virtual deadline; the idle thread when nobody
 * else can run.
 */
#pragma once

#include "lib/types.h"

struct arch_pt;
struct thread;

/* Gives the CPU to the best runnable thread.  The caller has set its own
 * state; preemption count must be zero but for the caller's knowledge that
 * sleeping is allowed here. */
void runqueue_schedule(void);
/* sched_yield(2): behind all equals. */
void runqueue_yield(void);

/* For thread.c: puts a thread on a queue; its lock is taken inside. */
bool runqueue_wake(struct thread *t, unsigned long states);
/* Interrupts a thread that runs on another CPU. */
void runqueue_kick(struct thread *t);

/* Whether that CPU translates by pt.  The caller changed the table and then
 * passed a full barrier: a CPU that is not seen here yet will see the change.
 */
bool runqueue_uses_pt(unsigned cpu, const struct arch_pt *pt);
/* The running CPU lets go of a user table that it only kept for the next
 * thread; false: the running thread uses it.  Interrupts are off. */
bool runqueue_drop_idle_pt(void);

void runqueue_init_cpu(struct thread *idle);
noreturn void runqueue_idle_loop(void);

/* Nanoseconds since boot this CPU idled / ran user / kernel code. */
struct cpu_times {
	nsec_t user, system, idle;
};
void runqueue_cpu_times(unsigned cpu, struct cpu_times *t);
uint64_t runqueue_switches(void);
unsigned runqueue_running(void); /* runnable threads now */
