/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers that send signals.  Firing only queues work, for signals cannot be
 * sent from an interrupt; the work sends and arms for the next period.
 *
 * A process's set is made by its first timer and found under its mutex; the
 * set holds one reference on each timer, queued work another.
 */
#include "proc/itimer.h"

#include "lib/div.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "core/timer.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/mutex.h"
#include "sched/work.h"

#define MOST_TIMERS 4096
#define INTERVALS   3
#define SHORTEST_NS (50 * NSEC_PER_USEC) /* between two signals of one timer */
#define CPU_STEP_NS NSEC_PER_MSEC        /* between two looks at CPU time */

struct itimer {
	struct atomic32 refs;
	struct spinlock lock;
	/* protected by lock: */
	nsec_t deadline, interval; /* deadline 0: disarmed */
	int overrun;

	struct timer timer;
	struct work work;
	/* constant: */
	struct process *process; /* holds a reference */
	struct thread *thread;   /* whose CPU time; NULL; holds a reference */
	struct itimer_event event;
	int id;
	bool posix;

	struct list node; /* of POSIX timers; protected by the set's lock */
};

struct itimer_set {
	struct mutex lock;
	/* protected by lock: */
	struct itimer *interval[INTERVALS];
	struct list posix;
	int next_id;
	uint32_t count;
};

static struct slab itimer_slab = SLAB("itimer", struct itimer);
static struct slab set_slab = SLAB("itimer_set", struct itimer_set);

static bool is_cpu_clock(int clock)
{
	return clock == CLOCK_PROCESS_CPUTIME_ID ||
	       clock == CLOCK_THREAD_CPUTIME_ID;
}

/* On the clock that deadlines are kept in. */
static nsec_t now_of(const struct itimer *it)
{
	if (it->thread)
		return thread_runtime(it->thread);
	return is_cpu_clock(it->event.clock) ? process_runtime(it->process)
					     : clock_monotonic();
}

static void put(struct itimer *it)
{
	if (!atomic32_dec_and_test(&it->refs))
		return;
	if (it->thread)
		thread_put(it->thread);
	process_put(it->process);
	slab_free(&itimer_slab, it);
}

/* In an interrupt. */
static void on_fire(struct timer *t)
{
	struct itimer *it = container_of(t, struct itimer, timer);

	atomic32_inc(&it->refs);
	if (!work_queue(&it->work))
		atomic32_dec(&it->refs); /* never the last: the work has one */
}

/* CPU time passes at most as fast as real time does on one CPU. */
static void arm_locked(struct itimer *it, nsec_t now)
{
	nsec_t left = MAX(it->deadline - now, 1);

	if (is_cpu_clock(it->event.clock))
		left = MAX(left, CPU_STEP_NS);
	now = clock_monotonic();
	timer_arm(&it->timer, left > INT64_MAX - now ? INT64_MAX : now + left);
}

/* It is past its deadline: counts what was missed, arms for what is next. */
static void advance_locked(struct itimer *it, nsec_t now)
{
	uint64_t missed;

	if (!it->interval) {
		it->deadline = 0;
		return;
	}
	now += SHORTEST_NS;
	missed = now < it->deadline
			 ? 0
			 : div_u64_wide((uint64_t)(now - it->deadline),
					(uint64_t)it->interval);
	it->overrun = (int)MIN(missed, (uint64_t)INT32_MAX);
	it->deadline += (nsec_t)(missed + 1) * it->interval;
	arm_locked(it, now - SHORTEST_NS);
}

static void send_signal(struct itimer *it, int overrun)
{
	struct signal_info info = {
		.signo = it->event.signo,
		.code = it->posix ? SI_TIMER : SI_KERNEL,
		.value = it->event.value,
		.timer_id = it->id,
		.overrun = overrun,
	};
	struct task *t = NULL;
	int err;

	if (it->event.notify == SIGEV_NONE)
		return;
	if (it->event.notify != SIGEV_THREAD_ID) {
		err = signal_send_process(it->process, &info);
	} else {
		rcu_read_lock();
		t = task_find_rcu(it->event.tid);
		if (t && t->process == it->process)
			thread_get(&t->thread);
		else
			t = NULL;
		rcu_read_unlock();
		err = t ? signal_send_task(t, &info) : 0;
		if (t)
			thread_put(&t->thread);
	}
	if (err)
		return; /* no memory: as if it had been missed */
}

