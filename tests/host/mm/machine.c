/* SPDX-License-Identifier: BSD-2-Clause */
/* See machine.h. */
#define _GNU_SOURCE
#include "machine.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/mmu.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/ipi.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/print.h"
#include "core/spinlock.h"
#include "mm/kmalloc.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/slab_priv.h"
#include "mm/vmap.h"

#define PANIC_STATUS 99
#define VMAP_PAGES   (HOST_VMAP_SIZE / PAGE_SIZE)

struct boot_info boot_info;
unsigned cpu_count = 1;
static unsigned long offsets[MACHINE_CPUS];
unsigned long *percpu_offset = offsets;
__thread unsigned host_cpu;
__thread unsigned long host_offset;
__thread uint32_t host_preempt = PREEMPT_NO_RESCHED;
__thread bool host_irq_on = true;
char *host_ram, *host_vmap;
unsigned machine_reclaims, machine_ooms;
bool (*machine_oom)(void);
size_t (*machine_reclaim)(size_t want);

static int ram_file, panic_pipe = -1;
static paddr_t vmap_pa[VMAP_PAGES];    /* 0: not mapped */
static paddr_t vmap_stale[VMAP_PAGES]; /* unmapped and not yet flushed */
static bool vmap_table[HOST_VMAP_SIZE / ARCH_PT_REGION];

void machine_region(paddr_t base, uint64_t size, enum boot_region_type type)
{
	boot_info.region[boot_info.region_count++] =
		(struct boot_region){ base, size, type };
}

