/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a further CPU begins (SDM vol. 3, 8.4.4): real mode, at the page that
 * the start-up interrupt named.  smp.c copies this code to TRAMPOLINE_PHYS, so
 * it refers to itself by label differences only, and leaves by an absolute
 * address.
 */
#include "arch/x86_64/boot/trampoline.h"
#include "impl/msr.h"

#define KERNEL_BASE 0xffffffff80000000
#define HERE(label) (TRAMPOLINE_PHYS + (label) - trampoline_start)

	.section .text.boot, "ax"
	.code16
	.globl trampoline_start, trampoline_end
trampoline_start:
	.cfi_startproc
	.cfi_undefined 16
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	gdt_ptr - trampoline_start
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	/* Protected mode now, but CS still has real mode's base and size: the
	 * code up to the far jump is fetched as before, 16 bits wide. */
	ljmpl	$8, $HERE(1f)
	.code32
1:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$(secondary_start32 - KERNEL_BASE), %eax
	jmp	*%eax
	.cfi_endproc

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 8: flat code, 32 bits */
	.quad	0x00cf93000000ffff	/* 16: flat data */
gdt_ptr:
	.word	gdt_ptr - gdt - 1
	.long	HERE(gdt)
trampoline_end:
	.section .note.GNU-stack, "", @progbits
