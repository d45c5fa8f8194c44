/* SPDX-License-Identifier: BSD-2-Clause */
/* See machine.h. */
#include "machine.h"

#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/x86_64/cpu_priv.h"

#include "core/entry.h"
#include "core/ipi.h"
#include "core/panic.h"
#include "core/print.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "sched/mutex.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "sched/thread.h"
#include "vm/fault.h"
#include "vm/reclaim.h"
#include "vm/vmspace.h"

#define PAGES     16384
#define TLB_SLOTS 64

static struct thread the_thread;
struct thread *host_current = &the_thread;
uint32_t host_preempt = PREEMPT_NO_RESCHED;
unsigned cpu_count = 1;
unsigned machine_fail_after;

static char *arena;
static struct page descriptors[PAGES];
struct page *page_array = descriptors, *page_zero;
static uint32_t free_pages[PAGES], free_count;
static size_t objects_in_use;
vaddr_t arch_direct_base_;
struct atomic_long page_use[PAGE_USE_COUNT];

/* What arch/x86_64/mmu.c wants of the boot code. */
struct cpu_features cpu_features = { .nx = true };
struct boot_info boot_info;
uint64_t boot_pml4[512];
char kernel_text_start[1], kernel_text_end[1], kernel_rodata_start[1],
	kernel_rodata_end[1], kernel_data_start[1], kernel_data_end[1];

/*
 * Memory.
 */

static bool fail_now(void)
{
	if (!machine_fail_after)
		return false;
	if (machine_fail_after > 1)
		machine_fail_after--;
	return machine_fail_after == 1;
}

void machine_init(void)
{
	static const struct cred *root = &cred_root;

	arena = aligned_alloc(PAGE_SIZE, PAGES * PAGE_SIZE);
	arch_direct_base_ = (vaddr_t)arena;
	ASAN_POISON_MEMORY_REGION(arena, PAGES * PAGE_SIZE);
	for (uint32_t i = PAGES - 1; i > 0; i--)
		free_pages[free_count++] = i;
	page_zero = page_alloc(0, ALLOC_ZERO);
	page_zero->flags = PAGE_F_RESERVED;
	the_thread.cred = root;
}

struct page *page_alloc(unsigned order, unsigned flags)
{
	struct page *p;

	if (order || free_count == 0 || fail_now())
		return NULL;
	p = &descriptors[free_pages[--free_count]];
	if (p->flags || atomic32_load(&p->refs))
		panic("a page in use is on the free list");
	ASAN_UNPOISON_MEMORY_REGION(arch_phys_to_virt(page_phys(p)), PAGE_SIZE);
	atomic32_store(&p->refs, 1);
	memset(arch_phys_to_virt(page_phys(p)), flags & ALLOC_ZERO ? 0 : 0xa5,
	       PAGE_SIZE);
	return p;
}

void page_put_last(struct page *p)
{
	if (p == page_zero)
		panic("the zero page is freed");
	p->flags = 0;
	free_pages[free_count++] = (uint32_t)page_number(p);
	ASAN_POISON_MEMORY_REGION(arch_phys_to_virt(page_phys(p)), PAGE_SIZE);
}

void page_free(struct page *p, unsigned order)
{
	if (atomic32_dec_and_test(&p->refs))
		page_put_last(p);
}

void page_stats(struct page_stats *s)
{
	*s = (struct page_stats){ .total = PAGES, .free = free_count };
}

size_t machine_pages(void)
{
	(void)pt_cache_drain(); /* empty tables that are kept for reuse */
	return PAGES - free_count;
}

size_t machine_objects(void)
{
	return objects_in_use;
}

void *slab_alloc(struct slab *s, unsigned flags)
{
	if (fail_now())
		return NULL;
	objects_in_use++;
	return flags & ALLOC_ZERO ? calloc(1, s->size) : malloc(s->size);
}

void slab_free(struct slab *s, void *obj)
{
	objects_in_use--;
	free(obj);
}

struct slab *const kmalloc_buckets[KMALLOC_BUCKETS] = { NULL };

void *kmalloc_bucket(struct slab *b, size_t size, unsigned flags)
{
	struct slab any = { .size = (uint32_t)size };

	return slab_alloc(&any, flags);
}

void kfree(void *p)
{
	if (p)
		slab_free(NULL, p);
}

/*
 * Threads, locks, grace periods.
 */

struct cred cred_root = { .cap_effective = ~0ull };
static struct rcu_head *waiting;

void rcu_call(struct rcu_head *h, void (*fn)(struct rcu_head *h))
{
	h->fn = fn;
	h->next = waiting;
	waiting = h;
}

void machine_quiesce(void)
{
	while (waiting) {
		struct rcu_head *h = waiting;

		waiting = h->next;
		h->fn(h);
	}
}

void rwlock_init(struct rwlock *l, enum lock_rank rank)
{
	memset(l, 0, sizeof(*l));
}

