/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: what the scheduler runs.  A kernel thread is just this; a user
 * thread's process, files, credentials and signals are owned by proc/ and hang
 * here as pointers so that every floor finds them from `current`.
 *
 * Life: thread_create (not running) -> thread_start -> ... -> its function
 * returns or thread_exit -> state THREAD_DEAD, its stack freed by whoever runs
 * next; the struct lives while references do.
 *
 * State changes are made under the thread's run-queue lock; a thread sets its
 * own state before it looks at its condition, so that a wake-up in between is
 * not lost (see sched/waitq.h, which is what callers use).
 */
#pragma once

#include "arch/atomic.h"
#include "arch/cpu.h"
#include "arch/thread.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"

struct arch_pt;
struct cred;
struct fdtable;
struct fs_context;
struct process;
struct vmspace;

enum thread_state {
	THREAD_NEW,
	THREAD_RUNNABLE, /* running or on a run queue */
	THREAD_SLEEPING, /* a signal wakes it */
	THREAD_KILLABLE, /* a fatal signal wakes it */
	THREAD_BLOCKED,  /* only its event wakes it */
	THREAD_STOPPED,
	THREAD_DEAD,
};

/* Bits of `work`: looked at on every way back to user mode. */
enum {
	WORK_SIGNAL = 1 << 0, /* a signal may be deliverable */
	WORK_KILLED = 1 << 1, /* a fatal one is */
	WORK_TRACE = 1 << 2,
};

enum thread_policy {
	/* the numbers of sched_setscheduler(2): */
	THREAD_OTHER = 0, /* fair, by nice value */
	THREAD_FIFO = 1,  /* real time, until it sleeps */
	THREAD_RR = 2,    /* real time, in turns */
	THREAD_BATCH = 3, /* fair, never preempts when it wakes */
	THREAD_IDLE = 5,  /* fair, at next to no weight */
};

/* What read(2), write(2) and their like moved; the thread's own. */
struct thread_io {
	uint64_t read_bytes, write_bytes, reads, writes;
};

#define THREAD_NAME_MAX 16
#define PRIO_IDLE       140
#define PRIO_DEFAULT    120 /* nice 0; 100..139 fair, 0..99 real time */
#define PRIO_NO_BOOST   255

struct thread {
	struct arch_thread arch; /* first: switch.S */
	struct atomic32 work;
	uint32_t faults_off; /* page faults end a copy at once while > 0 */

	/* protected by the run queue's lock: */
	union {
		struct list run_node;     /* real time */
		struct rb_node fair_node; /* the others */
	};
	uint32_t state;
	uint32_t cpu; /* whose queue it is on */
	bool on_queue, on_cpu;
	bool moving;         /* from one queue to another, on none */
	bool vlocal;         /* vstart, vdeadline count from its queue's time */
	uint8_t prio, boost; /* in force; lent by who waits for it */
	uint8_t policy, rt_priority;
	int8_t nice;
	uint16_t pinned; /* CPU + 1 whatever `allowed` says; 0: not */
	int64_t vstart, vdeadline;
	nsec_t slice_left, runtime_ns, switched_in;
	uint64_t switches;
	uint32_t user_ticks, system_ticks;
	struct cpumask allowed;

	/* the thread's own; others read under their owners' rules: */
	struct vmspace *vmspace;  /* NULL: kernel thread */
	const struct arch_pt *pt; /* its page table; see thread_set_pt */
	struct process *process;
	struct fdtable *files;
	struct fs_context *fs;
	const struct cred *cred;
	struct thread_io io;

	/* constant after thread_create: */
	void *stack;
	int tid;
	struct atomic32 refs;
	void (*fn)(void *arg);
	void *arg;
	void (*release)(struct thread *t); /* frees the struct; NULL: own */
	char name[THREAD_NAME_MAX];

	/* DEBUG builds: ranks of the sleeping locks it holds */
	uint32_t held_count;
	uint16_t held_ranks[12];
};

static inline struct thread *thread_current(void)
{
	return arch_current();
}

/* A thread that will run fn(arg); one reference, the caller's.  `embed` is
 * memory for the struct inside a bigger one, or NULL to allocate it. */
int must_check thread_create(struct thread **out, struct thread *embed,
			     const char *name, void (*fn)(void *arg),
			     void *arg);
void thread_start(struct thread *t);
noreturn void thread_exit(void);
void thread_get(struct thread *t);
void thread_put(struct thread *t);

/* Makes it runnable if its state is in `states` (a mask of BIT(state));
 * true if it was woken.  Any context. */
bool thread_wake_states(struct thread *t, unsigned long states);
static inline bool thread_wake(struct thread *t)
{
	return thread_wake_states(t, BIT(THREAD_SLEEPING) |
					     BIT(THREAD_KILLABLE) |
					     BIT(THREAD_BLOCKED));
}
/* Sets bits of `work` and sees to it that the thread looks at them soon: wakes
 * it from `states`, interrupts it where it runs.  Any context. */
void thread_give_work(struct thread *t, uint32_t work, unsigned long states);
/* Sets the running thread's state before it tests its condition. */
void thread_set_state(enum thread_state state);

/* Sleeps until the monotonic deadline; -EINTR when a signal came first. */
int must_check thread_sleep_until(nsec_t deadline, enum thread_state state);

/* Whether a pending signal should end a sleep in that state. */
bool thread_signal_pending(const struct thread *t, enum thread_state state);

void thread_set_name(struct thread *t, const char *name);

/* Changes the running thread's user address space, at once (NULL: none). */
void thread_set_pt(const struct arch_pt *pt);
/* CPU time used so far. */
nsec_t thread_runtime(struct thread *t);
struct thread_times {
	nsec_t user, system;
};
void thread_times(struct thread *t, struct thread_times *out);
static inline void thread_times_add(struct thread *t, struct thread_times *sum)
{
	struct thread_times one;

	thread_times(t, &one);
	sum->user += one.user;
	sum->system += one.system;
}

/*
 * How and where it is scheduled; any thread's, any context.
 */

/* rt_priority 1..99 for THREAD_FIFO and THREAD_RR, else 0. */
void thread_set_policy(struct thread *t, enum thread_policy policy,
		       unsigned rt_priority);
void thread_set_nice(struct thread *t, int nice);
/* Runs at `prio` at least, until PRIO_NO_BOOST. */
void thread_set_boost(struct thread *t, unsigned prio);
/* A new thread that does not run yet is scheduled as its parent; `reset`: but
 * not above the ordinary. */
void thread_inherit(struct thread *child, const struct thread *parent,
		    bool reset);
/* -EINVAL: no such CPU runs.  May sleep for the running thread's own. */
int must_check thread_set_allowed(struct thread *t, const struct cpumask *mask);
void thread_get_allowed(struct thread *t, struct cpumask *mask);
/* The running thread stays on CPU cpu_or_none - 1 until called with 0. */
void thread_pin(unsigned cpu_or_none);

/* The boot context becomes CPU 0's idle thread. */
void thread_init(void);
