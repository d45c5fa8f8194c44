/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes and their threads.
 *
 * A struct process is what POSIX calls a process (Linux: a thread group): an
 * id, a parent, limits, signal actions, an exit status.  A struct task is one
 * of its threads; it embeds the scheduler's struct thread.  A process lives
 * until its last thread has exited and its parent has collected it; the struct
 * lives while references do.
 *
 * The tree (parent, children, threads) is protected by `process_lock`; what a
 * signal touches by the process's own `signal_lock`.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

#include "abi/resource.h"
#include "core/spinlock.h"
#include "proc/siginfo.h"
#include "sched/rcu.h"
#include "sched/thread.h"
#include "sched/waitq.h"

struct cpu_watch;
struct fdtable;
struct fs_context;
struct itimer_set;
struct pi_waiter;
struct vfork_wait;
struct vmspace;

struct process {
	struct atomic32 refs;
	int pid; /* constant */

	/* protected by process_lock: */
	struct process *parent;
	struct list children, sibling;
	struct list tasks;
	uint32_t task_count;
	uint32_t live_count; /* of them, those that have not begun to exit */
	struct task *leader;
	int pgrp, session;
	int exit_signal;        /* told to the parent; 0: none */
	int stop_signal;        /* it is stopped or stopping; job.c */
	uint32_t stopped_count; /* tasks that are parked */
	bool stop_told;
	bool orphan_check; /* its group may be an orphan now */
	int stop_report;   /* signal that stopped it, until waited for */
	bool continue_report;
	bool exiting;           /* a group exit is under way */
	struct task *exec_task; /* the one to stay: it waits in exec_wait */
	bool zombie;
	bool did_exec;
	bool no_terminal;   /* gave up its session's */
	bool subreaper;     /* orphans below it become its children */
	bool reparented;    /* a zombie whose new parent was not told */
	int parent_tid;     /* of parent's threads, whose child it is */
	sigset_t death_due; /* PR_SET_PDEATHSIG: to be sent now */

	/* exit_code as wait4 reports it; set once */
	int exit_status;
	struct waitq child_wait; /* the parent sleeps here */
	struct waitq end_wait;   /* for its own end: pidfd.c */
	struct waitq exec_wait;  /* exec, for the other threads' end */

	struct spinlock signal_lock;
	/* protected by signal_lock: */
	struct signal_actions *actions;
	struct signal_queue pending; /* for any of its threads */
	bool stop_dequeued;          /* one was taken, no SIGCONT sent since */
	bool unkillable; /* process 1: what it does not handle is ignored */

	struct cpu_watch *cpu_watch; /* protected by process_lock */
	struct itimer_set *timers;   /* set once; NULL: it has had none */

	/* written under process_lock, read freely: */
	struct rlimit64 limit[RLIMIT_COUNT];
	int16_t oom_score_adj; /* -1000 (never) to 1000 (first) */
	nsec_t start_time;
	struct thread_times dead_times; /* of threads that have exited */
	struct thread_times children_times;
	struct thread_io dead_io;
	uint64_t min_faults;
	uint32_t uid; /* of its leader, for wait and kill */
	uint32_t personality;
	uint32_t core_filter; /* which kinds of memory a core file has */
	bool dumpable, no_new_privs;

	struct rcu_head rcu;
};

/* Semaphore adjustments, which ipc/ above keeps; filled in at boot. */
struct sem_undo_list;
struct process_undo_ops {
	/* CLONE_SYSVSEM: the running task's list, one more user; -ENOMEM */
	int (*share)(struct sem_undo_list **out);
	/* One user fewer; the last one takes back.  May sleep. */
	void (*leave)(struct sem_undo_list *list);
};
extern const struct process_undo_ops *process_undo_ops;
/* core_filter: proc(5)'s bits, and Linux's first choice of them. */
#define CORE_FILTER_ALL   0x1ffu
#define CORE_FILTER_FIRST 0x033u

struct task {
	struct thread thread;    /* first: container_of and the scheduler */
	struct process *process; /* holds a reference */
	struct list node;        /* in process->tasks */
	/* protected by process_lock: */
	bool leaving;     /* has begun to exit: takes no signals */
	int death_signal; /* when the parent dies; 0: none */

	/* protected by process->signal_lock: */
	struct signal_queue pending;
	sigset_t blocked;
	sigset_t waited_for; /* by sigtimedwait: taken out of blocked */

	/* its own: */
	sigset_t saved_mask; /* to restore after sigsuspend and the like */
	bool restore_mask;
	nsec_t restart_deadline; /* of a wait that is made again; 0: none */
	uaddr_t altstack_sp;
	size_t altstack_size;
	uint32_t altstack_flags;
	unsigned long timer_slack; /* told, timers are exact */
	bool reset_on_fork;        /* children are scheduled as usual again */
	/* protected by the futexes' lock (futex_pi.c): */
	struct list pi_owned;
	struct pi_waiter *pi_waits;
	bool pi_gone; /* its futexes are others' now */
	uaddr_t set_child_tid, clear_child_tid, robust_list;
	size_t robust_len;
	void *fpu;                  /* arch_fpu_size() bytes */
	struct sem_undo_list *undo; /* NULL: has nothing to take back */
	struct vfork_wait *vfork;   /* somebody waits for exec or exit */
	struct rcu_head rcu;
};

extern struct spinlock process_lock;
extern struct process *process_init; /* pid 1 */

static inline struct task *task_of(struct thread *t)
{
	return container_of(t, struct task, thread);
}
/* Only for threads with a user side. */
static inline struct task *task_current(void)
{
	return task_of(thread_current());
}
static inline struct process *process_current(void)
{
	return thread_current()->process;
}

static inline void process_get(struct process *p)
{
	atomic32_inc(&p->refs);
}
void process_put(struct process *p);

/* By process id (0: the caller's); referenced, NULL when there is none. */
struct process *process_find(int pid);
/* By thread id; under rcu_read_lock only. */
struct task *task_find_rcu(int tid);
/* The first process with pid >= *pid, referenced; *pid gets its id. */
struct process *process_next(int *pid);

/* Processes and threads made since boot. */
uint64_t process_forks(void);
/* The highest id to give, one past it: kernel.pid_max. */
extern int process_id_max;
/* Threads of all processes of that user, for RLIMIT_NPROC. */
uint32_t process_count_user(uint32_t uid);

/* A thread of the process that has not exited, with a reference on its
 * struct thread (thread_put); NULL: a zombie.  For /proc. */
struct task *process_any_task(struct process *p);

/* The address space of a process for /proc and ptrace: a user reference
 * (vmspace_put_user), NULL when it has none any more. */
struct vmspace *process_vmspace(struct process *p);
/* Its descriptors: a reference, NULL for a zombie. */
struct fdtable *process_files(struct process *p);
/* Its directories: a reference, NULL for a zombie. */
struct fs_context *process_fs(struct process *p);

char process_state_letter(struct process *p); /* R S D T Z as in /proc */
nsec_t process_runtime(struct process *p);
void process_times(struct process *p, struct thread_times *out);

/* Makes process 1, which will exec `path` with these; a thread of the kernel
 * becomes it.  Called once by init/. */
int must_check process_start_init(void (*fn)(void *arg), void *arg);

/* Ends the running thread; `status` is wait4's word.  group: the whole
 * process. */
noreturn void process_exit(int status, bool group);

/* What happens when process 1 ends: set by init/. */
extern void (*process_init_exit_hook)(int status);
