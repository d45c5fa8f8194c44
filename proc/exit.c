/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a thread and of a process: what it held is given back in its own
 * context, while that may still sleep; then it leaves the tree.
 */
#include "abi/futex.h"
#include "core/panic.h"
#include "core/timer.h"
#include "proc/futex.h"
#include "proc/itimer.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define END_PATIENCE_NS (2 * NSEC_PER_SEC)

/* Tells whoever waits for the thread's end through its memory (set by
 * CLONE_CHILD_CLEARTID and set_tid_address). */
static void clear_child_tid(struct task *t)
{
	uaddr_t at = t->clear_child_tid;

	t->clear_child_tid = 0;
	if (!at || arch_put_user32(at, 0))
		return; /* its own memory: nobody else is hurt */
	if (futex_wake(at, 1, FUTEX_BITSET_ANY, false) < 0)
		return;
}

static void drop_resources(struct task *t)
{
	struct vmspace *vs = t->thread.vmspace;
	struct fdtable *files = t->thread.files;
	struct fs_context *fs = t->thread.fs;

	futex_exit_robust(t);
	clear_child_tid(t);
	process_vfork_done(t);
	thread_set_pt(NULL);
	spin_lock(&process_lock);
	t->thread.vmspace = NULL;
	t->thread.files = NULL;
	t->thread.fs = NULL;
	spin_unlock(&process_lock);
	if (files)
		fdtable_put_table(files);
	if (fs)
		path_context_put(fs);
	if (vs)
		vmspace_put_user(vs);
}

/* Counts the thread among those that leave; true for the last one. */
static bool begin(struct process *p)
{
	bool last;

	spin_lock(&process_lock);
	last = --p->live_count == 0;
	spin_unlock(&process_lock);
	return last;
}

/* Sends SIGKILL to all processes but the first; how many there are. */
static unsigned kill_others(void)
{
	struct signal_info info = { .signo = SIGKILL, .code = SI_KERNEL };
	struct process *p;
	unsigned n = 0;

	for (int pid = 2; (p = process_next(&pid)); pid++) {
		if (!READ_ONCE(p->zombie)) {
			n++;
			if (signal_send_process(p, &info))
				n--; /* SIGKILL needs no memory */
		}
		process_put(p);
	}
	return n;
}

/* Nobody outlives process 1, and telling its end wants the memory that the
 * others may have taken to the last page. */
static void end_first(int status)
{
	nsec_t patience = clock_monotonic() + END_PATIENCE_NS;

	while (kill_others() && clock_monotonic() < patience)
		if (thread_sleep_until(clock_monotonic() + NSEC_PER_MSEC,
				       THREAD_BLOCKED))
			break;
	if (process_init_exit_hook)
		process_init_exit_hook(status);
	panic("process 1 ended and nobody ends the machine");
}

/* Takes the thread out of its process; true for the last one. */
static bool detach(struct task *t)
{
	struct process *p = t->process;
	bool last;

	spin_lock(&process_lock);
	list_del(&t->node);
	last = --p->task_count == 0;
	p->dead_runtime += thread_runtime(&t->thread);
	spin_unlock(&process_lock);
	return last;
}

/* All other threads leave at their next way to user mode. */
static void end_group(struct process *p, int status)
{
	struct task *self = task_current(), *t;

	spin_lock(&process_lock);
	if (!p->exiting) {
		p->exiting = true;
		p->exit_status = status;
	}
	list_for_each (t, &p->tasks, node) {
		if (t == self)
			continue;
		atomic32_or(&t->thread.work, WORK_SIGNAL | WORK_KILLED);
		thread_wake_states(&t->thread, BIT(THREAD_SLEEPING) |
						       BIT(THREAD_KILLABLE) |
						       BIT(THREAD_STOPPED));
	}
	spin_unlock(&process_lock);
}

void process_exit(int status, bool group)
{
	struct task *t = task_current();
	struct process *p = t->process;
	bool leader = t == p->leader, last;

	if (group)
		end_group(p, status);
	else if (!p->exiting)
		p->exit_status = status;
	if (begin(p) && p == process_init)
		end_first(p->exit_status); /* its files are still open */
	drop_resources(t);
	signal_queue_flush(&t->pending);
	last = detach(t);
	/* The leader's id names the process until it is waited for. */
	if (!leader)
		process_id_free(t->thread.tid);
	if (last) {
		itimer_drop(p);
		signal_queue_flush(&p->pending);
		wait_process_ended(p);
	}
	thread_put(&t->thread); /* the process's reference */
	thread_exit();
}
