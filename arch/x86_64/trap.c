/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt table, and the sorting of what comes through it: page faults,
 * exceptions, interrupts.  Every vector has a stub of 16 bytes in entry.S, so
 * a gate's address is computed, not stored.
 */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/irq.h"
#include "arch/mmu.h"
#include "arch/syscall.h"
#include "arch/x86_64/cpu_priv.h"

#include "abi/signal.h"
#include "core/entry.h"
#include "core/irq.h"
#include "core/panic.h"
#include "impl/desc.h"
#include "impl/msr.h"

#define STUB_SIZE   16
#define PF_PRESENT  1u
#define PF_WRITE    2u
#define PF_RESERVED 8u
#define PF_EXEC     16u

struct gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, reserved;
};

struct fixup {
	uint64_t at, to;
};
extern const struct fixup ex_table_start[], ex_table_end[];
extern char trap_stubs[];

static struct gate idt[256] aligned(16);

static void set_gate(unsigned vector, unsigned dpl, unsigned ist)
{
	uint64_t va = (uint64_t)trap_stubs + vector * STUB_SIZE;

	idt[vector] = (struct gate){
		.offset0 = (uint16_t)va,
		.selector = SEG_KERNEL_CS,
		.ist = (uint8_t)ist,
		.type = (uint8_t)(0x8e | dpl << 5),
		.offset1 = (uint16_t)(va >> 16),
		.offset2 = (uint32_t)(va >> 32),
	};
}

void trap_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} packed idtr = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

void trap_init(void)
{
	for (unsigned v = 0; v < 256; v++)
		set_gate(v, 0, 0);
	set_gate(VECTOR_BP, 3, 0);
	set_gate(4, 3, 0); /* INTO, INT 4 */
	trap_load();
}

/* The stacks exist only once the TSS is loaded. */
void trap_set_ist(void)
{
	set_gate(VECTOR_DF, 0, IST_DF);
	set_gate(VECTOR_NMI, 0, IST_NMI);
	set_gate(VECTOR_MC, 0, IST_MC);
	set_gate(VECTOR_DB, 0, IST_DB);
}

static bool apply_fixup(struct frame *f)
{
	for (const struct fixup *x = ex_table_start; x < ex_table_end; x++) {
		if (x->at == f->rip) {
			f->rip = x->to;
			return true;
		}
	}
	return false;
}

static noreturn void kernel_fault(const struct frame *f, uaddr_t addr)
{
	const char *what = f->error & PF_EXEC    ? "executing"
			   : f->error & PF_WRITE ? "writing"
						 : "reading";

	panic_frame(f, "page fault in the kernel: %s %#lx, %s", what,
		    (unsigned long)addr,
		    f->error & PF_PRESENT ? "not permitted" : "nothing mapped");
}

static void page_fault(struct frame *f)
{
	uaddr_t addr = cr2_read();
	struct fault_info info = {
		.addr = addr,
		.write = f->error & PF_WRITE,
		.exec = f->error & PF_EXEC,
		.user = arch_frame_is_user(f),
		.present = f->error & PF_PRESENT,
	};
	bool resolved;

	if (unlikely(!info.user &&
		     (addr >= USER_END || (f->error & PF_RESERVED)))) {
		if (!apply_fixup(f))
			kernel_fault(f, addr);
		return;
	}
	/* Kernel text touches user memory at places with a fix-up only;
	 * anything else is a stray pointer, whatever is mapped there. */
	if (likely(f->rflags & RFLAGS_IF))
		arch_irq_enable();
	resolved = trap_fault(f, &info);
	arch_irq_disable();
	if (likely(resolved) || info.user)
		return;
	if (!apply_fixup(f))
		kernel_fault(f, addr);
}

struct signal_of {
	uint8_t sig, code;
	const char *name;
};

