/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines.  A line is a small number that an interrupt controller
 * hands out (on PCs the global system interrupt; the CPU's own sources lie
 * above IRQ_LOCAL_BASE).  Handlers run with interrupts off, must not sleep,
 * and return whether the interrupt was theirs.  Lines may be shared.
 */
#pragma once

#include "lib/types.h"

struct frame;

#define IRQ_LINES       256
#define IRQ_LOCAL_BASE  240 /* below: never shared, no controller */
#define IRQ_LOCAL_TIMER (IRQ_LOCAL_BASE + 0)
#define IRQ_LOCAL_IPI   (IRQ_LOCAL_BASE + 1)

enum irq_result { IRQ_NOT_MINE, IRQ_DONE };

struct irq_action {
	enum irq_result (*handler)(void *ctx);
	void *ctx;
	const char *name;
	struct irq_action *next; /* owned by irq.c */
};

/* A controller; every function is called with the line's lock held. */
struct irq_chip {
	const char *name;
	unsigned first, count; /* the lines it owns */
	void (*unmask)(unsigned line);
	void (*mask)(unsigned line);
	void (*eoi)(unsigned line); /* after the handlers; may be NULL */
	struct irq_chip *next;      /* owned by irq.c */
};

enum irq_trigger { IRQ_EDGE, IRQ_LEVEL };

void irq_chip_add(struct irq_chip *chip);

/* Adds a handler (the action lives as long as it is registered) and unmasks
 * the line.  -EINVAL: no controller owns it. */
int must_check irq_request(unsigned line, struct irq_action *action);
void irq_release(unsigned line, struct irq_action *action);

/* Interrupts handled on a line so far, over all CPUs. */
uint64_t irq_count(unsigned line);
/* On one of them. */
uint64_t irq_count_on(unsigned line, unsigned cpu);
const char *irq_name(unsigned line);
/* In a handler: the interrupt came upon user mode. */
bool irq_from_user(void);
