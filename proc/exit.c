/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a thread and of a process: what it held is given back in its own
 * context, while that may still sleep; then it leaves the tree.
 */
#include "abi/errno.h"
#include "abi/sched.h"
#include "core/panic.h"
#include "core/timer.h"
#include "proc/cpulimit.h"
#include "proc/futex.h"
#include "proc/itimer.h"
#include "proc/job.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "proc/wait.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vm/vmspace.h"

#define END_PATIENCE_NS (2 * NSEC_PER_SEC)

static void drop_resources(struct task *t)
{
	struct vmspace *vs = t->thread.vmspace;
	struct fdtable *files = t->thread.files;
	struct fs_context *fs = t->thread.fs;

	futex_exit(t, true);
	process_vfork_done(t);
	thread_set_pt(NULL);
	spin_lock(&process_lock);
	t->thread.vmspace = NULL;
	t->thread.files = NULL;
	t->thread.fs = NULL;
	spin_unlock(&process_lock);
	if (t->undo) { /* whoever sees our files closed sees this done */
		process_undo_ops->leave(t->undo);
		t->undo = NULL;
	}
	if (files)
		fdtable_put_table(files);
	if (fs)
		path_context_put(fs);
	if (vs)
		vmspace_put_user(vs);
}

/* Counts the thread among those that leave; true for the last one. */
static bool begin(struct task *t)
{
	bool last;

	spin_lock(&process_lock);
	t->leaving = true;
	last = --t->process->live_count == 0;
	spin_unlock(&process_lock);
	if (!last)
		signal_leave(t);
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
	bool last, stopped;

	spin_lock(&process_lock);
	list_del(&t->node);
	last = --p->task_count == 0;
	thread_times_add(&t->thread, &p->dead_times);
	p->dead_io.read_bytes += t->thread.io.read_bytes;
	p->dead_io.write_bytes += t->thread.io.write_bytes;
	p->dead_io.reads += t->thread.io.reads;
	p->dead_io.writes += t->thread.io.writes;
	if (p->exec_task && p->task_count == 1)
		waitq_wake_all(&p->exec_wait);
	stopped = job_all_stopped_locked(p);
	spin_unlock(&process_lock);
	if (stopped)
		wait_notify_parent(p, CLD_STOPPED, p->stop_report);
	return last;
}

static void kill_threads_locked(struct process *p, struct task *but)
{
	struct task *t;

	list_for_each (t, &p->tasks, node) {
		if (t == but)
			continue;
		thread_give_work(&t->thread, WORK_SIGNAL | WORK_KILLED,
				 BIT(THREAD_SLEEPING) | BIT(THREAD_KILLABLE) |
					 BIT(THREAD_STOPPED));
	}
}

void process_end_locked(struct process *p, struct task *but, int status)
{
	assert_held(&process_lock);
	if (!p->exiting) {
		p->exiting = true;
		p->exit_status = status;
	}
	kill_threads_locked(p, but);
}

/* The first to come ends the others; a second one, too, has to leave. */
static int claim_exec(struct process *p, struct task *t)
{
	int err = 0;

	spin_lock(&process_lock);
	if (p->exiting || p->exec_task) {
		err = -EAGAIN;
	} else {
		p->exec_task = t;
		kill_threads_locked(p, t);
	}
	spin_unlock(&process_lock);
	return err;
}

int process_end_others(void)
{
	struct task *t = task_current();
	struct process *p = t->process;
	int err = claim_exec(p, t);

	if (err)
		return err;
	err = waitq_wait_killable(&p->exec_wait, READ_ONCE(p->task_count) == 1);
	if (!err && p->leader != t)
		process_become_leader(t);
	spin_lock(&process_lock);
	p->exec_task = NULL;
	spin_unlock(&process_lock);
	return err ? -EAGAIN : 0;
}

void process_exit(int status, bool group)
{
	struct task *t = task_current();
	struct process *p = t->process;
	bool leader = t == p->leader, last;

	spin_lock(&process_lock);
	if (group)
		process_end_locked(p, t, status);
	else if (!p->exiting)
		p->exit_status = status; /* the last one's stays */
	spin_unlock(&process_lock);
	if (begin(t) && p == process_init)
		end_first(p->exit_status); /* its files are still open */
	drop_resources(t);
	signal_queue_flush(&t->pending);
	last = detach(t);
	/* The leader's id names the process until it is waited for. */
	if (!leader)
		process_id_free(t->thread.tid);
	if (!last)
		wait_thread_ended(t);
	if (last) {
		itimer_drop(p);
		cpulimit_drop(p);
		signal_queue_flush(&p->pending);
		wait_process_ended(p);
	}
	thread_put(&t->thread); /* the process's reference */
	thread_exit();
}
