/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and timers.
 *
 * The monotonic clock counts nanoseconds since boot; a clock source supplies
 * a free-running counter and its rate.  Timers are per CPU, ordered by their
 * absolute deadline, and fire in interrupt context; the CPU's event device is
 * programmed for the earliest one only, so an idle CPU is not woken for
 * nothing.
 */
#pragma once

#include "lib/rbtree.h"
#include "lib/types.h"

/* A counter that never stops; ns = (read() - base) * mult >> shift + offset. */
struct clock_source {
	const char *name;
	uint64_t (*read)(void);
	uint64_t hz;
	bool user; /* user mode can read the same counter */
};

/* A per-CPU one-shot event device; `program` is called with interrupts off. */
struct clock_event {
	const char *name;
	void (*program)(
		nsec_t delta_ns); /* fires trap_irq -> timer_interrupt */
	nsec_t min_ns, max_ns;
};

void clock_source_set(const struct clock_source *cs, uint64_t base_count);
void clock_event_set(const struct clock_event *ce);

/* Nanoseconds since boot.  Any context. */
nsec_t clock_monotonic(void);
/* Since 1970; steps when it is set.  Any context. */
nsec_t clock_realtime(void);
void clock_realtime_set(nsec_t now);
const char *clock_source_name(void);
/* From here on *page says how to read the clocks (arch/vdso.h). */
struct vdso_page;
void clock_share(struct vdso_page *page);

struct timer {
	struct rb_node node;
	nsec_t deadline_ns; /* monotonic */
	void (*fn)(struct timer *t);
	uint32_t cpu;
	bool armed;
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
/* (Re)arms on this CPU.  Any context; fn may arm its own timer again. */
void timer_arm(struct timer *t, nsec_t deadline_ns);
/* True when it was armed and will not fire.  False: it fired, is firing on
 * another CPU, or was never armed. */
bool timer_cancel(struct timer *t);
/* The same, and waits until a running fn is over; not from fn itself. */
bool timer_cancel_sync(struct timer *t);

/* The event device's interrupt; called by the CPU's code through an
 * irq_action on its local line. */
void timer_interrupt(void);
void timer_cpu_init(void);
