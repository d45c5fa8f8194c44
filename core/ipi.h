/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to other CPUs.
 *
 * A CPU has a list of calls that others want of it and a word of what they
 * want; whoever makes the word non-zero interrupts it.  A call lies in the
 * caller's own row of entries, one for each CPU it may ask, so that a request
 * allocates nothing and waits for no lock.
 */
#pragma once

#include "lib/types.h"

/* Makes that CPU look at its run queue.  Any context. */
void ipi_reschedule(unsigned cpu);

/*
 * Runs fn(arg) with interrupts off on each other CPU for which wants(cpu, arg)
 * holds (NULL: on all), and waits until all have.  Preemption is off; not from
 * an interrupt.  The caller may hold spinlocks that are taken with interrupts
 * on everywhere; with interrupts off it answers others' calls while it waits.
 * Full barriers on both sides: what the caller did before is seen by wants and
 * fn, what fn did by the caller.
 */
void ipi_call_others(bool (*wants)(unsigned cpu, void *arg),
		     void (*fn)(void *arg), void *arg);

/* Gives CPU `cpu` its row of ipi_row_size(cpus) bytes; before it starts.  CPU 0
 * too, before the first other. */
size_t ipi_row_size(unsigned cpus);
void ipi_row_set(unsigned cpu, void *row);
/* Once, on CPU 0. */
void ipi_init(void);
