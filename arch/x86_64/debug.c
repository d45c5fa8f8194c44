/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a broken machine: registers, code bytes, memory that may not be
 * there; and ending it. */
#include "arch/debug.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/mmu.h"
#include "arch/syscall.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/fmt.h"

#include "core/print.h"
#include "impl/msr.h"

void arch_regs_here(struct arch_regs *r)
{
	__asm__ volatile("lea 1f(%%rip), %0; 1: mov %%rsp, %1; mov %%rbp, %2"
			 : "=&r"(r->pc), "=&r"(r->sp), "=&r"(r->fp));
}

void arch_frame_regs(const struct frame *f, struct arch_regs *r)
{
	r->pc = f->rip;
	r->sp = f->rsp;
	r->fp = f->rbp;
}

bool arch_probe_read(void *dst, vaddr_t src, size_t len)
{
	return src >= USER_END && probe_copy(dst, (const void *)src, len);
}

bool arch_probe_write(vaddr_t dst, const void *src, size_t len)
{
	return dst >= USER_END && probe_copy((void *)dst, src, len);
}

bool arch_is_kernel_text(unsigned long pc)
{
	return pc >= (unsigned long)kernel_text_start &&
	       pc < (unsigned long)kernel_text_end;
}

static void dump_code(const struct frame *f)
{
	char line[160];
	size_t n = 0;

	if (arch_frame_is_user(f))
		return;
	for (unsigned long a = f->rip - 16; a < f->rip + 24; a++) {
		uint8_t byte;

		if (!arch_probe_read(&byte, a, 1))
			continue;
		n += (size_t)fmt_snprintf(line + n, sizeof(line) - n,
					  a == f->rip ? "<%02x> " : "%02x ",
					  byte);
	}
	print("Code: %s\n", line);
}

void arch_dump_frame(const struct frame *f)
{
	print("vector %lu, error code %#lx, %s mode\n", f->vector, f->error,
	      arch_frame_is_user(f) ? "user" : "kernel");
	print("RIP %016lx  RSP %016lx  RFLAGS %08lx  CS %02lx  SS %02lx\n",
	      f->rip, f->rsp, f->rflags, f->cs, f->ss);
	print("RAX %016lx  RBX %016lx  RCX %016lx  RDX %016lx\n", f->rax,
	      f->rbx, f->rcx, f->rdx);
	print("RSI %016lx  RDI %016lx  RBP %016lx  R8  %016lx\n", f->rsi,
	      f->rdi, f->rbp, f->r8);
	print("R9  %016lx  R10 %016lx  R11 %016lx  R12 %016lx\n", f->r9, f->r10,
	      f->r11, f->r12);
	print("R13 %016lx  R14 %016lx  R15 %016lx\n", f->r13, f->r14, f->r15);
	print("CR0 %08lx  CR2 %016lx  CR3 %016lx  CR4 %08lx\n", cr0_read(),
	      cr2_read(), cr3_read(), cr4_read());
	dump_code(f);
}

void arch_machine_reset(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} packed no_idt = { 0, 0 };

	arch_irq_disable();
	port_write8(0xcf9, 0x06); /* PCI chipsets */
	port_write8(0x64, 0xfe);  /* keyboard controller */
	/* Neither is there: an exception with no table resets the CPU. */
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
}
