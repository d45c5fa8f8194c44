/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a thread and of a process: what it held is given back in its own
 * context, while that may still sleep; then it leaves the tree.
 */
#include "core/panic.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#include "proc/process_priv.h"

/* Tells whoever waits for the thread's end through its memory (set by
 * CLONE_CHILD_CLEARTID and set_tid_address). */
static void clear_child_tid(struct task *t)
{
	uaddr_t at = t->clear_child_tid;

	t->clear_child_tid = 0;
	if (at && arch_put_user32(at, 0))
		return; /* its own memory: nobody else is hurt */
}

static void drop_resources(struct task *t)
{
	struct vmspace *vs = t->thread.vmspace;
	struct fdtable *files = t->thread.files;

	clear_child_tid(t);
	thread_set_pt(NULL);
	spin_lock(&process_lock);
	t->thread.vmspace = NULL;
	t->thread.files = NULL;
	spin_unlock(&process_lock);
	if (files)
		fdtable_put_table(files);
	if (t->thread.fs)
		path_context_put(t->thread.fs);
	t->thread.fs = NULL;
	if (vs)
		vmspace_put_user(vs);
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
	if (last)
		p->zombie = true;
	spin_unlock(&process_lock);
	return last;
}

void process_exit(int status, bool group)
{
	struct task *t = task_current();
	struct process *p = t->process;
	bool last;

	if (group && !p->exiting) {
		p->exiting = true;
		p->exit_status = status;
	} else if (!p->exiting) {
		p->exit_status = status;
	}
	drop_resources(t);
	last = detach(t);
	if (last && p == process_init) {
		if (process_init_exit_hook)
			process_init_exit_hook(p->exit_status);
		panic("process 1 ended and nobody ends the machine");
	}
	signal_queue_flush(&t->pending);
	process_id_free(t->thread.tid);
	thread_put(&t->thread); /* the process's reference */
	thread_exit();
}
