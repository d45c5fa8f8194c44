/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the scheduler. */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"

#include "core/percpu.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "sched/thread.h"

#define RT_PRIOS    100
#define SLICE_NS    (4 * NSEC_PER_MSEC)
#define RR_SLICE_NS (100 * NSEC_PER_MSEC)
#define TICK_NS     SLICE_NS

struct runqueue {
	struct spinlock lock;
	/* protected by lock: */
	struct thread *current, *idle;
	struct thread *previous; /* being switched away from */
	bool migrate;            /* previous is to go to another queue */
	unsigned runnable;       /* queued, the running thread not counted */
	struct rb_root fair;     /* by virtual deadline */
	int64_t vtime;           /* virtual time: of the fair thread served */
	uint32_t rt_map[(RT_PRIOS + 31) / 32];
	struct list rt[RT_PRIOS];

	nsec_t rt_period, rt_used; /* real-time threads' part of a period */
	bool rt_throttled;

	nsec_t idle_ns;
	uint64_t switches, user_ticks, system_ticks;

	/* the CPU's own: */
	/* in its register, and while that is loaded what was; others read */
	const struct arch_pt *pt, *pt_before;
	struct timer tick; /* armed while it is busy */
	bool ticking;
	unsigned ticks;
};

DECLARE_PERCPU(struct runqueue, runqueues);

/* What a thread does first and a switch does last. */
void runqueue_finish_switch(void);
/* Leaves for ever. */
noreturn void runqueue_exit(void);

/* runqueue.c: the lock of a thread's queue, interrupts off. */
struct runqueue *runqueue_lock_of(struct thread *t, unsigned long *flags);
/* ... its place among the waiting ones: the queue's lock is held. */
void runqueue_enqueue_locked(struct runqueue *rq, struct thread *t, bool front);
void runqueue_dequeue_locked(struct runqueue *rq, struct thread *t);
/* A runnable thread that is on no queue and runs nowhere: puts it on that of
 * its CPU, which the caller has set under the lock of the old one. */
void runqueue_place(struct thread *t);
/* Whether it should run instead of the one that does. */
bool runqueue_should_preempt_locked(const struct runqueue *rq,
				    const struct thread *t);

/* fair.c */
void fair_enqueue_locked(struct runqueue *rq, struct thread *t);
struct thread *fair_first_locked(const struct runqueue *rq);
/* It ran for so long. */
void fair_charge_locked(struct runqueue *rq, struct thread *t, nsec_t ran);
/* It was not runnable, or comes from another queue, which it left.  Of any
 * class: virtual times are kept for when it is a fair one. */
void fair_join_locked(struct runqueue *rq, struct thread *t);
void fair_leave_locked(const struct runqueue *rq, struct thread *t);
void fair_yield_locked(struct runqueue *rq, struct thread *t);
bool fair_preempts(const struct thread *t, const struct thread *current);

static inline bool thread_is_rt(const struct thread *t)
{
	return t->prio < RT_PRIOS;
}

/* balance.c */
/* Where a thread that wakes should go. */
unsigned balance_select(const struct thread *t);
/* A new one. */
unsigned balance_select_new(const struct thread *t);
bool balance_allowed(const struct thread *t, unsigned cpu);
/* The idle thread: takes a waiting thread from elsewhere. */
bool balance_pull(void);
void balance_idle_set(bool idle);
/* From the tick, interrupts off: moves one away from a long queue. */
void balance_tick(struct runqueue *rq);

/* cputime.c, from the tick: the queue's lock is held. */
void cputime_tick_locked(struct runqueue *rq);
void loadavg_tick(nsec_t now);
