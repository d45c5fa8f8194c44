/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the machine ends: a short list of handlers, best first, that drivers
 * register and that reboot(2), the end of the first program and a panic call.
 *
 * Nothing is saved, synchronised or announced here: that is the caller's.
 */
#pragma once

#include "lib/types.h"

enum power_action { POWER_OFF, POWER_RESTART, POWER_PANIC };

struct power_handler {
	const char *name;
	int priority; /* higher is asked first */
	/* Returns when it could not.  Any context, interrupts off, one CPU. */
	void (*end)(enum power_action action);
	struct power_handler *next; /* owned by power.c */
};

/* The handler lives for ever.  At boot, or under the caller's own lock. */
void power_handler_add(struct power_handler *h);

/* Interrupts off for good, every handler in turn, then the CPU's own way to
 * reset the machine, then a halt. */
noreturn void power_end(enum power_action action);
static inline noreturn void power_off(void)
{
	power_end(POWER_OFF);
}
static inline noreturn void power_restart(void)
{
	power_end(POWER_RESTART);
}
