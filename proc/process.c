/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of processes and threads by id, and making and freeing them.
 *
 * Ids come from one radix tree of tasks (a process has its leader's id), so
 * thread and process ids never clash.  Look-ups run under RCU; the tree
 * changes under process_lock.
 */
#include "proc/process.h"

#include "lib/radix.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "vfs/fdtable.h"
#include "vfs/path.h"
#include "vm/vmspace.h"

#define TIMER_SLACK_NS 50000
#define PID_LIMIT      4194304
#define ID_LIMIT_LEAST 32u
#define PID_RESTART    300 /* after a wrap, small ids are left to daemons */

struct spinlock process_lock = SPINLOCK(RANK_PROCESS);
/* protected by process_lock, read under RCU: */
static struct radix_tree ids; /* of struct task */
static int last_id;
static uint32_t id_count;
static uint64_t forks;
int process_id_max = PID_LIMIT;
/* A part of memory, so that a fork bomb leaves some for its end. */
static uint32_t id_limit;

struct process *process_init;
void (*process_init_exit_hook)(int status);

static struct slab process_slab = SLAB("process", struct process);
static struct slab task_slab = SLAB("task", struct task);
static struct slab radix_slab = SLAB("pid_node", struct radix_node);

static const struct rlimit64 default_limits[RLIMIT_COUNT] = {
	[RLIMIT_CPU] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_FSIZE] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_DATA] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_STACK] = { 8 << 20, RLIM64_INFINITY },
	[RLIMIT_CORE] = { 0, RLIM64_INFINITY },
	[RLIMIT_RSS] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_NOFILE] = { 1024, 4096 },
	[RLIMIT_MEMLOCK] = { 8 << 20, 8 << 20 },
	[RLIMIT_AS] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_LOCKS] = { RLIM64_INFINITY, RLIM64_INFINITY },
	[RLIMIT_MSGQUEUE] = { 819200, 819200 },
	[RLIMIT_NICE] = { 0, 0 },
	[RLIMIT_RTPRIO] = { 0, 0 },
	[RLIMIT_RTTIME] = { RLIM64_INFINITY, RLIM64_INFINITY },
};

static void free_process(struct rcu_head *h)
{
	struct process *p = container_of(h, struct process, rcu);

	signal_queue_flush(&p->pending); /* it may come after the end */
	signal_actions_put(p->actions);
	slab_free(&process_slab, p);
}

void process_put(struct process *p)
{
	if (atomic32_dec_and_test(&p->refs))
		rcu_call(&p->rcu, free_process);
}

static void free_task(struct rcu_head *h)
{
	struct task *t = container_of(h, struct task, rcu);

	signal_queue_flush(&t->pending);
	kfree(t->fpu);
	slab_free(&task_slab, t);
}

static void release_task(struct thread *thread)
{
	struct task *t = task_of(thread);

	cred_put(t->thread.cred);
	process_put(t->process);
	rcu_call(&t->rcu, free_task);
}

static void free_node(struct rcu_head *h)
{
	slab_free(&radix_slab,
		  container_of((void *)h, struct radix_node, owner_space));
}

static_assert(sizeof(struct rcu_head) <= 2 * sizeof(uintptr_t), "owner_space");

/* Readers may still be in the nodes when `unlinked`. */
static void drain_pool(struct radix_pool *pool, bool unlinked)
{
	struct radix_node *n;

	while ((n = radix_pool_take(pool))) {
		if (unlinked)
			rcu_call((struct rcu_head *)n->owner_space, free_node);
		else
			slab_free(&radix_slab, n);
	}
}

static int fill_pool(struct radix_pool *pool)
{
	while (pool->count < pool->wanted) {
		struct radix_node *n = slab_alloc(&radix_slab, 0);

		if (!n)
			return -ENOMEM;
		radix_pool_add(pool, n);
	}
	return 0;
}

static int next_free_locked(void)
{
	int id = last_id;

	int end = READ_ONCE(process_id_max);

	for (int tries = 0; tries < end; tries++) {
		id = id + 1 < end ? id + 1 : PID_RESTART;
		if (!radix_lookup(&ids, (unsigned long)id))
			return id;
	}
	return -EAGAIN;
}

static int insert_locked(struct task *t, struct radix_pool *pool)
{
	int id = id_count < id_limit ? next_free_locked() : -EAGAIN;
	int err = id < 0 ? id : radix_insert(&ids, (unsigned long)id, t, pool);

	if (!err) {
		last_id = t->thread.tid = id;
		id_count++;
		forks++;
	}
	return err;
}

/* Kernel stacks may take an eighth of memory (as Linux has it). */
static void init_limit(struct process *first)
{
	struct page_stats s;
	uint32_t each;

	page_stats(&s);
	id_limit = (uint32_t)MIN(s.total / (8 * ARCH_STACK_SIZE / PAGE_SIZE),
				 (uint64_t)PID_LIMIT);
	id_limit = MAX(id_limit, ID_LIMIT_LEAST);
	each = id_limit / 2;
	first->limit[RLIMIT_NPROC] = (struct rlimit64){ each, each };
	first->limit[RLIMIT_SIGPENDING] = (struct rlimit64){ each, each };
}

