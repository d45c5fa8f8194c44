/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monotonic clock, and per-CPU timers in a tree by deadline.
 *
 * The clock is read without a lock: its parameters are constants after
 * start-up but for the wall-clock offset, which is one word.
 */
#include "core/timer.h"

#include "arch/cpu.h"
#include "arch/time.h"
#include "arch/vdso.h"
#include "lib/div.h"

#include "core/panic.h"
#include "core/percpu.h"
#include "core/spinlock.h"

static const struct clock_source *source;
static const struct clock_event *event;
static uint64_t clock_base;
static uint32_t clock_mult, clock_shift;
static struct atomic64 wall_offset; /* realtime - monotonic */

static struct spinlock share_lock = SPINLOCK(RANK_TIMER);
static struct vdso_page *shared; /* its contents: protected by share_lock */

struct timer_cpu {
	struct spinlock lock;
	/* protected by lock: */
	struct rb_root tree;
	struct timer *running;
	nsec_t programmed; /* deadline the device was set to; 0: none */
};

static DEFINE_PERCPU(struct timer_cpu, timers) = {
	.lock = SPINLOCK(RANK_TIMER),
};

static void tell_users(void)
{
	unsigned long flags = spin_lock_irqsave(&share_lock);
	struct vdso_page *p = shared;

	if (p) {
		WRITE_ONCE(p->seq, p->seq + 1);
		smp_wmb();
		p->usable = source && source->user;
		p->mult = clock_mult;
		p->shift = clock_shift;
		p->base = clock_base;
		p->wall_offset = (int64_t)atomic64_load(&wall_offset);
		smp_wmb();
		WRITE_ONCE(p->seq, p->seq + 1);
	}
	spin_unlock_irqrestore(&share_lock, flags);
}

void clock_share(struct vdso_page *page)
{
	shared = page;
	tell_users();
}

void clock_source_set(const struct clock_source *cs, uint64_t base_count)
{
	uint32_t khz = (uint32_t)div_u64(cs->hz, 1000);
	unsigned shift = 32;

	/* ns = cycles * mult >> shift, with the most precise 32-bit mult. */
	while (div_u64(1000000ull << shift, khz) > UINT32_MAX)
		shift--;
	clock_mult = (uint32_t)div_u64(1000000ull << shift, khz);
	clock_shift = shift;
	clock_base = base_count;
	WRITE_ONCE(source, cs);
	tell_users();
}

void clock_event_set(const struct clock_event *ce)
{
	event = ce;
}

const char *clock_source_name(void)
{
	return source ? source->name : "none";
}

nsec_t clock_monotonic(void)
{
	uint64_t delta;

	if (unlikely(!source))
		return 0;
	delta = source->read() - clock_base;
	return (nsec_t)mul_shift(delta, clock_mult, clock_shift);
}

nsec_t clock_realtime(void)
{
	return clock_monotonic() + (nsec_t)atomic64_load(&wall_offset);
}

void clock_realtime_set(nsec_t now)
{
	atomic64_store(&wall_offset, (uint64_t)(now - clock_monotonic()));
	tell_users();
}

static struct timer *first_timer(struct timer_cpu *tc)
{
	struct rb_node *n = rb_first(&tc->tree);

	return n ? container_of(n, struct timer, node) : NULL;
}

/* Sets the device for the earliest timer of this CPU, if that changed. */
static void program_locked(struct timer_cpu *tc)
{
	struct timer *t = first_timer(tc);
	nsec_t delta;

	if (!t || !event || tc->programmed == t->deadline_ns)
		return;
	tc->programmed = t->deadline_ns;
	delta = t->deadline_ns - clock_monotonic();
	delta = MAX(delta, event->min_ns);
	event->program(MIN(delta, event->max_ns));
}

static void insert_locked(struct timer_cpu *tc, struct timer *t)
{
	struct rb_node **link = &tc->tree.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = t->deadline_ns < container_of(parent, struct timer, node)
						->deadline_ns
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&tc->tree, &t->node, parent, link);
	t->armed = true;
}

/* Locks the CPU that the timer is on. */
static struct timer_cpu *lock_timer(struct timer *t, unsigned long *flags)
{
	for (;;) {
		uint32_t cpu = READ_ONCE(t->cpu);
		struct timer_cpu *tc = &per_cpu(timers, cpu);

		*flags = spin_lock_irqsave(&tc->lock);
		if (likely(cpu == t->cpu))
			return tc;
		spin_unlock_irqrestore(&tc->lock, *flags);
	}
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .fn = fn };
}

/* The device is left alone: an early interrupt is cheaper than programming it
 * twice. */
static bool disarm_locked(struct timer_cpu *tc, struct timer *t)
{
	bool was = t->armed;

	if (was)
		rb_erase(&tc->tree, &t->node);
	t->armed = false;
	return was;
}

/* Locks the CPU that the timer is to be on, and takes it off any: this one, but
 * where its function runs at this moment it stays, so that timer_cancel_sync()
 * finds it.  Others may arm it too: what is true is true under the lock. */
static struct timer_cpu *lock_for_arming(struct timer *t, unsigned long *flags)
{
	for (;;) {
		struct timer_cpu *tc = lock_timer(t, flags);

		(void)disarm_locked(tc, t);
		if (likely(tc == &this_cpu(timers)) || tc->running == t)
			return tc;
		WRITE_ONCE(t->cpu, arch_cpu_id());
		spin_unlock_irqrestore(&tc->lock, *flags);
	}
}

void timer_arm(struct timer *t, nsec_t deadline_ns)
{
	unsigned long flags;
	struct timer_cpu *tc = lock_for_arming(t, &flags);

	t->deadline_ns = deadline_ns;
	insert_locked(tc, t);
	/* Where it runs, timer_interrupt() looks at the tree again. */
	if (likely(tc == &this_cpu(timers)))
		program_locked(tc);
	spin_unlock_irqrestore(&tc->lock, flags);
}

bool timer_cancel(struct timer *t)
{
	unsigned long flags;
	struct timer_cpu *tc;
	bool was;

	if (!READ_ONCE(t->armed))
		return false;
	tc = lock_timer(t, &flags);
	was = disarm_locked(tc, t);
	spin_unlock_irqrestore(&tc->lock, flags);
	return was;
}

bool timer_cancel_sync(struct timer *t)
{
	bool was = false, busy;

	do {
		unsigned long flags;
		struct timer_cpu *tc = lock_timer(t, &flags);

		/* Both at once: its function may arm it again. */
		was |= disarm_locked(tc, t);
		busy = tc->running == t;
		spin_unlock_irqrestore(&tc->lock, flags);
		if (busy)
			arch_cpu_relax();
	} while (busy);
	return was;
}

void timer_interrupt(void)
{
	struct timer_cpu *tc = &this_cpu(timers);
	struct timer *t;

	spin_lock(&tc->lock);
	tc->programmed = 0;
	while ((t = first_timer(tc)) && t->deadline_ns <= clock_monotonic()) {
		rb_erase(&tc->tree, &t->node);
		t->armed = false;
		tc->running = t;
		spin_unlock(&tc->lock);
		t->fn(t);
		spin_lock(&tc->lock);
		tc->running = NULL;
	}
	program_locked(tc);
	spin_unlock(&tc->lock);
}

void timer_cpu_init(void)
{
	this_cpu(timers).lock.rank = RANK_TIMER;
}
