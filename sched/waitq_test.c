/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues: who is told, how many exclusive entries a wake-up takes, and
 * that no wake-up is lost between the look and the sleep. */
#include "abi/errno.h"
#include "core/ktest.h"
#include "sched/crew_priv.h"
#include "sched/waitq.h"

struct told {
	struct wait_entry e;
	unsigned times;
	bool wants; /* what its callback answers */
};

static bool tell(struct wait_entry *e, uint32_t key)
{
	struct told *t = container_of(e, struct told, e);

	t->times++;
	return t->wants;
}

static void listen(struct waitq *q, struct told *t, bool exclusive)
{
	*t = (struct told){ .wants = true };
	t->e.wake = tell;
	t->e.keys = ~0u;
	t->e.exclusive = exclusive;
	waitq_add(q, &t->e);
}

KTEST_CASE(waitq_exclusive)
{
	struct waitq q;
	struct told x[3], plain[2];

	waitq_init(&q);
	KTEST_EXPECT(!waitq_active(&q));
	listen(&q, &x[0], true);
	listen(&q, &plain[0], false);
	listen(&q, &x[1], true);
	listen(&q, &plain[1], false);
	listen(&q, &x[2], true);
	KTEST_EXPECT(waitq_active(&q));
	waitq_wake_one(&q);
	KTEST_EXPECT(plain[0].times == 1 && plain[1].times == 1);
	KTEST_EXPECT(x[0].times == 1 && x[1].times == 0 && x[2].times == 0);
	/* One that woke nobody does not count. */
	x[0].wants = false;
	waitq_wake_one(&q);
	KTEST_EXPECT(x[0].times == 2 && x[1].times == 1 && x[2].times == 0);
	waitq_wake_all(&q);
	KTEST_EXPECT(x[0].times == 3 && x[1].times == 2 && x[2].times == 1);
	KTEST_EXPECT(plain[0].times == 3 && plain[1].times == 3);
	waitq_remove(&q, &plain[0].e);
	waitq_wake_all(&q);
	KTEST_EXPECT(plain[0].times == 3 && plain[1].times == 4);
}

KTEST_CASE(waitq_keys)
{
	struct waitq q;
	struct told in, out, only;

	waitq_init(&q);
	listen(&q, &in, false);
	listen(&q, &out, false);
	listen(&q, &only, true);
	in.e.keys = 1;
	out.e.keys = 4;
	only.e.keys = 4;
	waitq_wake_key(&q, 1, 1);
	KTEST_EXPECT(in.times == 1 && out.times == 0 && only.times == 0);
	waitq_wake_key(&q, 1, 5);
	KTEST_EXPECT(in.times == 2 && out.times == 1 && only.times == 1);
	waitq_wake_key(&q, 0, 4);
	KTEST_EXPECT(out.times == 2);
}

struct gate {
	struct waitq q;
	struct atomic32 open, waiting, passed;
};

static void pass_gate(void *arg)
{
	struct gate *g = arg;

	atomic32_add_return(&g->waiting, 1);
	waitq_wait(&g->q, atomic32_load(&g->open));
	atomic32_add_return(&g->passed, 1);
}

KTEST_CASE(waitq_threads)
{
	struct gate g = { 0 };
	struct crew c = { 0 };

	waitq_init(&g.q);
	for (unsigned i = 0; i < 4; i++)
		crew_add(&c, pass_gate, &g);
	while (atomic32_load(&g.waiting) < 4)
		crew_rest(NSEC_PER_MSEC);
	waitq_wake_all(&g.q); /* for nothing: they look and sleep again */
	crew_rest(2 * NSEC_PER_MSEC);
	KTEST_EXPECT(atomic32_load(&g.passed) == 0);
	atomic32_store(&g.open, 1);
	waitq_wake_all(&g.q);
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&g.passed) == 4);
	KTEST_EXPECT(!waitq_active(&g.q));
}

KTEST_CASE(waitq_deadline)
{
	nsec_t until = clock_monotonic() + NSEC_PER_MSEC;
	struct waitq q;

	waitq_init(&q);
	KTEST_EXPECT(waitq_wait_deadline(&q, false, THREAD_BLOCKED, until) ==
		     -ETIMEDOUT);
	KTEST_EXPECT(clock_monotonic() >= until);
	KTEST_EXPECT(!waitq_active(&q));
	/* What holds wins over a deadline that is over. */
	KTEST_EXPECT(waitq_wait_deadline(&q, true, THREAD_BLOCKED, until) == 0);
}

/* Two threads that pass a ball: a lost wake-up would hang them. */
struct table {
	struct waitq q;
	struct atomic32 ball, next;
};

#define ROUNDS 500

static void play(void *arg)
{
	struct table *t = arg;
	uint32_t me = atomic32_add_return(&t->next, 1) & 1;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		waitq_wait(&t->q, (atomic32_load(&t->ball) & 1) == me);
		atomic32_add_return(&t->ball, 1);
		waitq_wake_all(&t->q);
	}
}

KTEST_CASE(waitq_ping_pong)
{
	struct table t = { 0 };
	struct crew c = { 0 };

	waitq_init(&t.q);
	crew_add(&c, play, &t);
	crew_add(&c, play, &t);
	crew_join(&c);
	KTEST_EXPECT(atomic32_load(&t.ball) == 2 * ROUNDS);
}
