/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the unwinder's sample needs of assembly: an entry that builds a frame
 * as an interrupt does, and an outermost function.
 */
	.text

/* sample_interrupt: as if an interrupt came upon the caller's next
 * instruction.  Pushes ss, rsp, flags, cs, rip and rbp, and goes on to
 * sample_leaf; 48 bytes in all. */
	.globl	sample_interrupt
	.type	sample_interrupt, @function
sample_interrupt:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 0
	popq	%rax
	mov	%rsp, %rcx
	pushq	$0x2b
	pushq	%rcx
	pushfq
	pushq	$0x30
	pushq	%rax
	.cfi_def_cfa rsp, 40
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	xor	%ebp, %ebp		/* must come from the frame */
	call	sample_leaf@PLT
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_same_value rbp
	popq	%rax
	addq	$16, %rsp
	popq	%rsp
	jmp	*%rax
	.cfi_endproc
	.size	sample_interrupt, . - sample_interrupt

/* sample_outermost(function): nobody called it, it says. */
	.globl	sample_outermost
	.type	sample_outermost, @function
sample_outermost:
	.cfi_startproc
	.cfi_undefined rip
	pushq	%rbp
	call	*%rdi
	popq	%rbp
	ret
	.cfi_endproc
	.size	sample_outermost, . - sample_outermost

/* sample_plain: without any call-frame information, but with a frame. */
	.globl	sample_plain
	.type	sample_plain, @function
sample_plain:
	pushq	%rbp
	mov	%rsp, %rbp
	subq	$48, %rsp
	call	*%rdi
	leave
	ret
	.skip	64, 0xcc
	.size	sample_plain, . - sample_plain

/* sample_regs(uintptr_t regs[3]): pc, sp and fp here. */
	.globl	sample_regs
	.type	sample_regs, @function
sample_regs:
	.cfi_startproc
	lea	sample_regs(%rip), %rax
	mov	%rax, (%rdi)
	mov	%rsp, 8(%rdi)
	mov	%rbp, 16(%rdi)
	push	%rdi
	.cfi_adjust_cfa_offset 8
	call	sample_walk@PLT
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	sample_regs, . - sample_regs
	.section .note.GNU-stack, "", @progbits
