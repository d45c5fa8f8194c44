/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequence counters: readers retry when a writer was at work.  Writers are
 * serialised by a lock of the owner's and run with preemption off; the count
 * is odd while one writes.
 */
#pragma once

#include "arch/atomic.h"
#include "arch/cpu.h"

struct seqcount {
	struct atomic32 seq;
};

static inline uint32_t seq_read_begin(const struct seqcount *s)
{
	uint32_t v;

	while ((v = atomic32_load_acquire(&s->seq)) & 1)
		arch_cpu_relax();
	return v;
}

static inline bool seq_read_retry(const struct seqcount *s, uint32_t v)
{
	smp_rmb();
	return unlikely(atomic32_load(&s->seq) != v);
}

static inline void seq_write_begin(struct seqcount *s)
{
	atomic32_store(&s->seq, atomic32_load(&s->seq) + 1);
	smp_wmb();
}

static inline void seq_write_end(struct seqcount *s)
{
	atomic32_store_release(&s->seq, atomic32_load(&s->seq) + 1);
}