int process_id_alloc(struct task *t)
{
	struct radix_pool pool = { 0 };
	int err;

	do {
		err = fill_pool(&pool);
		if (err)
			break;
		spin_lock(&process_lock);
		err = insert_locked(t, &pool);
		spin_unlock(&process_lock);
	} while (err == -ENOMEM);
	drain_pool(&pool, false);
	if (!err)
		thread_get(&t->thread);
	return err;
}

void process_id_free(int id)
{
	struct radix_pool freed = { 0 };
	struct task *t;

	spin_lock(&process_lock);
	t = radix_delete(&ids, (unsigned long)id, &freed);
	if (t) {
		id_count--;
		/* Signals may still be sent to a process that is gone. */
		if (t->process->leader == t)
			WRITE_ONCE(t->process->leader, NULL);
	}
	spin_unlock(&process_lock);
	drain_pool(&freed, true);
	if (t)
		thread_put(&t->thread);
}

void process_become_leader(struct task *t)
{
	struct process *p = t->process;
	struct radix_pool freed = { 0 };
	struct task *old;

	spin_lock(&process_lock);
	/* The tree's reference on t comes along, the one on old is left. */
	old = radix_replace(&ids, (unsigned long)p->pid, t);
	radix_delete(&ids, (unsigned long)t->thread.tid, &freed);
	id_count--;
	WRITE_ONCE(t->thread.tid, p->pid);
	WRITE_ONCE(p->leader, t);
	spin_unlock(&process_lock);
	drain_pool(&freed, true);
	if (old)
		thread_put(&old->thread);
}

struct process *process_create(struct process *parent, bool share_actions)
{
	struct process *p = slab_alloc(&process_slab, ALLOC_ZERO);

	if (!p)
		return NULL;
	p->actions = signal_actions_create(parent ? parent->actions : NULL,
					   share_actions);
	if (!p->actions) {
		slab_free(&process_slab, p);
		return NULL;
	}
	atomic32_store(&p->refs, 1);
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->tasks);
	waitq_init(&p->child_wait);
	waitq_init(&p->end_wait);
	waitq_init(&p->exec_wait);
	spin_init(&p->signal_lock, RANK_SIGNAL);
	signal_queue_init(&p->pending);
	p->start_time = clock_monotonic();
	p->dumpable = true;
	p->core_filter = parent ? parent->core_filter : CORE_FILTER_FIRST;
	memcpy(p->limit, parent ? parent->limit : default_limits,
	       sizeof(p->limit));
	return p;
}

int process_task_create(struct process *p, const char *name,
			void (*fn)(void *arg), void *arg, struct task **out)
{
	struct task *t = slab_alloc(&task_slab, ALLOC_ZERO);
	struct thread *thread;
	int err = -ENOMEM;

	if (!t)
		return -ENOMEM;
	t->fpu = kmalloc(arch_fpu_size(), 0);
	if (!t->fpu)
		goto free_task;
	t->thread.release = release_task;
	err = thread_create(&thread, &t->thread, name, fn, arg);
	if (err)
		goto free_fpu;
	arch_fpu_init(t->fpu);
	arch_thread_attach_user(&t->thread.arch, t->fpu);
	signal_queue_init(&t->pending);
	t->timer_slack = TIMER_SLACK_NS;
	list_init(&t->node);
	list_init(&t->pi_owned);
	process_get(p);
	t->process = p;
	t->thread.process = p;
	*out = t;
	return 0;
free_fpu:
	kfree(t->fpu);
free_task:
	slab_free(&task_slab, t);
	return err;
}

static struct task *lookup(int id)
{
	return id > 0 ? radix_lookup(&ids, (unsigned long)id) : NULL;
}

struct task *task_find_rcu(int tid)
{
	return lookup(tid);
}

struct process *process_find(int pid)
{
	struct process *p = NULL;
	struct task *t;

	if (pid == 0) {
		process_get(process_current());
		return process_current();
	}
	rcu_read_lock();
	t = lookup(pid);
	if (t && t->process->pid == pid &&
	    atomic32_inc_not_zero(&t->process->refs))
		p = t->process;
	rcu_read_unlock();
	return p;
}

struct process *process_next(int *pid)
{
	struct process *p = NULL;
	unsigned long id = *pid > 0 ? (unsigned long)*pid : 1;
	struct task *t;

	rcu_read_lock();
	for (; !p && (t = radix_next(&ids, &id)); id++) {
		if (t->process->pid == (int)id &&
		    atomic32_inc_not_zero(&t->process->refs)) {
			p = t->process;
			*pid = (int)id;
		}
	}
	rcu_read_unlock();
	return p;
}