static const struct signal_of signal_of[32] = {
	[0] = { SIGFPE, FPE_INTDIV, "divide error" },
	[1] = { SIGTRAP, TRAP_TRACE, "debug" },
	[2] = { SIGSEGV, SI_KERNEL, "non-maskable interrupt" },
	[3] = { SIGTRAP, SI_KERNEL, "breakpoint" },
	[4] = { SIGSEGV, SI_KERNEL, "overflow" },
	[5] = { SIGSEGV, SI_KERNEL, "bound range exceeded" },
	[6] = { SIGILL, ILL_ILLOPN, "invalid opcode" },
	[7] = { SIGSEGV, SI_KERNEL, "no coprocessor" },
	[8] = { SIGSEGV, SI_KERNEL, "double fault" },
	[9] = { SIGFPE, SI_KERNEL, "coprocessor overrun" },
	[10] = { SIGSEGV, SI_KERNEL, "invalid TSS" },
	[11] = { SIGBUS, SI_KERNEL, "segment not present" },
	[12] = { SIGBUS, SI_KERNEL, "stack segment fault" },
	[13] = { SIGSEGV, SI_KERNEL, "general protection fault" },
	[14] = { SIGSEGV, SI_KERNEL, "page fault" },
	[16] = { SIGFPE, 0, "x87 floating-point error" },
	[17] = { SIGBUS, BUS_ADRALN, "alignment check" },
	[18] = { SIGBUS, SI_KERNEL, "machine check" },
	[19] = { SIGFPE, 0, "SIMD floating-point error" },
};

/* si_code of a floating-point error, from the exception bits that are
 * flagged and not masked (SDM vol. 1, 8.1.3 and 10.2.3). */
static int fpe_code(unsigned vector)
{
	uint16_t status, control;
	uint32_t mxcsr, raised;

	if (vector == VECTOR_MF) {
		__asm__ volatile("fnstsw %0" : "=m"(status));
		__asm__ volatile("fnstcw %0" : "=m"(control));
		raised = status & ~control;
	} else {
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7);
	}
	return raised & 1    ? FPE_FLTINV
	       : raised & 4  ? FPE_FLTDIV
	       : raised & 8  ? FPE_FLTOVF
	       : raised & 18 ? FPE_FLTUND
			     : FPE_FLTRES;
}

static void exception(struct frame *f)
{
	unsigned v = (unsigned)f->vector;
	const struct signal_of *s = &signal_of[v & 31];
	int code = s->code;

	if (!arch_frame_is_user(f)) {
		if (v == VECTOR_GP && apply_fixup(f))
			return;
		panic_frame(f, "%s in the kernel, error code %#lx",
			    s->name ? s->name : "exception", f->error);
	}
	if (v == VECTOR_MF || v == VECTOR_XM)
		code = fpe_code(v);
	arch_irq_enable();
	trap_user_exception(f, s->sig ? s->sig : SIGSEGV, code,
			    code == SI_KERNEL ? 0 : f->rip);
	arch_irq_disable();
}

static unsigned line_of(unsigned vector)
{
	return vector >= VECTOR_LAPIC_TIMER
		       ? IRQ_LOCAL_BASE + (vector - VECTOR_LAPIC_TIMER)
		       : vector - VECTOR_IRQ;
}

unsigned arch_irq_vector(unsigned line)
{
	return VECTOR_IRQ + line;
}

void trap_dispatch(struct frame *f)
{
	unsigned v = (unsigned)f->vector;

	if (likely(v == VECTOR_PF))
		page_fault(f);
	else if (v >= VECTOR_IRQ)
		trap_irq(f, line_of(v));
	else if (v == VECTOR_NMI)
		trap_nmi(f);
	else if (v == VECTOR_DF || v == VECTOR_MC)
		panic_frame(f, "%s", signal_of[v].name);
	else if ((v == VECTOR_DB || v == VECTOR_BP) && !arch_frame_is_user(f) &&
		 trap_debug(f))
		return;
	else if (v < VECTOR_PIC)
		exception(f);
	/* what is left comes from the masked 8259A: spurious */
}