/* Room that is aligned as well as the kernel's direct map. */
static char *addresses(size_t size)
{
	void *at = mmap(NULL, size + HOST_VMAP_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		abort();
	return (char *)ALIGN_UP((uintptr_t)at, HOST_VMAP_SIZE);
}

void machine_start(void)
{
	void *at;

	ram_file = memfd_create("ram", 0);
	if (ram_file < 0 || ftruncate(ram_file, HOST_RAM_SPAN) != 0)
		abort();
	host_ram = addresses(HOST_RAM_SPAN);
	host_vmap = addresses(HOST_VMAP_SIZE);
	at = mmap(host_ram, HOST_RAM_SPAN, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_FIXED | MAP_NORESERVE, ram_file, 0);
	if (at == MAP_FAILED)
		abort();
	boot_info.kernel_base = 1 << 20;
	boot_info.kernel_end = 2 << 20;
	memblock_init();
	page_init();
	kmalloc_init();
	vmap_init();
}

bool machine_run(void (*fn)(void), const char *expect)
{
	char text[512] = "";
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		panic_pipe = fds[1];
		fn();
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (n > 0 && !(expect && strstr(text, expect)))
		fprintf(stderr, "panic: %s\n", text);
	if (expect)
		return WIFEXITED(status) &&
		       WEXITSTATUS(status) == PANIC_STATUS &&
		       strstr(text, expect);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void panic(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (panic_pipe < 0 || write(panic_pipe, text, (size_t)n) != n)
		fprintf(stderr, "panic: %s\n", text);
	_exit(PANIC_STATUS);
}

void print(const char *fmt, ...)
{
	va_list ap;

	if (!getenv("MM_VERBOSE"))
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The per-CPU section; mm.mk gives it a name that ld makes bounds for. */
extern char __start_percpu[], __stop_percpu[];

struct cpu_start {
	unsigned cpu;
	void (*fn)(unsigned cpu);
};

static void *cpu_main(void *arg)
{
	struct cpu_start *s = arg;

	host_cpu = s->cpu;
	host_offset = offsets[s->cpu];
	if (slab_cpu_init(s->cpu) != 0)
		panic("no memory for a CPU");
	s->fn(s->cpu);
	vmap_reclaim();
	slab_reclaim();
	return NULL;
}

static char *template; /* the per-CPU section as it was linked */

__attribute__((constructor)) static void keep_template(void)
{
	size_t size = (size_t)(__stop_percpu - __start_percpu);

	template = malloc(size);
	if (!template)
		abort();
	memcpy(template, __start_percpu, size);
}

void machine_cpus(unsigned count, void (*fn)(unsigned cpu))
{
	size_t size = (size_t)(__stop_percpu - __start_percpu);
	struct cpu_start start[MACHINE_CPUS];
	pthread_t thread[MACHINE_CPUS];

	BUG_ON(count > MACHINE_CPUS);
	for (unsigned i = 1; i < count; i++) {
		char *copy = aligned_alloc(64, ALIGN_UP(size, (size_t)64));

		memcpy(copy, template, size);
		offsets[i] = (uintptr_t)copy - (uintptr_t)__start_percpu;
	}
	cpu_count = count;
	for (unsigned i = 1; i < count; i++) {
		start[i] = (struct cpu_start){ i, fn };
		if (pthread_create(&thread[i], NULL, cpu_main, &start[i]) != 0)
			abort();
	}
	fn(0);
	for (unsigned i = 1; i < count; i++)
		pthread_join(thread[i], NULL);
}

void machine_irq_enter(void)
{
	host_irq_on = false;
	host_preempt += PREEMPT_IRQ_UNIT;
}

void machine_irq_exit(void)
{
	host_preempt -= PREEMPT_IRQ_UNIT;
	host_irq_on = true;
}

size_t mm_reclaim(size_t want_pages, bool may_sleep)
{
	BUG_ON(preempt_atomic());
	machine_reclaims++;
	return machine_reclaim ? machine_reclaim(want_pages) : 0;
}

bool oom_kill(void)
{
	BUG_ON(preempt_atomic());
	machine_ooms++;
	return machine_oom && machine_oom();
}

void sched_preempt(void)
{
	panic("nobody wants the CPU");
}

void spin_lock_contended(struct spinlock *l, uint16_t ticket)
{
	if (cpu_count == 1)
		panic("a lock is taken twice");
	while (atomic16_load_acquire(&l->owner) != ticket)
		sched_yield();
}

/* The nesting of ranks that mm/ itself can show. */
static __thread unsigned held[8], held_count;

void spin_debug_acquire(struct spinlock *l)
{
	BUG_ON(l->rank == RANK_NONE);
	BUG_ON(host_irq_on && !preempt_in_irq() && l->rank != RANK_VMAP);
	for (unsigned i = 0; i < held_count; i++)
		BUG_ON(held[i] >= l->rank);
}

void spin_debug_acquired(struct spinlock *l)
{
	held[held_count++] = l->rank;
}

void spin_debug_release(struct spinlock *l)
{
	BUG_ON(held_count == 0 || held[held_count - 1] != l->rank);
	held_count--;
}

static size_t vmap_index(vaddr_t va)
{
	BUG_ON(va < ARCH_VMAP_BASE || va >= ARCH_VMAP_END || va % PAGE_SIZE);
	return (va - ARCH_VMAP_BASE) / PAGE_SIZE;
}

int arch_kernel_map(vaddr_t va, struct pt_entry e, struct pt_spare *spare)
{
	size_t i = vmap_index(va);
	size_t region = i * PAGE_SIZE / ARCH_PT_REGION;

	if (vmap_pa[i])
		return -EEXIST;
	BUG_ON(vmap_stale[i]);
	if (!vmap_table[region]) {
		if (spare->n == 0)
			return -ENOMEM;
		spare->n--;
		vmap_table[region] = true;
	}
	vmap_pa[i] = e.pa;
	if (mmap((void *)va, PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, ram_file, (off_t)e.pa) == MAP_FAILED)
		abort();
	return 0;
}

void arch_kernel_unmap(vaddr_t va, vaddr_t end, pt_visit *visit, void *ctx)
{
	for (; va < end; va += PAGE_SIZE) {
		size_t i = vmap_index(va);
		struct pt_entry e = { .pa = vmap_pa[i] };

		if (!e.pa)
			continue;
		vmap_pa[i] = 0;
		vmap_stale[i] = e.pa;
		if (mmap((void *)va, PAGE_SIZE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED |
				 MAP_NORESERVE,
			 -1, 0) == MAP_FAILED)
			abort();
		visit(ctx, va, e);
	}
}

void arch_tlb_flush_kernel(vaddr_t va, vaddr_t end)
{
	for (; va < end; va += PAGE_SIZE) {
		size_t i = vmap_index(va);

		/* Another CPU could still reach the page. */
		BUG_ON(vmap_stale[i] &&
		       page_of_phys(vmap_stale[i])->flags & PAGE_F_BUDDY);
		vmap_stale[i] = 0;
	}
}

bool arch_probe_write(vaddr_t dst, const void *src, size_t len)
{
	memcpy((void *)dst, src, len);
	return true;
}

bool arch_probe_read(void *dst, vaddr_t src, size_t len)
{
	if (src < ARCH_VMAP_BASE || src >= ARCH_VMAP_END ||
	    !vmap_pa[vmap_index(ALIGN_DOWN(src, PAGE_SIZE))])
		return false;
	memcpy(dst, (void *)src, len);
	return true;
}

/* One address space serves all: changing it for one changes it for all. */
void ipi_call_others(bool (*wants)(unsigned cpu, void *arg),
		     void (*fn)(void *arg), void *arg)
{
}