static void on_work(struct work *w)
{
	struct itimer *it = container_of(w, struct itimer, work);
	nsec_t now = now_of(it);
	unsigned long flags = spin_lock_irqsave(&it->lock);
	bool due = it->deadline && it->deadline <= now;
	int overrun = 0;

	if (due) {
		advance_locked(it, now);
		overrun = it->overrun;
	} else if (it->deadline) {
		arm_locked(it, now);
	}
	spin_unlock_irqrestore(&it->lock, flags);
	if (due)
		send_signal(it, overrun);
	put(it);
}

static struct itimer *create(const struct itimer_event *ev)
{
	struct itimer *it = slab_alloc(&itimer_slab, ALLOC_ZERO);

	if (!it)
		return NULL;
	atomic32_store(&it->refs, 1);
	spin_init(&it->lock, RANK_POLL);
	timer_init(&it->timer, on_fire);
	work_init(&it->work, on_work);
	it->process = process_current();
	process_get(it->process);
	it->event = *ev;
	if (ev->clock == CLOCK_THREAD_CPUTIME_ID) {
		it->thread = thread_current();
		thread_get(it->thread);
	}
	return it;
}

static void destroy(struct itimer *it)
{
	unsigned long flags = spin_lock_irqsave(&it->lock);

	it->deadline = 0;
	it->interval = 0;
	spin_unlock_irqrestore(&it->lock, flags);
	(void)timer_cancel_sync(&it->timer);
	put(it);
}

/* The running process's; NULL: it has none and `make` is not set, or there is
 * no memory. */
static struct itimer_set *set_of(bool make)
{
	struct process *p = process_current();
	struct itimer_set *s = READ_ONCE(p->timers), *fresh;

	if (s || !make)
		return s;
	fresh = slab_alloc(&set_slab, ALLOC_ZERO);
	if (!fresh)
		return NULL;
	mutex_init(&fresh->lock, RANK_MUTEX_LEAF);
	list_init(&fresh->posix);
	spin_lock(&p->signal_lock);
	if (!p->timers)
		p->timers = fresh;
	s = p->timers;
	spin_unlock(&p->signal_lock);
	if (s != fresh)
		slab_free(&set_slab, fresh);
	return s;
}

static void get(struct itimer *it, struct itimer_setting *out)
{
	nsec_t now = now_of(it);
	unsigned long flags = spin_lock_irqsave(&it->lock);

	out->interval = it->interval;
	out->value = it->deadline ? MAX(it->deadline - now, 1) : 0;
	if (it->deadline && it->deadline <= now && !it->interval &&
	    it->event.notify == SIGEV_NONE)
		out->value = 0;
	spin_unlock_irqrestore(&it->lock, flags);
}

static void set(struct itimer *it, bool absolute,
		const struct itimer_setting *new)
{
	nsec_t now = now_of(it), value = new->value;
	unsigned long flags;

	if (absolute)
		value -= it->event.clock == CLOCK_REALTIME ? clock_realtime()
							   : now;
	flags = spin_lock_irqsave(&it->lock);
	(void)timer_cancel(&it->timer);
	it->interval = new->interval;
	it->overrun = 0;
	it->deadline = 0;
	if (new->value) {
		it->deadline = value > INT64_MAX - now ? INT64_MAX
						       : MAX(now + value, 1);
		arm_locked(it, now);
	}
	spin_unlock_irqrestore(&it->lock, flags);
}

/*
 * setitimer(2)
 */

int itimer_get(int which, struct itimer_setting *out)
{
	struct itimer_set *s = set_of(false);

	*out = (struct itimer_setting){ 0 };
	if (which < 0 || which >= INTERVALS)
		return -EINVAL;
	if (!s)
		return 0;
	mutex_lock(&s->lock);
	if (s->interval[which])
		get(s->interval[which], out);
	mutex_unlock(&s->lock);
	return 0;
}

static int set_locked(struct itimer_set *s, int which,
		      const struct itimer_setting *new)
{
	static const struct itimer_event events[INTERVALS] = {
		{ .clock = CLOCK_MONOTONIC, .signo = SIGALRM },
		{ .clock = CLOCK_PROCESS_CPUTIME_ID, .signo = SIGVTALRM },
		{ .clock = CLOCK_PROCESS_CPUTIME_ID, .signo = SIGPROF },
	};
	struct itimer *it = s->interval[which];

	if (!it && new->value) {
		it = s->interval[which] = create(&events[which]);
		if (!it)
			return -ENOMEM;
	}
	if (it)
		set(it, false, new);
	return 0;
}

int itimer_set(int which, const struct itimer_setting *new,
	       struct itimer_setting *old)
{
	int err = itimer_get(which, old);
	struct itimer_set *s;