struct process *process_next_locked(int *pid)
{
	unsigned long id = (unsigned long)*pid;
	struct task *t;

	assert_held(&process_lock);
	for (; (t = radix_next(&ids, &id)); id++) {
		if (t->process->pid == (int)id) {
			*pid = (int)id;
			return t->process;
		}
	}
	return NULL;
}

uint64_t process_forks(void)
{
	return READ_ONCE(forks);
}

uint32_t process_count_user(uint32_t uid)
{
	unsigned long id = 1;
	struct task *t;
	uint32_t n = 0;

	rcu_read_lock();
	for (; (t = radix_next(&ids, &id)); id++)
		n += t->process->uid == uid;
	rcu_read_unlock();
	return n;
}

struct task *process_any_task(struct process *p)
{
	struct task *t = NULL;

	spin_lock(&process_lock);
	if (!list_empty(&p->tasks)) {
		t = list_first_entry(&p->tasks, struct task, node);
		thread_get(&t->thread);
	}
	spin_unlock(&process_lock);
	return t;
}

struct vmspace *process_vmspace(struct process *p)
{
	struct vmspace *vs = NULL;
	struct task *t;

	/* A thread gives up its address space under the same lock. */
	spin_lock(&process_lock);
	if (!list_empty(&p->tasks)) {
		t = list_first_entry(&p->tasks, struct task, node);
		vs = t->thread.vmspace;
		if (vs)
			vmspace_get_user(vs);
	}
	spin_unlock(&process_lock);
	return vs;
}

struct fdtable *process_files(struct process *p)
{
	struct fdtable *files = NULL;
	struct task *t;

	spin_lock(&process_lock);
	if (!list_empty(&p->tasks)) {
		t = list_first_entry(&p->tasks, struct task, node);
		files = t->thread.files;
		/* exec may be about to change it. */
		if (files && !fdtable_try_share(files))
			files = NULL;
	}
	spin_unlock(&process_lock);
	return files;
}

struct fs_context *process_fs(struct process *p)
{
	struct fs_context *fs = NULL;
	struct task *t;

	spin_lock(&process_lock);
	if (!list_empty(&p->tasks)) {
		t = list_first_entry(&p->tasks, struct task, node);
		fs = t->thread.fs;
		if (fs)
			path_context_get(fs);
	}
	spin_unlock(&process_lock);
	return fs;
}

char process_state_letter(struct process *p)
{
	struct task *t = process_any_task(p);
	char c = 'Z';

	if (!t)
		return c;
	switch (READ_ONCE(t->thread.state)) {
	case THREAD_SLEEPING: c = 'S'; break;
	case THREAD_KILLABLE:
	case THREAD_BLOCKED: c = 'D'; break;
	case THREAD_STOPPED: c = 'T'; break;
	case THREAD_DEAD: c = 'X'; break;
	default: c = 'R'; break;
	}
	thread_put(&t->thread);
	return c;
}

nsec_t process_runtime(struct process *p)
{
	struct task *t;
	nsec_t ns;

	spin_lock(&process_lock);
	ns = p->dead_times.user + p->dead_times.system;
	list_for_each (t, &p->tasks, node)
		ns += thread_runtime(&t->thread);
	spin_unlock(&process_lock);
	return ns;
}

void process_times(struct process *p, struct thread_times *out)
{
	struct task *t;

	spin_lock(&process_lock);
	*out = p->dead_times;
	list_for_each (t, &p->tasks, node)
		thread_times_add(&t->thread, out);
	spin_unlock(&process_lock);
}

const struct process_undo_ops *process_undo_ops;

void process_attach_locked(struct process *p, struct task *t)
{
	assert_held(&process_lock);
	list_add_tail(&t->node, &p->tasks);
	p->task_count++;
	if (p->stop_signal)
		atomic32_or(&t->thread.work, WORK_SIGNAL);
	p->live_count++;
	if (!p->leader) {
		p->leader = t;
		p->pid = t->thread.tid;
	}
}

int process_start_init(void (*fn)(void *arg), void *arg)
{
	struct process *p = process_create(NULL, false);
	struct task *t;
	int err;

	if (!p)
		return -ENOMEM;
	p->unkillable = true;
	init_limit(p);
	err = process_task_create(p, "init", fn, arg, &t);
	if (err)
		goto put;
	err = process_id_alloc(t);
	if (err)
		goto put_thread;
	t->thread.cred = cred_get(&cred_root);
	spin_lock(&process_lock);
	process_attach_locked(p, t);
	p->pgrp = p->session = p->pid;
	process_init = p;
	spin_unlock(&process_lock);
	/* What the boot thread set up. */
	t->thread.files = thread_current()->files;
	t->thread.fs = thread_current()->fs;
	thread_current()->files = NULL;
	thread_current()->fs = NULL;
	thread_start(&t->thread);
	return 0;
put_thread:
	thread_put(&t->thread);
put:
	process_put(p);
	return err;
}