void rwlock_read(struct rwlock *l)
{
	if (l->writer || (host_preempt & PREEMPT_COUNT_MASK))
		panic("a read lock would wait for ever");
	l->readers++;
}

void rwlock_read_end(struct rwlock *l)
{
	l->readers--;
}

void rwlock_write(struct rwlock *l)
{
	if (l->writer || l->readers || (host_preempt & PREEMPT_COUNT_MASK))
		panic("a write lock would wait for ever");
	l->writer = host_current;
}

int rwlock_write_killable(struct rwlock *l)
{
	rwlock_write(l);
	return 0;
}

void rwlock_write_end(struct rwlock *l)
{
	l->writer = NULL;
}

void waitq_init(struct waitq *q)
{
	list_init(&q->entries);
}
void waitq_wake_key(struct waitq *q, unsigned n, uint32_t key) {}
void waitq_prepare(struct waitq *q, struct wait_entry *e,
		   enum thread_state state)
{
}
void waitq_finish(struct waitq *q, struct wait_entry *e) {}
int waitq_sleep(enum thread_state state, nsec_t deadline)
{
	panic("nobody would wake us");
}

void spin_lock_contended(struct spinlock *l, uint16_t ticket)
{
	panic("a spinlock is taken twice");
}
void spin_debug_acquire(struct spinlock *l) {}
void spin_debug_acquired(struct spinlock *l) {}
void spin_debug_release(struct spinlock *l) {}

void might_sleep_at(const char *file, int line)
{
	if (host_preempt & PREEMPT_COUNT_MASK)
		panic("%s:%d sleeps with preemption off", file, line);
}

void sched_preempt(void) {}

bool oom_kill(void)
{
	return false;
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	abort();
}

/*
 * The translation cache and user accesses.
 */

static struct slot {
	uaddr_t va;
	struct pt_entry e;
} tlb[TLB_SLOTS];

void arch_tlb_flush_page(uaddr_t va)
{
	struct slot *s = &tlb[(va >> PAGE_SHIFT) % TLB_SLOTS];

	if (s->va == (va & PAGE_MASK))
		s->e.prot = 0;
}

void arch_tlb_flush_user(void)
{
	memset(tlb, 0, sizeof(tlb));
}

void thread_set_pt(const struct arch_pt *pt)
{
	arch_tlb_flush_user();
}

void machine_use(struct vmspace *vs)
{
	if (vs != the_thread.vmspace)
		arch_tlb_flush_user();
	the_thread.vmspace = vs;
}

static int last_signal;

static void note_signal(struct frame *f, enum fault_result why, uaddr_t addr)
{
	last_signal = (int)why;
}

/* As a CPU does: the cached entry first, then the table, then a fault. */
static bool translate(uaddr_t va, bool write, struct slot **out)
{
	struct slot *s = &tlb[(va >> PAGE_SHIFT) % TLB_SLOTS];
	unsigned need = PROT_U | (write ? PROT_W : 0);
	bool present = true;

	*out = s;
	if (s->va != (va & PAGE_MASK) || (s->e.prot & need) != need) {
		struct pt_entry e;

		present = arch_pt_lookup(&the_thread.vmspace->pt, va, &e) &&
			  (e.prot & PROT_U);
		if (!present || (e.prot & need) != need) {
			struct fault_info info = { .addr = va,
						   .write = write,
						   .user = true,
						   .present = present };

			s->e.prot = 0;
			if (!trap_fault(NULL, &info))
				panic("a user fault was not handled");
			return false;
		}
		s->va = va & PAGE_MASK;
		s->e = e;
	}
	return true;
}

static bool access(uaddr_t va, bool write, uint32_t *v, int *why)
{
	struct slot *s;

	fault_signal_hook = note_signal;
	for (unsigned tries = 0;; tries++) {
		uint32_t *at;

		last_signal = FAULT_OK;
		if (translate(va, write, &s)) {
			at = (uint32_t *)((char *)arch_phys_to_virt(s->e.pa) +
					  (va & ~PAGE_MASK));
			if (write)
				*at = *v;
			else
				*v = *at;
			return true;
		}
		*why = last_signal;
		if (last_signal != FAULT_OK)
			return false;
		if (tries > 4)
			panic("a fault comes again and again");
	}
}

bool machine_load(uaddr_t va, uint32_t *v, int *why)
{
	return access(va, false, v, why);
}

bool machine_store(uaddr_t va, uint32_t v, int *why)
{
	return access(va, true, &v, why);
}

/* One CPU, which may hold translations of any table. */
bool runqueue_uses_pt(unsigned cpu, const struct arch_pt *pt)
{
	return true;
}

bool runqueue_drop_idle_pt(void)
{
	arch_tlb_flush_user();
	return true;
}

void ipi_call_others(bool (*wants)(unsigned cpu, void *arg),
		     void (*fn)(void *arg), void *arg)
{
}
