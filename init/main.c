/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole order of start-up: one line and one reason each.
 *
 * kernel_main runs on the boot stack, which becomes CPU 0's idle thread; what
 * may sleep (file systems, drivers, the first program) happens in process 1,
 * before it turns into that program.
 */
#include "arch/boot.h"
#include "arch/cpu.h"

#include "core/entry.h"
#include "core/panic.h"
#include "core/power.h"
#include "core/print.h"
#include "core/timer.h"
#include "drivers/bus/device.h"
#include "drivers/char/mem.h"
#include "drivers/irqchip/ioapic.h"
#include "drivers/irqchip/pic8259.h"
#include "drivers/power/debug_exit.h"
#include "drivers/serial/uart8250.h"
#include "drivers/timer/cmos_rtc.h"
#include "init/boot_steps.h"
#include "mm/kmalloc.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/vmap.h"
#include "proc/process.h"
#include "proc/trap.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "sched/thread.h"
#include "sched/work.h"
#include "sys/version.h"

static void *map_device(paddr_t pa, size_t len)
{
	return vmap_device(pa, len);
}

static void memory_up(void)
{
	memblock_init(); /* from boot_info: what is RAM, what is taken */
	arch_boot_paging(memblock_end(), memblock_alloc_table);
	memblock_verify(); /* is there RAM where mem= says? */
	page_init();       /* takes over from memblock */
	kmalloc_init();    /* needs pages */
	vmap_init();       /* needs kmalloc: kernel stacks, device registers */
}

static void interrupts_up(void)
{
	arch_cpu_init(); /* fault stacks before anything can interrupt */
	pic8259_init();  /* masked: its vectors must not look like faults */
	arch_irq_init(map_device); /* the CPU's own controller */
	if (ioapic_init(IOAPIC_ADDRESS))
		print("no I/O APIC: device interrupts will not work\n");
	timer_cpu_init();
	arch_time_init(); /* clock and per-CPU timer */
	clock_realtime_set(cmos_rtc_read() * NSEC_PER_SEC);
}

noreturn void kernel_main(void)
{
	if (uart8250_early_init(UART8250_COM1))
		boot_without_uart();
	debug_exit_init(); /* how a panic ends the machine */
	print("Dunlin %s, %s\n", VERSION_RELEASE, VERSION_TEXT);
	print("Command line: %s\n", boot_info.cmdline);
	memory_up();
	interrupts_up();
	thread_init(); /* this is the idle thread from here on */
	arch_irq_enable();
	rcu_init(); /* first kernel threads */
	work_start();
	smp_init(); /* the other CPUs */
	proc_trap_init();
	if (process_start_init(boot_process_one, NULL))
		panic("no memory for process 1");
	runqueue_idle_loop();
}
