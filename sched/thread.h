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

/* What read(2), write(2) and their like moved; the thread's own. */
struct thread_io {
	uint64_t read_bytes, write_bytes, reads, writes;
};

#define THREAD_NAME_MAX 16
#define PRIO_IDLE       140
#define PRIO_DEFAULT    120 /* nice 0; 100..139 fair, 0..99 real time */

struct thread {
	struct arch_thread arch; /* first: switch.S */
	struct atomic32 work;
	uint32_t faults_off; /* page faults end a copy at once while > 0 */

	/* protected by the run queue's lock: */
	struct list run_node;
	uint32_t state;
	uint32_t cpu; /* whose queue it is on */
	bool on_queue, on_cpu;
	uint8_t prio;
	nsec_t slice_end, runtime_ns, switched_in;
	uint64_t switches;

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
/* Sets the running thread's state before it tests its condition. */
void thread_set_state(enum thread_state state);

/* Sleeps until the monotonic deadline; -EINTR when a signal came first. */
int must_check thread_sleep_until(nsec_t deadline, enum thread_state state);

/* Whether a pending signal should end a sleep in that state. */
bool thread_signal_pending(const struct thread *t, enum thread_state state);

void thread_set_name(struct thread *t, const char *name);

/* Changes the running thread's user address space, at once (NULL: none). */
void thread_set_pt(const struct arch_pt *pt);
/* Runs at `prio` at least, until PRIO_NO_BOOST.  All threads run at one
 * priority so far: there is nothing to lend. */
#define PRIO_NO_BOOST 255
static inline void thread_set_boost(struct thread *t, unsigned prio) {}

/* CPU time used so far. */
nsec_t thread_runtime(struct thread *t);

/* The boot context becomes CPU 0's idle thread. */
void thread_init(void);
