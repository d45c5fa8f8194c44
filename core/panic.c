/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words.  Whoever comes first speaks; a panic inside the panic only
 * ends the machine. */
#include "core/panic.h"

#include <stdarg.h>

#include "arch/atomic.h"
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/debug.h"

#include "core/backtrace.h"
#include "core/power.h"
#include "core/print.h"

bool panic_in_progress;
static struct atomic32 panics;

static noreturn void die(const struct frame *f, const char *fmt, va_list ap)
{
	struct arch_regs regs;
	uint32_t nth = atomic32_add_return(&panics, 1);

	arch_irq_disable();
	if (nth == 1) {
		WRITE_ONCE(panic_in_progress, true);
		print_break_lock();
		print("Terminating Dunlin kernel\n");
		print_args(fmt, ap);
		if (f) {
			arch_dump_frame(f);
			arch_frame_regs(f, &regs);
		} else {
			arch_regs_here(&regs);
		}
		backtrace_print(regs.pc, regs.sp, regs.fp);
	}
	if (nth <= 2)
		power_end(POWER_PANIC);
	if (nth == 3)
		arch_machine_reset();
	arch_cpu_stop();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(NULL, fmt, ap);
}

void panic_frame(const struct frame *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(f, fmt, ap);
}
