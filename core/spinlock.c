/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for a spinlock, and what DEBUG builds check about all of them. */
#include "core/spinlock.h"

#include "core/panic.h"
#include "core/print.h"
#include "core/timer.h"

#define SPIN_REPORT_NS   (2 * NSEC_PER_SEC)
#define SPIN_CLOCK_EVERY 4096

void spin_lock_contended(struct spinlock *l, uint16_t ticket)
{
	nsec_t since = 0;
	uint16_t seen = atomic16_load(&l->owner);
	unsigned spins = 0;

	while (atomic16_load_acquire(&l->owner) != ticket) {
		nsec_t now;

		arch_cpu_relax();
		if (++spins % SPIN_CLOCK_EVERY)
			continue;
		now = clock_monotonic();
		if (since == 0 || seen != atomic16_load(&l->owner)) {
			since = now;
			seen = atomic16_load(&l->owner);
		} else if (now - since > SPIN_REPORT_NS &&
			   l->rank != RANK_LOG) {
			print("spinlock %p: 2 s behind CPU %d, taken at %#lx\n",
			      (void *)l, l->cpu - 1, (unsigned long)l->pc);
			since = INT64_MAX - SPIN_REPORT_NS - 1; /* once */
		}
	}
}