	if (err)
		return err;
	s = set_of(new->value != 0);
	if (!s)
		return new->value ? -ENOMEM : 0;
	mutex_lock(&s->lock);
	err = set_locked(s, which, new);
	mutex_unlock(&s->lock);
	return err;
}

/*
 * timer_create(2)
 */

/* libc's names for "my process's" and "my thread's" CPU time. */
static int plain_clock(int clock)
{
	if (clock == CLOCK_MY_PROCESS)
		return CLOCK_PROCESS_CPUTIME_ID;
	return clock == CLOCK_MY_THREAD ? CLOCK_THREAD_CPUTIME_ID : clock;
}

static int check_event(const struct itimer_event *ev)
{
	bool ok = false;
	struct task *t;

	switch (ev->clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID: break;
	default: return -EINVAL;
	}
	if (ev->notify == SIGEV_NONE)
		return 0;
	if (ev->signo < 1 || ev->signo > SIGMAX)
		return -EINVAL;
	if (ev->notify == SIGEV_THREAD_ID) {
		rcu_read_lock();
		t = task_find_rcu(ev->tid);
		ok = t && t->process == process_current();
		rcu_read_unlock();
		return ok ? 0 : -EINVAL;
	}
	return ev->notify == SIGEV_SIGNAL || ev->notify == SIGEV_THREAD
		       ? 0
		       : -EINVAL;
}

int itimer_create(const struct itimer_event *wanted)
{
	struct itimer_event ev = *wanted;
	struct itimer_set *s;
	struct itimer *it;
	int err;

	ev.clock = plain_clock(ev.clock);
	err = check_event(&ev);
	if (err)
		return err;
	s = set_of(true);
	it = s ? create(&ev) : NULL;
	if (!it)
		return -ENOMEM;
	it->posix = true;
	mutex_lock(&s->lock);
	err = s->count < MOST_TIMERS ? 0 : -EAGAIN;
	if (!err) {
		err = it->id = s->next_id++ & INT32_MAX;
		if (ev.value_is_id)
			it->event.value = (uint64_t)it->id;
		list_add_tail(&it->node, &s->posix);
		s->count++;
	}
	mutex_unlock(&s->lock);
	if (err < 0)
		destroy(it);
	return err;
}

/* Returns with the set locked, but for NULL. */
static struct itimer *find_and_lock(int id)
{
	struct itimer_set *s = set_of(false);
	struct itimer *it;

	if (!s)
		return NULL;
	mutex_lock(&s->lock);
	list_for_each (it, &s->posix, node)
		if (it->id == id)
			return it;
	mutex_unlock(&s->lock);
	return NULL;
}

static void unlock_set(void)
{
	mutex_unlock(&process_current()->timers->lock);
}

int itimer_settime(int id, bool absolute, const struct itimer_setting *new,
		   struct itimer_setting *old)
{
	struct itimer *it = find_and_lock(id);

	if (!it)
		return -EINVAL;
	get(it, old);
	set(it, absolute, new);
	unlock_set();
	return 0;
}

int itimer_gettime(int id, struct itimer_setting *out)
{
	struct itimer *it = find_and_lock(id);

	if (!it)
		return -EINVAL;
	get(it, out);
	unlock_set();
	return 0;
}

int itimer_overrun(int id)
{
	struct itimer *it = find_and_lock(id);
	int n;

	if (!it)
		return -EINVAL;
	n = it->overrun;
	unlock_set();
	return n;
}

int itimer_delete(int id)
{
	struct itimer *it = find_and_lock(id);

	if (!it)
		return -EINVAL;
	list_del(&it->node);
	process_current()->timers->count--;
	unlock_set();
	destroy(it);
	return 0;
}

static void drop_posix(struct itimer_set *s)
{
	struct itimer *it, *tmp;

	list_for_each_safe (it, tmp, &s->posix, node) {
		list_del(&it->node);
		destroy(it);
	}
	s->count = 0;
	s->next_id = 0;
}

void itimer_exec(void)
{
	struct itimer_set *s = set_of(false);

	if (!s)
		return;
	mutex_lock(&s->lock);
	drop_posix(s);
	mutex_unlock(&s->lock);
}

void itimer_drop(struct process *p)
{
	struct itimer_set *s = p->timers;

	if (!s)
		return;
	drop_posix(s);
	for (unsigned i = 0; i < INTERVALS; i++)
		if (s->interval[i])
			destroy(s->interval[i]);
	p->timers = NULL;
	slab_free(&set_slab, s);
}
