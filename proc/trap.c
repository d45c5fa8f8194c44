/* SPDX-License-Identifier: BSD-2-Clause */
/* What the CPU reports about user mode, turned into signals, and the work
 * that waits on the way back there. */
#include "proc/trap.h"

#include "arch/cpu.h"
#include "arch/syscall.h"

#include "core/entry.h"
#include "core/print.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/runqueue.h"
#include "vfs/file.h"
#include "vm/fault.h"

/* One line for a fault that will kill, as Linux prints it. */
static void report(const struct frame *f, const char *what, uaddr_t addr,
		   int sig)
{
	static struct ratelimit limit;
	struct process *p = process_current();

	if (p->actions->action[sig - 1].handler != SIG_DFL ||
	    !print_ratelimit(&limit))
		return;
	print("%s[%d]: %s at %#lx, ip %#lx, sp %#lx\n", thread_current()->name,
	      p->pid, what, (unsigned long)addr, arch_frame_pc(f),
	      arch_frame_sp(f));
}

void trap_user_exception(struct frame *f, int sig, int code, uaddr_t addr)
{
	struct signal_info info = {
		.signo = sig,
		.code = code,
		.addr = addr,
	};

	report(f, "exception", addr, sig);
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
	static const char *const names[] = {
		[FAULT_NO_AREA] = "nothing mapped",
		[FAULT_PROTECTION] = "access not permitted",
		[FAULT_BUS] = "no such page in the file",
		[FAULT_NO_MEMORY] = "no memory for the page",
	};
	struct signal_info info = {
		.signo = of[why].sig,
		.code = of[why].code,
		.addr = addr,
	};

	report(f, names[why], addr, info.signo);
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

/* Threads of the kernel write what they like. */
static uint64_t size_limit(void)
{
	const struct process *p = process_current();

	return p ? READ_ONCE(p->limit[RLIMIT_FSIZE].cur) : RLIM64_INFINITY;
}

void proc_trap_init(void)
{
	fault_signal_hook = fault_signal;
	file_size_limit = size_limit;
}
