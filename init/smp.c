/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other CPUs: what each needs is allocated here, on CPU 0, so that a CPU
 * that runs lacks nothing.
 */
#include "arch/smp.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/ipi.h"
#include "core/percpu.h"
#include "core/preempt.h"
#include "core/print.h"
#include "core/timer.h"
#include "init/boot_steps.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "sched/runqueue.h"
#include "sched/thread.h"

/* Generous: the host may have other things to do than to run this CPU. */
#define KNOCK_NS   (50 * NSEC_PER_MSEC)
#define GIVE_UP_NS (5 * NSEC_PER_SEC)

struct birth {
	struct arch_smp_birth arch;
	void *percpu, *row;
	unsigned percpu_order;
};

static struct atomic32 arrived; /* the number of the CPU that runs now */

static void *map(paddr_t pa, size_t len)
{
	return vmap_phys(pa, len, false);
}

static unsigned order_of(size_t len)
{
	unsigned order = 0;

	while (PAGE_SIZE << order < len)
		order++;
	return order;
}

static void birth_free(struct birth *b)
{
	if (b->arch.idle)
		thread_put(b->arch.idle);
	if (b->arch.memory)
		page_free_virt(b->arch.memory, ARCH_SMP_MEMORY_ORDER);
	kfree(b->row);
	if (!b->percpu)
		return;
	slab_cpu_drop(b->arch.cpu);
	page_free_virt(b->percpu, b->percpu_order);
}

static void never(void *arg) {}

static bool must_check birth_make(struct birth *b, unsigned cpu, unsigned count)
{
	char name[THREAD_NAME_MAX];

	fmt_snprintf(name, sizeof(name), "idle/%u", cpu);
	*b = (struct birth){ .arch.cpu = cpu };
	b->percpu_order = order_of(percpu_size());
	b->percpu = page_alloc_virt(b->percpu_order, 0);
	if (!b->percpu)
		return false;
	b->arch.percpu = percpu_copy(b->percpu);
	percpu_offset[cpu] = b->arch.percpu;
	b->arch.memory = page_alloc_virt(ARCH_SMP_MEMORY_ORDER, ALLOC_ZERO);
	b->row = kmalloc(ipi_row_size(count), ALLOC_ZERO);
	if (!b->arch.memory || !b->row || slab_cpu_init(cpu) ||
	    thread_create(&b->arch.idle, NULL, name, never, NULL))
		return false;
	b->arch.stack_top = b->arch.idle->arch.stack_top;
	ipi_row_set(cpu, b->row);
	return true;
}

static bool wait_for(unsigned cpu, nsec_t until)
{
	while (atomic32_load_acquire(&arrived) != cpu) {
		if (clock_monotonic() > until)
			return false;
		arch_cpu_relax();
	}
	return true;
}

/* 0; -ETIMEDOUT: it will not come; -EBUSY: it is somewhere on its way, and no
 * other may be started. */
static int bring_up(struct birth *b)
{
	nsec_t now = clock_monotonic();

	arch_smp_start(&b->arch);
	if (wait_for(b->arch.cpu, now + KNOCK_NS))
		return 0;
	arch_smp_start_again(&b->arch);
	if (wait_for(b->arch.cpu, now + GIVE_UP_NS))
		return 0;
	if (arch_smp_give_up())
		return -ETIMEDOUT;
	return wait_for(b->arch.cpu, now + 2 * GIVE_UP_NS) ? 0 : -EBUSY;
}

/* False: no further CPU should be tried. */
static bool start_one(unsigned count)
{
	struct birth b;
	int err;

	if (!birth_make(&b, cpu_count, count)) {
		print("smp: no memory for CPU %u\n", cpu_count);
		birth_free(&b);
		return false;
	}
	err = bring_up(&b);
	if (err) {
		print("smp: CPU %u does not start\n", cpu_count);
		if (err == -ETIMEDOUT)
			birth_free(&b);
		return false;
	}
	WRITE_ONCE(cpu_count, cpu_count + 1);
	return true;
}

static unsigned wanted(unsigned found)
{
	uint64_t max = CPU_MAX;

	if (cmdline_flag(boot_info.cmdline, "nosmp"))
		return 1;
	if (cmdline_size(boot_info.cmdline, "maxcpus", &max) && max == 0)
		max = 1;
	return (unsigned)MIN((uint64_t)found, MIN(max, (uint64_t)CPU_MAX));
}

static bool must_check prepare(uint32_t *names, unsigned count)
{
	unsigned long *table = kmalloc(count * sizeof(*table), ALLOC_ZERO);
	void *row = kmalloc(ipi_row_size(count), ALLOC_ZERO);

	if (!table || !row) {
		kfree(table);
		kfree(row);
		return false;
	}
	percpu_use_table(table);
	ipi_row_set(0, row);
	arch_smp_names(names, count);
	return true;
}

static void start_all(uint32_t *names, unsigned found)
{
	unsigned count = wanted(found);

	if (count == 1 || !prepare(names, count)) {
		kfree(names);
		return;
	}
	while (cpu_count < count && start_one(count))
		;
	print("smp: %u of %u processors run\n", cpu_count, found);
}

void smp_init(void)
{
	const struct arch_mapper m = { map, vmap_unmap };
	uint32_t boot_name[1];
	unsigned found = arch_smp_find(&m, boot_name, 1);
	uint32_t *names;

	ipi_init();
	if (found == 1)
		return;
	names = kmalloc(found * sizeof(*names), 0);
	if (!names) {
		print("smp: no memory for the other processors\n");
		return;
	}
	start_all(names, MIN(found, arch_smp_find(&m, names, found)));
}

noreturn void kernel_secondary(void)
{
	struct thread *idle = thread_current();
	unsigned cpu = arch_cpu_id();

	arch_smp_secondary_init();
	runqueue_init_cpu(idle);
	thread_get(idle); /* it runs for ever */
	preempt_enable_no_resched();
	atomic32_store_release(&arrived, cpu);
	arch_irq_enable();
	runqueue_idle_loop();
}
