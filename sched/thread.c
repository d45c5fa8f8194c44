/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a thread: made, started, put to sleep, woken, ended. */
#include "sched/thread.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "sched/cred.h"
#include "sched/runqueue.h"
#include "sched/runqueue_priv.h"
#include "sched/waitq.h"

static struct slab thread_slab = SLAB("thread", struct thread);
static struct thread boot_thread = {
	.refs = { 1 },
	.cred = &cred_root,
	.name = "idle/0",
};

static void free_kernel_thread(struct thread *t)
{
	slab_free(&thread_slab, t);
}

int thread_create(struct thread **out, struct thread *embed, const char *name,
		  void (*fn)(void *arg), void *arg)
{
	struct thread *t = embed;
	void *stack;

	if (!t)
		t = slab_alloc(&thread_slab, ALLOC_ZERO);
	if (!t)
		return -ENOMEM;
	stack = vmap_stack_alloc();
	if (!stack) {
		if (!embed)
			slab_free(&thread_slab, t);
		return -ENOMEM;
	}
	t->stack = stack;
	t->state = THREAD_NEW;
	t->prio = PRIO_DEFAULT;
	t->boost = PRIO_NO_BOOST;
	t->slice_left = 0;
	t->vlocal = true;
	cpumask_fill(&t->allowed);
	t->cpu = 0;
	t->cred = &cred_root;
	t->release = embed ? t->release : free_kernel_thread;
	atomic32_store(&t->refs, 1);
	thread_set_name(t, name);
	arch_thread_init(&t->arch, (vaddr_t)stack + ARCH_STACK_SIZE, fn, arg);
	*out = t;
	return 0;
}

void thread_start(struct thread *t)
{
	thread_get(t); /* the running thread's own, put when it is dead */
	runqueue_wake(t, BIT(THREAD_NEW));
}

void sched_thread_begin(void)
{
	runqueue_finish_switch();
	preempt_enable();
}

void sched_thread_exit(void)
{
	thread_exit();
}

void thread_exit(void)
{
	runqueue_exit();
}

void thread_get(struct thread *t)
{
	atomic32_inc(&t->refs);
}

void thread_put(struct thread *t)
{
	void *stack = t->stack;

	if (!atomic32_dec_and_test(&t->refs))
		return;
	t->release(t);
	vmap_stack_free(stack);
}

bool thread_wake_states(struct thread *t, unsigned long states)
{
	return runqueue_wake(t, states);
}

void thread_give_work(struct thread *t, uint32_t work, unsigned long states)
{
	(void)atomic32_fetch_or(&t->work, work); /* a full barrier */
	if (t == thread_current() && t->state == THREAD_RUNNABLE)
		return; /* it runs, and looks on its way out */
	if (!thread_wake_states(t, states))
		runqueue_kick(t);
}

void thread_set_state(enum thread_state state)
{
	WRITE_ONCE(thread_current()->state, state);
	smp_mb(); /* against the waker's test of the state */
}

bool thread_signal_pending(const struct thread *t, enum thread_state state)
{
	uint32_t work = atomic32_load(&t->work);

	switch (state) {
	case THREAD_SLEEPING: return work & (WORK_SIGNAL | WORK_KILLED);
	case THREAD_KILLABLE: return work & WORK_KILLED;
	default: return false;
	}
}

int thread_sleep_until(nsec_t deadline, enum thread_state state)
{
	int err;

	thread_set_state(state);
	err = waitq_sleep(state, deadline);
	thread_set_state(THREAD_RUNNABLE);
	if (!err && thread_signal_pending(thread_current(), state))
		return -EINTR;
	return err == -ETIMEDOUT ? 0 : err ? -EINTR : 0;
}

void thread_set_name(struct thread *t, const char *name)
{
	str_copy(t->name, name, sizeof(t->name));
}

void thread_init(void)
{
	runqueue_init_cpu(&boot_thread);
	/* From here on preemption is possible. */
	preempt_enable_no_resched();
}
