/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fair (ticket) spinlocks.  Holding one disables preemption.  A lock that is
 * also taken in interrupts is taken with _irqsave everywhere.  Every lock
 * keeps its holder's CPU and pc; a spin of two seconds while the holder does
 * not move is reported once with both.  DEBUG builds check the rank order
 * (core/lockrank.h), recursion, and release by a stranger.
 */
#pragma once

#include "arch/atomic.h"
#include "arch/cpu.h"

#include "core/lockrank.h"
#include "core/preempt.h"

struct spinlock {
	struct atomic16 next;  /* ticket to be given */
	struct atomic16 owner; /* ticket being served */
	uint16_t rank;
	uint16_t cpu; /* holder + 1; 0: free */
	uintptr_t pc; /* where it was taken */
};

#define SPINLOCK(r)         \
	{                   \
		.rank = (r) \
	}

static inline void spin_init(struct spinlock *l, enum lock_rank rank)
{
	*l = (struct spinlock)SPINLOCK(rank);
}

/* In spinlock.c: waits for its turn. */
void spin_lock_contended(struct spinlock *l, uint16_t ticket);
#if DEBUG
void spin_debug_acquire(struct spinlock *l);
void spin_debug_acquired(struct spinlock *l);
void spin_debug_release(struct spinlock *l);
#else
static inline void spin_debug_acquire(struct spinlock *l) {}
static inline void spin_debug_acquired(struct spinlock *l) {}
static inline void spin_debug_release(struct spinlock *l) {}
#endif

static inline uintptr_t spin_here(void)
{
	uintptr_t pc;

	__asm__("" : "=r"(pc) : "0"((uintptr_t)__builtin_return_address(0)));
	return pc;
}

static inline void spin_lock_nopreempt(struct spinlock *l)
{
	uint16_t ticket;

	spin_debug_acquire(l);
	ticket = atomic16_fetch_inc_acquire(&l->next);
	if (unlikely(atomic16_load_acquire(&l->owner) != ticket))
		spin_lock_contended(l, ticket);
	WRITE_ONCE(l->cpu, arch_cpu_id() + 1);
	WRITE_ONCE(l->pc, spin_here());
	spin_debug_acquired(l);
}

static inline void spin_unlock_nopreempt(struct spinlock *l)
{
	spin_debug_release(l);
	WRITE_ONCE(l->cpu, 0);
	atomic16_store_release(&l->owner, atomic16_load(&l->owner) + 1);
}

static inline void spin_lock(struct spinlock *l)
{
	preempt_disable();
	spin_lock_nopreempt(l);
}

static inline void spin_unlock(struct spinlock *l)
{
	spin_unlock_nopreempt(l);
	preempt_enable();
}

static inline bool must_check spin_trylock(struct spinlock *l)
{
	uint16_t ticket;

	preempt_disable();
	ticket = atomic16_load(&l->owner);
	if (!atomic16_cmpxchg(&l->next, &ticket, ticket + 1)) {
		preempt_enable();
		return false;
	}
	spin_debug_acquire(l);
	WRITE_ONCE(l->cpu, arch_cpu_id() + 1);
	WRITE_ONCE(l->pc, spin_here());
	spin_debug_acquired(l);
	return true;
}

static inline unsigned long spin_lock_irqsave(struct spinlock *l)
{
	unsigned long flags = arch_irq_save();

	spin_lock(l);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *l,
					  unsigned long flags)
{
	spin_unlock_nopreempt(l);
	arch_irq_restore(flags);
	preempt_enable();
}

static inline bool spin_is_locked(const struct spinlock *l)
{
	return READ_ONCE(l->cpu) != 0;
}

static inline bool spin_held_here(const struct spinlock *l)
{
	return READ_ONCE(l->cpu) == arch_cpu_id() + 1;
}

/* Opens every function whose name ends in _locked. */
#define assert_held(l) ASSERT(spin_held_here(l))
