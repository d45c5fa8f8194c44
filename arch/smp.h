/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other CPUs: which there are, starting one, interrupting one.
 *
 * CPUs have logical numbers from 0 (the one that booted) without holes; the
 * hardware's own names for them stay in arch/.  A CPU's per-CPU data and
 * stacks are allocated by the caller, since arch/ cannot.
 */
#pragma once

#include "lib/types.h"

/* What a table of the firmware needs to be looked at: map gives the address
 * of len bytes at pa, or NULL. */
struct arch_mapper {
	void *(*map)(paddr_t pa, size_t len);
	void (*unmap)(void *v);
};

/*
 * The hardware's names of the CPUs that can run, the running one first; at
 * most `room` are stored.  Returns how many there are, at least 1.
 */
unsigned arch_smp_find(const struct arch_mapper *m, uint32_t *names,
		       unsigned room);
/* From here on logical CPU i is names[i]; the array is kept. */
void arch_smp_names(const uint32_t *names, unsigned count);

/* Bytes of memory, a power of two and aligned to itself, that arch/ wants for
 * each further CPU (stacks for double faults and their like). */
#define ARCH_SMP_MEMORY_ORDER 3

struct arch_smp_birth {
	unsigned cpu;
	unsigned long percpu; /* what to add to a per-CPU address */
	vaddr_t stack_top;    /* of its idle thread */
	void *memory;         /* PAGE_SIZE << ARCH_SMP_MEMORY_ORDER */
	struct thread *idle;
};

/*
 * Starts a CPU; kernel_secondary() runs there on the given stack, with
 * `current` set and interrupts off.  *b must live until the CPU has called
 * arch_smp_started() or arch_smp_give_up() said that it never will.  One at a
 * time.
 */
void arch_smp_start(const struct arch_smp_birth *b);
/* A second knock, for hardware that slept through the first. */
void arch_smp_start_again(const struct arch_smp_birth *b);
/* The caller waits no longer.  True: the CPU will not come, its memory is
 * free.  False: it is on its way. */
bool arch_smp_give_up(void);

/* On the new CPU, from kernel_secondary(): the rest of its own set-up. */
void arch_smp_secondary_init(void);

/* Interrupts the CPU on line IRQ_LOCAL_IPI.  Any context. */
void arch_ipi_send(unsigned cpu);
/* The machine is ending: stops all other CPUs wherever they are. */
void arch_smp_stop_others(void);
