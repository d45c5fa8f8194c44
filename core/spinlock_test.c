/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks on one CPU: who holds, what interrupts and preemption are like
 * meanwhile; and sequence counts. */
#include "core/ktest.h"
#include "core/seqlock.h"
#include "core/spinlock.h"

KTEST_CASE(spinlock_try)
{
	struct spinlock l = SPINLOCK(RANK_NONE);

	KTEST_EXPECT(!spin_is_locked(&l) && !spin_held_here(&l));
	KTEST_REQUIRE(spin_trylock(&l));
	KTEST_EXPECT(spin_is_locked(&l) && spin_held_here(&l));
	KTEST_EXPECT(!spin_trylock(&l));
	KTEST_EXPECT(!spin_trylock(&l));
	spin_unlock(&l);
	KTEST_EXPECT(!spin_is_locked(&l) && !spin_held_here(&l));
	/* A failed try leaves no ticket behind. */
	spin_lock(&l);
	spin_unlock(&l);
	KTEST_REQUIRE(spin_trylock(&l));
	spin_unlock(&l);
}

KTEST_CASE(spinlock_preemption)
{
	struct spinlock l = SPINLOCK(RANK_NONE);
	uint32_t before = arch_preempt_value();
	unsigned long flags;

	spin_lock(&l);
	KTEST_EXPECT(arch_preempt_value() != before);
	KTEST_EXPECT(arch_irq_enabled());
	spin_unlock(&l);
	KTEST_EXPECT(arch_preempt_value() == before);
	flags = spin_lock_irqsave(&l);
	KTEST_EXPECT(!arch_irq_enabled());
	spin_unlock_irqrestore(&l, flags);
	KTEST_EXPECT(arch_irq_enabled());
	KTEST_EXPECT(arch_preempt_value() == before);
}

/* The ticket is 16 bits wide and wraps. */
KTEST_CASE(spinlock_wraps)
{
	struct spinlock l = SPINLOCK(RANK_NONE);

	for (unsigned i = 0; i < 70000; i++) {
		spin_lock(&l);
		spin_unlock(&l);
	}
	KTEST_EXPECT(atomic16_load(&l.next) == (uint16_t)70000);
	KTEST_REQUIRE(spin_trylock(&l));
	spin_unlock(&l);
}

KTEST_CASE(seqlock_retry)
{
	struct seqcount s = { 0 };
	uint32_t v = seq_read_begin(&s);

	KTEST_EXPECT(!seq_read_retry(&s, v));
	seq_write_begin(&s);
	KTEST_EXPECT(seq_read_retry(&s, v));
	seq_write_end(&s);
	KTEST_EXPECT(seq_read_retry(&s, v));
	v = seq_read_begin(&s);
	KTEST_EXPECT(!seq_read_retry(&s, v));
}
