/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the time was spent.  How long a thread or CPU was busy is measured at
 * every switch; which part of that was user mode is sampled by the tick, and
 * the measured time is divided by the samples' proportion.
 */
#include "arch/syscall.h"
#include "lib/div.h"

#include "core/irq.h"
#include "sched/loadavg.h"
#include "sched/runqueue.h"
#include "sched/runqueue_priv.h"

/* Linux's averages: sampled every 5 s, 11 bits of fraction, the decays e^(-5 s
 * / 1, 5, 15 min). */
#define LOAD_PERIOD_NS (5 * NSEC_PER_SEC)
#define LOAD_ONE       2048u
#define LOAD_CATCH_UP  1000u

void cputime_tick_locked(struct runqueue *rq)
{
	struct thread *t = rq->current;

	if (t == rq->idle)
		return;
	if (irq_from_user()) {
		rq->user_ticks++;
		t->user_ticks++;
	} else {
		rq->system_ticks++;
		t->system_ticks++;
	}
}

/* The user part of ns, by samples; without any all of it. */
static nsec_t user_part(nsec_t ns, uint64_t user, uint64_t system)
{
	uint64_t all = user + system, whole;

	if (system == 0)
		return ns;
	/* Neither factor may make the product overflow. */
	while (all >> 20) {
		all >>= 1;
		user >>= 1;
	}
	whole = div_u64((uint64_t)ns, (uint32_t)all);
	return (nsec_t)(whole * user +
			div_u64(((uint64_t)ns - whole * all) * user,
				(uint32_t)all));
}

static nsec_t runtime_locked(const struct thread *t)
{
	return t->runtime_ns +
	       (t->on_cpu ? clock_monotonic() - t->switched_in : 0);
}

nsec_t thread_runtime(struct thread *t)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	nsec_t ns = runtime_locked(t);

	spin_unlock_irqrestore(&rq->lock, flags);
	return ns;
}

void thread_times(struct thread *t, struct thread_times *out)
{
	unsigned long flags;
	struct runqueue *rq = runqueue_lock_of(t, &flags);
	nsec_t ns = runtime_locked(t);

	out->user = user_part(ns, t->user_ticks, t->system_ticks);
	out->system = ns - out->user;
	spin_unlock_irqrestore(&rq->lock, flags);
}

void runqueue_cpu_times(unsigned cpu, struct cpu_times *t)
{
	struct runqueue *rq = &per_cpu(runqueues, cpu);
	unsigned long flags = spin_lock_irqsave(&rq->lock);
	nsec_t now = clock_monotonic();

	t->idle = rq->idle_ns;
	if (rq->current == rq->idle)
		t->idle += now - rq->idle->switched_in;
	t->user = user_part(now - t->idle, rq->user_ticks, rq->system_ticks);
	t->system = now - t->idle - t->user;
	spin_unlock_irqrestore(&rq->lock, flags);
}

uint64_t runqueue_switches(void)
{
	uint64_t n = 0;

	cpu_for_each (cpu)
		n += per_cpu(runqueues, cpu).switches;
	return n;
}

unsigned runqueue_running(void)
{
	unsigned n = 0;

	cpu_for_each (cpu) {
		struct runqueue *rq = &per_cpu(runqueues, cpu);

		n += READ_ONCE(rq->runnable) +
		     (READ_ONCE(rq->current) != READ_ONCE(rq->idle));
	}
	return n;
}

static struct {
	struct spinlock lock;
	/* protected by lock: */
	nsec_t sampled;
	uint32_t average[3];
} loads = { .lock = SPINLOCK(RANK_TIMER) };

static void sample_locked(unsigned running)
{
	static const uint32_t decay[3] = { 1884, 2014, 2037 };

	for (unsigned i = 0; i < 3; i++) {
		uint64_t v =
			(uint64_t)loads.average[i] * decay[i] +
			(uint64_t)running * LOAD_ONE * (LOAD_ONE - decay[i]);

		if (running * LOAD_ONE >= loads.average[i])
			v += LOAD_ONE - 1; /* round up while it rises */
		loads.average[i] = (uint32_t)(v / LOAD_ONE);
	}
}

/* Samples that are due; all but the last fell into idle time. */
static void catch_up_locked(nsec_t now, unsigned running)
{
	nsec_t late = now - loads.sampled;

	if (late > (nsec_t)LOAD_CATCH_UP * LOAD_PERIOD_NS)
		loads.sampled = now - LOAD_PERIOD_NS;
	while (now - loads.sampled >= LOAD_PERIOD_NS) {
		loads.sampled += LOAD_PERIOD_NS;
		sample_locked(now - loads.sampled >= LOAD_PERIOD_NS ? 0
								    : running);
	}
}

void loadavg_tick(nsec_t now)
{
	if (likely(now - READ_ONCE(loads.sampled) < LOAD_PERIOD_NS))
		return;
	spin_lock(&loads.lock);
	catch_up_locked(now, runqueue_running());
	spin_unlock(&loads.lock);
}

void loadavg_read(struct loadavg *out)
{
	unsigned long flags = spin_lock_irqsave(&loads.lock);

	catch_up_locked(clock_monotonic(), runqueue_running() - 1);
	for (unsigned i = 0; i < 3; i++) {
		/* Rounded to hundredths, as Linux shows it. */
		uint32_t v = loads.average[i] + LOAD_ONE / 200;

		out->whole[i] = v / LOAD_ONE;
		out->hundredths[i] = v % LOAD_ONE * 100 / LOAD_ONE;
		out->fixed16[i] = (uint64_t)loads.average[i] << 5;
	}
	spin_unlock_irqrestore(&loads.lock, flags);
}
