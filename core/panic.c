/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words.  The CPU that comes first speaks and stops the others; a
 * panic inside the panic only ends the machine. */
#include "core/panic.h"

#include <stdarg.h>

#include "arch/atomic.h"
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/smp.h"

#include "core/backtrace.h"
#include "core/power.h"
#include "core/print.h"

bool panic_in_progress;
static struct atomic32 speaker; /* CPU + 1 */
static unsigned panics;         /* the speaker's own */

static void become_speaker(void)
{
	uint32_t me = arch_cpu_id() + 1, nobody = 0;

	if (!atomic32_cmpxchg(&speaker, &nobody, me) && nobody != me)
		arch_cpu_stop();
}

static noreturn void die(const struct frame *f, const char *fmt, va_list ap)
{
	struct arch_regs regs;
	unsigned nth;

	arch_irq_disable();
	become_speaker();
	nth = ++panics;
	if (nth == 1) {
		WRITE_ONCE(panic_in_progress, true);
		arch_smp_stop_others();
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
