/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way into the kernel and back.  Each entry builds one full struct
 * frame (impl/frame.h) on the kernel stack and calls C with its address.
 *
 * FSGSBASE lets user space set the GS base to anything, so only the privilege
 * level of the interrupted code tells whether SWAPGS is due; the vectors that
 * can hit between the two (NMI, #DB, #MC, #DF) run on their own stacks, find
 * the CPU's block at the top of that stack, and put the base back by MSR.
 */
#include "arch_offsets.h"
#include "impl/desc.h"
#include "impl/msr.h"

	.text

/* Registers of the frame from rdi down to r15; rax stores `ax`. */
.macro PUSH_REGS ax=%rax
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rdi, 0
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	pushq	%rdx
	.cfi_adjust_cfa_offset 8
	pushq	%rcx
	.cfi_adjust_cfa_offset 8
	pushq	\ax
	.cfi_adjust_cfa_offset 8
	pushq	%r8
	.cfi_adjust_cfa_offset 8
	pushq	%r9
	.cfi_adjust_cfa_offset 8
	pushq	%r10
	.cfi_adjust_cfa_offset 8
	pushq	%r11
	.cfi_adjust_cfa_offset 8
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
.endm

.macro POP_REGS
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%r11
	.cfi_adjust_cfa_offset -8
	popq	%r10
	.cfi_adjust_cfa_offset -8
	popq	%r9
	.cfi_adjust_cfa_offset -8
	popq	%r8
	.cfi_adjust_cfa_offset -8
	popq	%rax
	.cfi_adjust_cfa_offset -8
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	popq	%rdx
	.cfi_adjust_cfa_offset -8
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
.endm

/* The CFA of a frame is the interrupted stack pointer, read out of it. */
.macro FRAME_CFI offset
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, \offset
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
.endm

/* SMAP: user access is open only around copies; turned into CLAC at boot
 * where the CPU has it. */
.macro CLOSE_USER_ACCESS
661:	.byte	0x0f, 0x1f, 0x00	/* nop of three bytes */
	.pushsection .patch_sites, "a"
	.quad	661b
	.long	0, 0
	.popsection
.endm

/*
 * Stubs, 16 bytes each, one a vector: error code (the CPU's or zero), vector,
 * and on to the common part.
 */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set	v, 0
	.rept	256
	.balign 16
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	.if	v == 8 || (v >= 10 && v <= 14) || v == 17 || v == 21 || v == 29 || v == 30
	.cfi_def_cfa rsp, 48
	.else
	.cfi_def_cfa rsp, 40
	pushq	$0
	.cfi_adjust_cfa_offset 8
	.endif
	pushq	$v
	.cfi_adjust_cfa_offset 8
	.if	v == 2 || v == 8 || v == 18
	jmp	entry_paranoid
	.elseif	v == 1
	jmp	entry_debug
	.else
	jmp	entry_common
	.endif
	.cfi_endproc
	.set	v, v + 1
	.endr

	.balign 16
	.type entry_common, @function
entry_common:
	FRAME_CFI 56
	PUSH_REGS
	cld
	CLOSE_USER_ACCESS
	testb	$3, FRAME_CS(%rsp)
	jz	1f
	swapgs
1:	mov	%rsp, %rdi
	call	trap_dispatch
	.globl entry_return
entry_return:
	/* Back to where the frame says; interrupts are in any state. */
	cli
	testb	$3, FRAME_CS(%rsp)
	jz	2f
	mov	%gs:CPU_CURRENT, %rax
	cmpl	$0, THREAD_WORK(%rax)
	jne	3f
	cmpl	$0, %gs:CPU_PREEMPT	/* top bit clear: reschedule wanted */
	jns	3f
return_iret:
	swapgs
2:	POP_REGS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_adjust_cfa_offset 136
3:	mov	%rsp, %rdi
	call	trap_user_return
	jmp	entry_return
	.cfi_endproc
	.size entry_common, . - entry_common

/*
 * SYSCALL: rcx = return address, r11 = flags, interrupts off by SFMASK.
 * SYSRET is used when the frame is still that of a call; anything else (a
 * signal, sigreturn, exec) leaves by IRET with all of the frame.
 */
	.balign 16
	.globl syscall_entry
	.type syscall_entry, @function
syscall_entry:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 0
	.cfi_register rip, rcx
	swapgs
	mov	%rsp, %gs:CPU_USER_SP
	mov	%gs:CPU_KERNEL_SP, %rsp
	pushq	$SEG_USER_DS
	pushq	%gs:CPU_USER_SP
	pushq	%r11
	pushq	$SEG_USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	$256
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	PUSH_REGS
	sti
	mov	%rsp, %rdi
	call	trap_syscall
	cli
	mov	%gs:CPU_CURRENT, %rax
	cmpl	$0, THREAD_WORK(%rax)
	jne	4f
	cmpl	$0, %gs:CPU_PREEMPT
	jns	4f
	/* sigreturn's frame may well say rcx = rip, r11 = flags: those of the
	 * call that the signal came upon. */
	cmpq	$256, FRAME_VECTOR(%rsp)
	jne	return_iret
	mov	FRAME_RIP(%rsp), %rcx
	mov	FRAME_RFLAGS(%rsp), %r11
	cmp	FRAME_RCX(%rsp), %rcx
	jne	return_iret
	cmp	FRAME_R11(%rsp), %r11
	jne	return_iret
	/* A non-canonical rcx would fault in the kernel on some CPUs. */
	mov	%rcx, %rax
	shr	$47, %rax
	jnz	return_iret
	/* C kept rbx, rbp, r12 to r15; who changes them in the frame (ptrace,
	 * sigreturn, exec) does not come this way.  r11 is loaded. */
	addq	$(7 * 8), %rsp
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	(FRAME_RSP - FRAME_VECTOR)(%rsp), %rsp
	swapgs
	sysretq
4:	.cfi_def_cfa rsp, FRAME_SIZE
	mov	%rsp, %rdi
	call	trap_user_return
	mov	%gs:CPU_CURRENT, %rax
	cmpl	$0, THREAD_WORK(%rax)
	jne	4b
	cmpl	$0, %gs:CPU_PREEMPT
	jns	4b
	jmp	return_iret
	.cfi_endproc
	.size syscall_entry, . - syscall_entry

/* A new program or thread: rdi = its frame, at the top of the stack. */
	.globl arch_enter_user
	.type arch_enter_user, @function
arch_enter_user:
	FRAME_CFI FRAME_SIZE
	mov	%rdi, %rsp
	jmp	entry_return
	.cfi_endproc
	.size arch_enter_user, . - arch_enter_user

/*
 * NMI, #DF, #MC: on a stack of their own whose last 16 bytes hold the CPU's
 * block.  The GS base may be user's or kernel's; it is saved, set and put
 * back by MSR.
 */
	.balign 16
	.type entry_paranoid, @function
entry_paranoid:
	FRAME_CFI 56
	PUSH_REGS
	cld
	CLOSE_USER_ACCESS
	mov	$MSR_GS_BASE, %ecx
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, %rbx		/* kept over the call */
	mov	%rsp, %rdx
	or	$(IST_STACK_SIZE - 1), %rdx
	mov	-15(%rdx), %rax		/* the CPU's block */
	mov	%rax, %rdx
	shr	$32, %rdx
	wrmsr
	mov	%rsp, %rdi
	call	trap_dispatch
	mov	%rbx, %rax
	mov	%rbx, %rdx
	shr	$32, %rdx
	mov	$MSR_GS_BASE, %ecx
	wrmsr
	POP_REGS
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size entry_paranoid, . - entry_paranoid

/*
 * #DB: from user mode it moves to the thread's stack and goes the common way,
 * since it may raise a signal; from the kernel it stays here.
 */
	.balign 16
	.type entry_debug, @function
entry_debug:
	FRAME_CFI 56
	testb	$3, 24(%rsp)
	jz	entry_paranoid
	swapgs
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	mov	%rsp, %rax
	mov	%gs:CPU_KERNEL_SP, %rsp
	.cfi_def_cfa rax, 64
	pushq	56(%rax)		/* ss */
	pushq	48(%rax)
	pushq	40(%rax)
	pushq	32(%rax)
	pushq	24(%rax)		/* rip */
	pushq	16(%rax)		/* error */
	pushq	8(%rax)			/* vector */
	mov	(%rax), %rax
	.cfi_def_cfa rsp, 56
	swapgs				/* the common way swaps again */
	jmp	entry_common
	.cfi_endproc
	.size entry_debug, . - entry_debug

	.section .note.GNU-stack, "", @progbits
