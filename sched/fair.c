/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fair class: weighted fair queueing.
 *
 * A thread's request is one time slice.  `vstart` is its virtual time, which
 * grows by the time it ran divided by its weight; `vdeadline` is where the
 * request will end, vstart plus a slice divided by the weight, and the
 * earliest deadline runs.  In the long run each gets its weight's share.  A
 * queue's virtual time is that of whoever it has served least.  A thread that slept
 * does not catch up for all of it: it starts one slice back at most, enough to
 * run before those that never sleep.
 */
#include "sched/runqueue_priv.h"

/* A waking thread preempts if its deadline is so much earlier. */
#define WAKE_GRANULARITY_NS NSEC_PER_MSEC

/* 1024 / weight for nice -20 to 19, times 1024: each step is a quarter, as
 * Linux's table of weights has it. */
static const uint32_t ratio[40] = {
	12,   15,    19,    23,    29,    36,    45,    56,    70,    88,
	110,  137,   172,   215,   268,   335,   420,   524,   655,   819,
	1024, 1279,  1601,  1999,  2479,  3130,  3855,  4876,  6096,  7654,
	9533, 12053, 15198, 18725, 23302, 29128, 36158, 45590, 58254, 69905,
};
#define RATIO_IDLE 349525u /* SCHED_IDLE: weight 3 */

static uint32_t ratio_of(const struct thread *t)
{
	if (t->policy == THREAD_IDLE)
		return RATIO_IDLE;
	return ratio[t->nice + 20];
}

/* Real into virtual time. */
static int64_t virtual(const struct thread *t, nsec_t ns)
{
	if (likely(t->nice == 0 && t->policy != THREAD_IDLE))
		return ns;
	return ns * (int64_t)ratio_of(t) >> 10;
}

static void new_request(struct thread *t)
{
	t->slice_left = SLICE_NS;
	t->vdeadline = t->vstart + virtual(t, SLICE_NS);
}

void fair_enqueue_locked(struct runqueue *rq, struct thread *t)
{
	struct rb_node **link = &rq->fair.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = t->vdeadline - rb_entry(parent, struct thread, fair_node)
						       ->vdeadline <
				       0
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&rq->fair, &t->fair_node, parent, link);
}

struct thread *fair_first_locked(const struct runqueue *rq)
{
	return rb_entry_or_null(rb_first(&rq->fair), struct thread, fair_node);
}

/* The queue's time follows whoever is furthest behind, and never goes back. */
static void advance_locked(struct runqueue *rq, const struct thread *running)
{
	const struct thread *first = fair_first_locked(rq);
	int64_t v = running->vstart;

	if (first && first->vstart - v < 0)
		v = first->vstart;
	if (v - rq->vtime > 0)
		rq->vtime = v;
}

void fair_charge_locked(struct runqueue *rq, struct thread *t, nsec_t ran)
{
	t->vstart += virtual(t, ran);
	t->slice_left -= ran;
	advance_locked(rq, t);
	if (t->slice_left <= 0)
		new_request(t);
}

void fair_join_locked(struct runqueue *rq, struct thread *t)
{
	int64_t earliest = rq->vtime - virtual(t, SLICE_NS);

	if (t->vlocal) {
		t->vstart += rq->vtime;
		t->vdeadline += rq->vtime;
		t->vlocal = false;
	}
	if (t->vstart - earliest < 0) {
		t->vstart = earliest;
		t->slice_left = 0;
	}
	if (t->slice_left <= 0 || t->slice_left > SLICE_NS)
		new_request(t);
}

void fair_leave_locked(const struct runqueue *rq, struct thread *t)
{
	t->vstart -= rq->vtime;
	t->vdeadline -= rq->vtime;
	t->vlocal = true;
}

void fair_yield_locked(struct runqueue *rq, struct thread *t)
{
	struct rb_node *last = rb_last(&rq->fair);

	if (!last)
		return;
	t->vdeadline = MAX(t->vdeadline,
			   rb_entry(last, struct thread, fair_node)->vdeadline);
}

bool fair_preempts(const struct thread *t, const struct thread *current)
{
	if (current->policy == THREAD_IDLE)
		return t->policy != THREAD_IDLE;
	if (t->policy != THREAD_OTHER)
		return false;
	return t->vdeadline - current->vdeadline < -WAKE_GRANULARITY_NS;
}
