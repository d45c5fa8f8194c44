/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork, vfork, clone: everything that can fail is done on a child that nobody
 * can see; then it gets its place in the tree, an id, and runs.
 */
#include "proc/fork.h"

#include "arch/syscall.h"
#include "arch/thread.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "core/panic.h"
#include "proc/cpulimit.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "sched/waitq.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define SUPPORTED                                                          \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | \
	 CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |      \
	 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED |     \
	 CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_IO | CLONE_PTRACE |   \
	 CLONE_CLEAR_SIGHAND | CLONE_PIDFD)

static int check_flags(uint64_t flags)
{
	if (flags & ~(uint64_t)SUPPORTED)
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) &&
	    (!(flags & CLONE_VM) || (flags & CLONE_CLEAR_SIGHAND)))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_DETACHED | CLONE_THREAD)))
		return -EINVAL;
	return 0;
}

/* The first thing a child does: its own set-up that needs its memory. */
static void child_start(void *arg)
{
	struct task *t = task_current();

	if (t->set_child_tid &&
	    arch_put_user32(t->set_child_tid, (uint32_t)t->thread.tid))
		t->set_child_tid = 0; /* its own affair */
	arch_enter_user(arch_user_frame(t->thread.arch.stack_top));
}

static int copy_vmspace(struct task *t, uint64_t flags)
{
	struct vmspace *vs = thread_current()->vmspace;
	int err = 0;

	if (flags & CLONE_VM)
		vmspace_get_user(vs);
	else
		err = vmspace_fork(vs, &vs);
	if (err)
		return err;
	t->thread.vmspace = vs;
	t->thread.pt = &vs->pt;
	return 0;
}

static int copy_files(struct task *t, uint64_t flags)
{
	struct thread *self = thread_current();
	int err = 0;

	if (flags & CLONE_FILES) {
		fdtable_share(self->files);
		t->thread.files = self->files;
	} else {
		err = fdtable_copy(self->files, UINT32_MAX, &t->thread.files);
	}
	if (err)
		return err;
	if (flags & CLONE_FS)
		t->thread.fs = path_context_get(self->fs);
	else
		err = path_context_copy(self->fs, &t->thread.fs);
	return err;
}

static int copy_registers(struct task *t, const struct frame *f,
			  const struct fork_request *rq)
{
	struct frame *cf = arch_user_frame(t->thread.arch.stack_top);

	memcpy(cf, f, sizeof(*cf));
	arch_frame_set_result(cf, 0);
	if (rq->stack)
		arch_frame_set_sp(cf, rq->stack);
	arch_thread_copy_user(&t->thread.arch);
	if (rq->flags & CLONE_SETTLS)
		return arch_thread_set_tls(&t->thread.arch, rq->tls);
	return 0;
}

static void copy_signals(struct task *t, uint64_t flags)
{
	struct task *self = task_current();

	t->blocked = self->blocked;
	if (!(flags & CLONE_VM) || (flags & CLONE_VFORK)) {
		t->altstack_sp = self->altstack_sp;
		t->altstack_size = self->altstack_size;
		t->altstack_flags = self->altstack_flags;
	}
}

static void inherit(struct process *p, const struct process *from)
{
	p->uid = from->uid;
	p->no_terminal = from->no_terminal;
	p->oom_score_adj = from->oom_score_adj;
	p->personality = from->personality;
	p->dumpable = from->dumpable;
	p->no_new_privs = from->no_new_privs;
}

static void drop_child(struct task *t)
{
	if (t->undo)
		process_undo_ops->leave(t->undo);
	if (t->thread.fs)
		path_context_put(t->thread.fs);
	if (t->thread.files)
		fdtable_put_table(t->thread.files);
	if (t->thread.vmspace)
		vmspace_put_user(t->thread.vmspace);
	thread_put(&t->thread);
}

