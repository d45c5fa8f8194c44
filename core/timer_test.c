/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers fire in the order of their deadlines, never early, and not once they
 * were cancelled; the clock goes forward. */
#include "arch/atomic.h"
#include "arch/cpu.h"

#include "core/irq.h"
#include "core/ktest.h"
#include "core/timer.h"

struct ring {
	struct timer t;
	unsigned order, *clock;
	nsec_t at;
	unsigned again; /* how often it arms itself */
};

static void ring(struct timer *t)
{
	struct ring *r = container_of(t, struct ring, t);

	r->at = clock_monotonic();
	r->order = ++*r->clock;
	KTEST_EXPECT(!arch_irq_enabled());
	if (r->again) {
		r->again--;
		timer_arm(t, r->at + NSEC_PER_MSEC);
	}
}

static void spin(nsec_t ns)
{
	nsec_t until = clock_monotonic() + ns;

	while (clock_monotonic() < until)
		arch_cpu_relax();
}

/* Until so many have rung; the host may be slow, but not for ever. */
static void await(const unsigned *clock, unsigned n)
{
	for (unsigned i = 0; i < 250 && READ_ONCE(*clock) < n; i++)
		spin(8 * NSEC_PER_MSEC);
	KTEST_EXPECT(READ_ONCE(*clock) == n);
}

KTEST_CASE(timer_order)
{
	static const unsigned ms[] = { 3, 1, 4, 2 };
	struct ring r[ARRAY_SIZE(ms)];
	unsigned clock = 0;
	nsec_t now;
	/* However late the host lets us run, all are armed before one rings. */
	unsigned long flags = arch_irq_save();

	now = clock_monotonic();
	for (unsigned i = 0; i < ARRAY_SIZE(ms); i++) {
		r[i] = (struct ring){ .clock = &clock };
		timer_init(&r[i].t, ring);
		timer_arm(&r[i].t, now + ms[i] * NSEC_PER_MSEC);
	}
	arch_irq_restore(flags);
	await(&clock, ARRAY_SIZE(ms));
	for (unsigned i = 0; i < ARRAY_SIZE(ms); i++) {
		KTEST_EXPECT(r[i].order == ms[i]);
		KTEST_EXPECT(r[i].at >= now + ms[i] * NSEC_PER_MSEC);
		KTEST_EXPECT(!timer_cancel_sync(&r[i].t));
	}
}

KTEST_CASE(timer_cancel)
{
	unsigned clock = 0;
	struct ring r = { .clock = &clock };

	timer_init(&r.t, ring);
	KTEST_EXPECT(!timer_cancel(&r.t));
	timer_arm(&r.t, clock_monotonic() + 2 * NSEC_PER_MSEC);
	KTEST_EXPECT(timer_cancel(&r.t));
	KTEST_EXPECT(!timer_cancel(&r.t));
	spin(4 * NSEC_PER_MSEC);
	KTEST_EXPECT(READ_ONCE(clock) == 0);
	/* One that is over fires at once. */
	timer_arm(&r.t, clock_monotonic() - 1);
	await(&clock, 1);
	KTEST_EXPECT(!timer_cancel_sync(&r.t));
}

KTEST_CASE(timer_rearm)
{
	unsigned clock = 0;
	struct ring r = { .clock = &clock, .again = 2 };
	nsec_t now = clock_monotonic();

	timer_init(&r.t, ring);
	timer_arm(&r.t, now + 50 * NSEC_PER_MSEC);
	timer_arm(&r.t, now + NSEC_PER_MSEC); /* moved, not added */
	await(&clock, 3);
	KTEST_EXPECT(r.at >= now + 3 * NSEC_PER_MSEC);
	KTEST_EXPECT(!timer_cancel_sync(&r.t));
}

KTEST_CASE(clock_forward)
{
	nsec_t last = clock_monotonic(), wall = clock_realtime();
	nsec_t offset = wall - clock_monotonic();

	for (unsigned i = 0; i < 10000; i++) {
		nsec_t now = clock_monotonic();

		KTEST_EXPECT(now >= last);
		last = now;
	}
	KTEST_EXPECT(clock_realtime() >= wall);
	clock_realtime_set(wall + 5 * NSEC_PER_SEC);
	KTEST_EXPECT(clock_realtime() - clock_monotonic() >
		     offset + 4 * NSEC_PER_SEC);
	clock_realtime_set(clock_realtime() - 5 * NSEC_PER_SEC);
}

static uint64_t local_interrupts(void)
{
	uint64_t n = 0;

	for (unsigned line = IRQ_LOCAL_BASE; line < IRQ_LINES; line++)
		n += irq_count(line);
	return n;
}

static enum irq_result never(void *ctx)
{
	return IRQ_NOT_MINE;
}

KTEST_CASE(irq_counts)
{
	unsigned clock = 0;
	struct ring r = { .clock = &clock };
	struct irq_action a = { .handler = never, .name = "test" };
	uint64_t before = local_interrupts();

	timer_init(&r.t, ring);
	timer_arm(&r.t, clock_monotonic() + NSEC_PER_MSEC / 2);
	await(&clock, 1);
	KTEST_EXPECT(local_interrupts() > before);
	/* Nobody's line, and one that cannot be. */
	KTEST_EXPECT(irq_request(IRQ_LOCAL_BASE - 1, &a) < 0);
	KTEST_EXPECT(irq_request(IRQ_LINES, &a) < 0);
}
