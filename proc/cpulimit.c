/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One timer a process that has a limit.  CPU time passes at most as fast as
 * real time does on all CPUs, so it looks again when the limit can have been
 * reached.  The process holds one reference on its watch, queued work another.
 */
#include "proc/cpulimit.h"

#include "arch/cpu.h"
#include "lib/div.h"

#include "core/timer.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/work.h"

#define STEP_NS NSEC_PER_MSEC

struct cpu_watch {
	struct atomic32 refs;
	struct process *process; /* holds a reference */
	struct timer timer;
	struct work work;
};

static struct slab watch_slab = SLAB("cpu_watch", struct cpu_watch);

static void put(struct cpu_watch *w)
{
	if (!atomic32_dec_and_test(&w->refs))
		return;
	process_put(w->process);
	slab_free(&watch_slab, w);
}

/* In an interrupt. */
static void on_fire(struct timer *t)
{
	struct cpu_watch *w = container_of(t, struct cpu_watch, timer);

	atomic32_inc(&w->refs);
	if (!work_queue(&w->work))
		atomic32_dec(&w->refs); /* never the last: the work has one */
}

/* 0 seconds are taken for 1, as Linux has it. */
static nsec_t limit_ns(uint64_t seconds)
{
	if (seconds >= (uint64_t)INT64_MAX / NSEC_PER_SEC)
		return INT64_MAX;
	return (nsec_t)MAX(seconds, 1ull) * NSEC_PER_SEC;
}

/* What is due at `used` ns of CPU time; 0: nothing. */
static int due_locked(struct process *p, nsec_t used)
{
	struct rlimit64 *l = &p->limit[RLIMIT_CPU];

	if (used >= limit_ns(l->max))
		return SIGKILL;
	if (used < limit_ns(l->cur))
		return 0;
	l->cur = div_u64((uint64_t)used, NSEC_PER_SEC) + 1;
	return SIGXCPU;
}

static void arm_locked(struct cpu_watch *w, nsec_t used)
{
	nsec_t left = limit_ns(w->process->limit[RLIMIT_CPU].cur);

	if (w->process->cpu_watch != w || left == INT64_MAX)
		return;
	left = div_s64(MAX(left - used, 0), (int)cpu_count);
	timer_arm(&w->timer, clock_monotonic() + MAX(left, STEP_NS));
}

static void on_work(struct work *work)
{
	struct cpu_watch *w = container_of(work, struct cpu_watch, work);
	struct process *p = w->process;
	nsec_t used = process_runtime(p);
	struct signal_info info = { .code = SI_KERNEL };

	spin_lock(&process_lock);
	info.signo = due_locked(p, used);
	arm_locked(w, used);
	spin_unlock(&process_lock);
	if (info.signo)
		(void)!signal_send_process(p, &info);
	put(w);
}

static struct cpu_watch *create(struct process *p)
{
	struct cpu_watch *w = slab_alloc(&watch_slab, ALLOC_ZERO);

	if (!w)
		return NULL;
	atomic32_store(&w->refs, 1);
	timer_init(&w->timer, on_fire);
	work_init(&w->work, on_work);
	process_get(p);
	w->process = p;
	return w;
}

void cpulimit_update(struct process *p)
{
	struct cpu_watch *fresh = NULL;
	nsec_t used;

	if (!READ_ONCE(p->cpu_watch)) {
		if (p->limit[RLIMIT_CPU].cur == RLIM64_INFINITY)
			return;
		fresh = create(p);
	}
	used = process_runtime(p);
	spin_lock(&process_lock);
	if (!p->cpu_watch && p->live_count) {
		p->cpu_watch = fresh;
		fresh = NULL;
	}
	if (p->cpu_watch)
		arm_locked(p->cpu_watch, used);
	spin_unlock(&process_lock);
	if (fresh)
		put(fresh);
}

void cpulimit_drop(struct process *p)
{
	struct cpu_watch *w;

	spin_lock(&process_lock);
	w = p->cpu_watch;
	p->cpu_watch = NULL;
	spin_unlock(&process_lock);
	if (!w)
		return;
	(void)timer_cancel_sync(&w->timer);
	put(w);
}
