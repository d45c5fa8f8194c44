/* SPDX-License-Identifier: BSD-2-Clause */
/* The context switch: what the C calling convention preserves, and the stack.
 * thread.c wraps it with everything else a thread owns of the CPU. */
#include "arch_offsets.h"

	.text
	.balign 16
	/* struct thread *switch_stacks(struct thread *prev, struct thread *next) */
	.globl switch_stacks
	.type switch_stacks, @function
switch_stacks:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	mov	%rsp, THREAD_SP(%rdi)
	mov	THREAD_SP(%rsi), %rsp
	mov	%rdi, %rax
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size switch_stacks, . - switch_stacks

	/* First instructions of a new thread: rax = previous thread, and from
	 * arch_thread_init r12 = function, r13 = argument. */
	.globl thread_entry
	.type thread_entry, @function
thread_entry:
	.cfi_startproc
	.cfi_undefined rip
	mov	%rax, %rdi
	call	arch_switch_finish
	call	sched_thread_begin
	mov	%r13, %rdi
	call	*%r12
	call	sched_thread_exit
	ud2
	.cfi_endproc
	.size thread_entry, . - thread_entry

	.section .note.GNU-stack, "", @progbits
