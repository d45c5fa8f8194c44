/* SPDX-License-Identifier: BSD-2-Clause */
/* What the CPU reports about user mode, turned into signals, and the work
 * that waits on the way back there. */
#include "arch/cpu.h"
#include "core/entry.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "proc/trap.h"
#include "sched/runqueue.h"
#include "vm/fault.h"

void trap_user_exception(struct frame *f, int sig, int code, uaddr_t addr)
{
	struct signal_info info = {
		.signo = sig,
		.code = code,
		.addr = addr,
	};

	signal_force(&info);
}

static void fault_signal(struct frame *f, enum fault_result why, uaddr_t addr)
{
	static const struct {
		int sig, code;
	} of[] = {
		[FAULT_NO_AREA] = { SIGSEGV, SEGV_MAPERR },
		[FAULT_PROTECTION] = { SIGSEGV, SEGV_ACCERR },
		[FAULT_BUS] = { SIGBUS, BUS_ADRERR },
		[FAULT_NO_MEMORY] = { SIGKILL, SI_KERNEL },
	};
	struct signal_info info = {
		.signo = of[why].sig,
		.code = of[why].code,
		.addr = addr,
	};

	signal_force(&info);
}

void trap_user_return(struct frame *f)
{
	arch_irq_enable();
	if (arch_need_resched())
		runqueue_schedule();
	if (atomic32_load(&thread_current()->work))
		signal_deliver(f);
	arch_irq_disable();
}

void proc_trap_init(void)
{
	fault_signal_hook = fault_signal;
}