static int make_child(struct process *p, const struct frame *f,
		      const struct fork_request *rq, struct task **out)
{
	struct task *t;
	int err = process_task_create(p, thread_current()->name, child_start,
				      NULL, &t);

	if (err)
		return err;
	t->thread.cred = cred_get(cred_current());
	t->timer_slack = task_current()->timer_slack;
	thread_inherit(&t->thread, thread_current(),
		       task_current()->reset_on_fork);
	err = copy_registers(t, f, rq);
	copy_signals(t, rq->flags);
	if (rq->flags & CLONE_CHILD_SETTID)
		t->set_child_tid = rq->child_tid;
	if (rq->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = rq->child_tid;
	if (!err)
		err = copy_vmspace(t, rq->flags);
	if (!err)
		err = copy_files(t, rq->flags);
	if (!err && (rq->flags & CLONE_SYSVSEM))
		err = process_undo_ops->share(&t->undo);
	if (!err)
		err = process_id_alloc(t);
	if (err)
		drop_child(t);
	else
		*out = t;
	return err;
}

static int check_limit(void)
{
	const struct process *p = process_current();
	const struct cred *c = cred_current();
	uint64_t limit = p->limit[RLIMIT_NPROC].cur;

	/* As Linux: user 0 and who may change limits are not bound. */
	if (limit == RLIM64_INFINITY || c->uid == 0 ||
	    cred_capable(c, CAP_SYS_RESOURCE) || cred_capable(c, CAP_SYS_ADMIN))
		return 0;
	return process_count_user(c->uid) >= limit ? -EAGAIN : 0;
}

/* Into the tree; -EINTR when the process is being ended meanwhile. */
static int place(struct process *p, struct task *t, uint64_t flags)
{
	struct process *self = process_current();
	int err = 0;

	spin_lock(&process_lock);
	if (self->exiting || self->exec_task) {
		err = -EINTR;
	} else {
		process_attach_locked(p, t);
		if (p != self) {
			struct process *parent =
				(flags & CLONE_PARENT) && self->parent
					? self->parent
					: self;

			p->pgrp = self->pgrp;
			p->session = self->session;
			p->parent = parent;
			p->parent_tid = parent == self ? thread_current()->tid
						       : self->parent_tid;
			list_add_tail(&p->sibling, &parent->children);
			process_get(p); /* the tree's */
		}
	}
	spin_unlock(&process_lock);
	return err;
}

static long start(struct task *t, const struct fork_request *rq)
{
	struct vfork_wait wait = { .done = false };
	int tid = t->thread.tid, err = 0;

	if (rq->flags & CLONE_PARENT_SETTID)
		err = arch_put_user32(rq->parent_tid, (uint32_t)tid);
	(void)err; /* as Linux: the child lives all the same */
	if (!(rq->flags & CLONE_VFORK)) {
		thread_start(&t->thread);
		return tid;
	}
	waitq_init(&wait.waitq);
	t->vfork = &wait;
	thread_start(&t->thread);
	waitq_wait(&wait.waitq, READ_ONCE(wait.done));
	/* The waker may still be inside the queue's lock. */
	spin_lock(&wait.waitq.lock);
	spin_unlock(&wait.waitq.lock);
	return tid;
}

void process_vfork_done(struct task *t)
{
	struct vfork_wait *w = t->vfork;
	struct wait_entry *e;
	unsigned long flags;

	if (!w)
		return;
	t->vfork = NULL;
	flags = spin_lock_irqsave(&w->waitq.lock);
	w->done = true;
	list_for_each (e, &w->waitq.entries, node)
		e->wake(e, ~0u);
	spin_unlock_irqrestore(&w->waitq.lock, flags);
}

long fork_process(const struct frame *f, const struct fork_request *rq)
{
	struct process *self = process_current(), *p = self;
	struct pidfd_slot pidfd = { .file = NULL };
	struct task *t;
	long err = check_flags(rq->flags);

	if (!err)
		err = check_limit();
	if (err)
		return err;
	if (rq->flags & CLONE_THREAD) {
		process_get(p);
	} else {
		p = process_create(self, rq->flags & CLONE_SIGHAND);
		if (!p)
			return -ENOMEM;
		inherit(p, self);
		if (rq->flags & CLONE_CLEAR_SIGHAND)
			signal_reset_for_exec(p);
		/* A sibling ends as its maker would, not as that one likes. */
		p->exit_signal = rq->flags & CLONE_PARENT ? self->exit_signal
							  : rq->exit_signal;
	}
	err = make_child(p, f, rq, &t);
	if (!err) {
		err = rq->flags & CLONE_PIDFD
			      ? pidfd_reserve(p, rq->pidfd, &pidfd)
			      : 0;
		if (!err) {
			err = place(p, t, rq->flags);
			pidfd_settle(&pidfd, !err);
		}
		if (err) {
			process_id_free(t->thread.tid);
			drop_child(t);
		}
	}
	if (!err && p != self)
		cpulimit_update(p);
	process_put(p);
	return err ? err : start(t, rq);
}
