/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of what a process does with each signal.  Processes share it after
 * clone with CLONE_SIGHAND; exec and the end of the last one part them.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "proc/signal.h"

static struct slab actions_slab = SLAB("signal_actions", struct signal_actions);

static struct signal_actions *copy_of(struct signal_actions *from)
{
	struct signal_actions *a = slab_alloc(&actions_slab, ALLOC_ZERO);

	if (!a)
		return NULL;
	atomic32_store(&a->refs, 1);
	spin_init(&a->lock, RANK_ACTIONS);
	if (from) {
		spin_lock(&from->lock);
		memcpy(a->action, from->action, sizeof(a->action));
		spin_unlock(&from->lock);
	}
	return a;
}

struct signal_actions *signal_actions_create(struct signal_actions *from,
					     bool share)
{
	if (!share)
		return copy_of(from);
	atomic32_inc(&from->refs);
	return from;
}

void signal_actions_put(struct signal_actions *a)
{
	if (atomic32_dec_and_test(&a->refs))
		slab_free(&actions_slab, a);
}

int signal_unshare_actions(void)
{
	struct process *p = process_current();
	struct signal_actions *old = p->actions, *own;

	if (atomic32_load(&old->refs) == 1)
		return 0;
	own = copy_of(old);
	if (!own)
		return -ENOMEM;
	spin_lock(&process_lock);
	spin_lock(&p->signal_lock);
	p->actions = own;
	spin_unlock(&p->signal_lock);
	spin_unlock(&process_lock);
	signal_actions_put(old);
	return 0;
}

struct signal_action signal_action_get(struct process *p, int sig)
{
	struct signal_action a;

	spin_lock(&p->signal_lock);
	spin_lock(&p->actions->lock);
	a = p->actions->action[sig - 1];
	spin_unlock(&p->actions->lock);
	spin_unlock(&p->signal_lock);
	return a;
}

void signal_action_set(struct process *p, int sig,
		       const struct signal_action *new,
		       struct signal_action *old)
{
	struct signal_action *a;

	spin_lock(&p->signal_lock);
	spin_lock(&p->actions->lock);
	a = &p->actions->action[sig - 1];
	*old = *a;
	if (new)
		*a = *new;
	spin_unlock(&p->actions->lock);
	spin_unlock(&p->signal_lock);
}

void signal_reset_for_exec(struct process *p)
{
	struct signal_actions *own;

	spin_lock(&p->signal_lock);
	own = p->actions;
	spin_lock(&own->lock);
	for (unsigned i = 0; i < SIGMAX; i++) {
		struct signal_action *a = &own->action[i];

		*a = (struct signal_action){
			.handler = a->handler == SIG_IGN ? SIG_IGN : SIG_DFL,
		};
	}
	spin_unlock(&own->lock);
	spin_unlock(&p->signal_lock);
}
