/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of memory: the process that holds most of it dies, and the log says so.
 * Where nobody holds much the kernel's own memory is eaten, most likely by
 * whoever asks for more: then it is that one.
 *
 * Nobody is chosen while an earlier victim is still on its way out, unless it
 * takes too long: it may wait for a lock that the one who asks has.
 */
#include "proc/oom.h"

#include "lib/div.h"

#include "core/entry.h"
#include "core/print.h"
#include "core/timer.h"
#include "mm/page.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "vm/vmspace.h"

#define PATIENCE_NS (500 * NSEC_PER_MSEC)
#define NEVER       (-1000) /* oom_score_adj */
#define MUCH        16      /* a part of memory */

static struct atomic32 choosing;
static int last_victim; /* whoever holds `choosing` */
static nsec_t last_time;

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

/* oom_score_adj is in thousandths of all memory; process 1 is never chosen. */
static uint64_t score(const struct process *p, uint64_t pages, uint64_t total)
{
	if (p == process_init)
		return 0;
	int64_t n = (int64_t)pages +
		    p->oom_score_adj * (int64_t)div_u64(total, 1000);

	return pages == 0 || p->oom_score_adj == NEVER ? 0
	       : n < 1                                 ? 1
						       : (uint64_t)n;
}

unsigned oom_score(struct process *p)
{
	struct page_stats s;
	int64_t points;

	if (p->oom_score_adj == NEVER || p == process_init)
		return 0;
	page_stats(&s);
	points = (int64_t)resident_pages(p) +
		 p->oom_score_adj * div_s64((int64_t)s.total, 1000);
	points = 1000 + div_s64(points * 1000, (int)s.total);
	return points < 0 ? 0 : (unsigned)points * 2 / 3;
}

static struct process *pick(void)
{
	struct process *victim = NULL, *p;
	struct page_stats s;
	uint64_t most = 0;

	page_stats(&s);
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		uint64_t n = resident_pages(p), points = score(p, n, s.total);

		if (points > most) {
			most = points;
			if (victim)
				process_put(victim);
			victim = p;
		} else {
			process_put(p);
		}
	}
	p = process_current();
	if (victim && most < div_u64(s.total, MUCH) &&
	    thread_current()->vmspace && p->oom_score_adj != NEVER &&
	    p != process_init) {
		process_put(victim);
		victim = p;
		process_get(p);
	}
	return victim;
}

static unsigned long kb(const struct atomic_long *pages)
{
	return (unsigned long)atomic_long_load(pages) * (PAGE_SIZE / 1024);
}

/* Who asked, and who dies of it: Linux's lines, which monitors look for. */
static void report(struct process *victim, const char *name)
{
	struct process *self = process_current();
	struct vmspace *vs = process_vmspace(victim);

	print("%s invoked oom-killer: order=0, oom_score_adj=%d\n",
	      thread_current()->name, self ? self->oom_score_adj : 0);
	if (!vs) {
		print("Out of memory: Killed process %d (%s)\n", victim->pid,
		      name);
		return;
	}
	print("Out of memory: Killed process %d (%s) total-vm:%llukB, "
	      "anon-rss:%lukB, file-rss:%lukB, shmem-rss:0kB, UID:%u "
	      "pgtables:%lukB oom_score_adj:%d\n",
	      victim->pid, name,
	      (unsigned long long)vs->total_pages * (PAGE_SIZE / 1024),
	      kb(&vs->anon_pages), kb(&vs->file_pages), victim->uid,
	      kb(&vs->table_pages), victim->oom_score_adj);
	vmspace_put_user(vs);
}

static void kill(struct process *victim)
{
	struct signal_info info = { .signo = SIGKILL, .code = SI_KERNEL };
	struct task *t = process_any_task(victim);

	if (!t)
		return;
	if (!(atomic32_load(&t->thread.work) & WORK_KILLED))
		report(victim, t->thread.name);
	thread_put(&t->thread);
	if (signal_send_process(victim, &info))
		return; /* SIGKILL needs no memory */
}

/* The last victim while it still holds memory, referenced; or NULL. */
static struct process *dying(void)
{
	struct process *p;

	if (!last_victim || clock_monotonic() - last_time > PATIENCE_NS)
		return NULL;
	p = process_find(last_victim);
	if (p && resident_pages(p) > 0)
		return p;
	if (p)
		process_put(p);
	return NULL;
}

static struct process *choose(void)
{
	struct process *victim = dying();

	if (victim)
		return victim;
	victim = pick();
	if (victim) {
		kill(victim);
		last_victim = victim->pid;
		last_time = clock_monotonic();
	}
	return victim;
}

static void wait_a_little(void)
{
	nsec_t soon = clock_monotonic() + NSEC_PER_MSEC;

	if (thread_sleep_until(soon, THREAD_KILLABLE))
		return; /* it is the caller that goes */
}

bool oom_kill(void)
{
	struct process *victim;
	bool self;

	if (atomic32_xchg(&choosing, 1)) {
		wait_a_little(); /* somebody is at it */
		return !(atomic32_load(&thread_current()->work) & WORK_KILLED);
	}
	victim = choose();
	atomic32_store(&choosing, 0);
	if (!victim)
		return false;
	self = victim == process_current();
	for (int i = 0; i < 20 && !self && resident_pages(victim) > 0; i++)
		wait_a_little();
	process_put(victim);
	/* Whoever is killed must give up, not wait for itself. */
	return !self;
}
