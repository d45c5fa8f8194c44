/* SPDX-License-Identifier: BSD-2-Clause */
/* Sleeping locks under contention: nobody inside with another, nobody left
 * outside for ever. */
#include "core/ktest.h"
#include "sched/crew_priv.h"
#include "sched/mutex.h"
#include "sched/runqueue.h"

#define ROUNDS  100
#define MEMBERS 4

struct shared {
	struct mutex m;
	struct rwlock rw;
	unsigned count, clashes; /* plain: the lock is what guards them */
	bool inside;
	struct atomic32 readers, most, step;
};

static void enter(struct shared *s)
{
	s->clashes += s->inside;
	s->inside = true;
	runqueue_yield(); /* let the others run into the lock */
	s->count++;
	s->inside = false;
}

static void lock_often(void *arg)
{
	struct shared *s = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		mutex_lock(&s->m);
		enter(s);
		mutex_unlock(&s->m);
	}
}

KTEST_CASE(mutex_contended)
{
	struct shared s = { 0 };
	struct crew c = { 0 };

	mutex_init(&s.m, RANK_MUTEX_LEAF);
	for (unsigned i = 0; i < MEMBERS; i++)
		crew_add(&c, lock_often, &s);
	crew_join(&c);
	KTEST_EXPECT(s.count == MEMBERS * ROUNDS);
	KTEST_EXPECT(s.clashes == 0);
	KTEST_EXPECT(mutex_trylock(&s.m));
	KTEST_EXPECT(mutex_held_here(&s.m));
	mutex_unlock(&s.m);
	KTEST_EXPECT(!mutex_held_here(&s.m));
}

static void try_it(void *arg)
{
	struct shared *s = arg;

	if (mutex_trylock(&s->m)) {
		s->clashes++;
		mutex_unlock(&s->m);
	}
	s->clashes += mutex_held_here(&s->m);
}

KTEST_CASE(mutex_try)
{
	struct shared s = { 0 };
	struct crew c = { 0 };

	mutex_init(&s.m, RANK_MUTEX_LEAF);
	KTEST_EXPECT(!mutex_lock_killable(&s.m));
	crew_add(&c, try_it, &s);
	crew_join(&c);
	mutex_unlock(&s.m);
	KTEST_EXPECT(s.clashes == 0);
}

static void write_often(void *arg)
{
	struct shared *s = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		rwlock_write(&s->rw);
		s->clashes += atomic32_load(&s->readers) != 0;
		s->clashes += !rwlock_written_here(&s->rw);
		enter(s);
		rwlock_write_end(&s->rw);
	}
}

static void read_often(void *arg)
{
	struct shared *s = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t n;

		rwlock_read(&s->rw);
		n = atomic32_add_return(&s->readers, 1);
		if (n > atomic32_load(&s->most))
			atomic32_store(&s->most, n);
		s->clashes += s->inside;
		runqueue_yield();
		atomic32_add_return(&s->readers, (uint32_t)-1);
		rwlock_read_end(&s->rw);
	}
}

KTEST_CASE(rwlock_contended)
{
	struct shared s = { 0 };
	struct crew c = { 0 };

	rwlock_init(&s.rw, RANK_MUTEX_LEAF);
	for (unsigned i = 0; i < MEMBERS; i++)
		crew_add(&c, i % 2 ? write_often : read_often, &s);
	crew_join(&c);
	KTEST_EXPECT(s.count == MEMBERS / 2 * ROUNDS);
	KTEST_EXPECT(s.clashes == 0);
}

KTEST_CASE(rwlock_shared)
{
	struct shared s = { 0 };
	struct crew c = { 0 };

	rwlock_init(&s.rw, RANK_MUTEX_LEAF);
	thread_pin(0 + 1);
	for (unsigned i = 0; i < MEMBERS; i++)
		crew_add_pinned(&c, read_often, &s);
	crew_join(&c);
	thread_pin(0);
	KTEST_EXPECT(atomic32_load(&s.most) == MEMBERS);
	KTEST_EXPECT(atomic32_load(&s.readers) == 0);
}

static void write_step(void *arg)
{
	struct shared *s = arg;

	rwlock_write(&s->rw);
	s->clashes += atomic32_add_return(&s->step, 1) != 1;
	rwlock_write_end(&s->rw);
}

static void read_step(void *arg)
{
	struct shared *s = arg;

	rwlock_read(&s->rw);
	s->clashes += atomic32_add_return(&s->step, 1) != 2;
	rwlock_read_end(&s->rw);
}

/* A reader that comes after a waiting writer goes after it. */
KTEST_CASE(rwlock_writer_first)
{
	struct shared s = { 0 };
	struct crew c = { 0 };

	rwlock_init(&s.rw, RANK_MUTEX_LEAF);
	rwlock_read(&s.rw);
	crew_add(&c, write_step, &s);
	crew_rest(2 * NSEC_PER_MSEC);
	crew_add(&c, read_step, &s);
	crew_rest(2 * NSEC_PER_MSEC);
	KTEST_EXPECT(atomic32_load(&s.step) == 0);
	rwlock_read_end(&s.rw);
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&s.step) == 2);
	KTEST_EXPECT(s.clashes == 0);
}
