/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of memory: the process that holds most of it dies, and one line says so.
 * Nobody is chosen while an earlier victim is still on its way out.
 */
#include "core/entry.h"
#include "core/print.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "vm/vmspace.h"

static uint64_t resident_pages(struct process *p)
{
	struct vmspace *vs = process_vmspace(p);
	uint64_t n = 0;

	if (vs) {
		n = atomic_long_load(&vs->anon_pages) +
		    atomic_long_load(&vs->file_pages) +
		    atomic_long_load(&vs->table_pages);
		vmspace_put_user(vs);
	}
	return n;
}

static struct process *pick(uint64_t *most)
{
	struct process *victim = NULL, *p;

	*most = 0;
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		uint64_t pages = resident_pages(p);

		if (pages > *most) {
			*most = pages;
			if (victim)
				process_put(victim);
			victim = p;
		} else {
			process_put(p);
		}
	}
	return victim;
}

static void kill(struct process *victim, uint64_t pages)
{
	struct signal_info info = { .signo = SIGKILL, .code = SI_KERNEL };
	struct task *t = process_any_task(victim);

	if (!t)
		return;
	if (!(atomic32_load(&t->thread.work) & WORK_KILLED))
		print("out of memory: killed process %d (%s), %llu kB\n",
		      victim->pid, t->thread.name,
		      (unsigned long long)pages * (PAGE_SIZE / 1024));
	thread_put(&t->thread);
	if (signal_send_process(victim, &info))
		return; /* SIGKILL needs no memory */
}

bool oom_kill(void)
{
	uint64_t pages;
	struct process *victim = pick(&pages);
	bool self;

	if (!victim)
		return false;
	kill(victim, pages);
	self = victim == process_current();
	process_put(victim);
	/* Whoever is killed must give up, not wait for itself. */
	return !self;
}
