/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry by PVH (Xen's and QEMU's direct boot): 32-bit protected mode, paging
 * off, flat segments, ebx = physical address of struct hvm_start_info.
 *
 * This code runs at its physical address but is linked at -2 GiB, so it uses
 * label - KERNEL_BASE only.  The boot tables map the first GiB three times:
 * where it is (until arch_boot_paging drops it), at -2 GiB, and at the direct
 * map's base.
 */
#include "arch_offsets.h"
#include "impl/desc.h"
#include "impl/msr.h"

#define KERNEL_BASE 0xffffffff80000000
#define PHYS(x) ((x) - KERNEL_BASE)

/*
 * From 32-bit protected mode without paging to 64-bit code at \target, still
 * at its physical address.  Long mode needs PAE, a table and EFER.LME before
 * paging.  Uses eax, ebx, ecx, edx.
 */
.macro LONG_MODE target
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PHYS(boot_pml4), %eax
	mov	%eax, %cr3
	mov	$0x80000001, %eax
	cpuid
	mov	%edx, %ebx		/* bit 20: NX */
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$(EFER_LME | EFER_SCE), %eax
	bt	$20, %ebx
	jnc	661f
	or	$EFER_NXE, %eax
661:	wrmsr
	mov	$(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG), %eax
	mov	%eax, %cr0
	lgdt	PHYS(boot_gdt_ptr32)
	ljmp	$SEG_KERNEL_CS, $PHYS(\target)
.endm

/* The rest of the way: high addresses, segments; uses rax. */
.macro SEGMENTS
	lgdt	boot_gdt_ptr64(%rip)
	mov	$SEG_KERNEL_DS, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
.endm

/* GS holds the CPU's own data, at rax, from here on; uses rcx, rdx. */
.macro SET_GS
	mov	%rax, %rdx
	shr	$32, %rdx
	mov	$MSR_GS_BASE, %ecx
	wrmsr
.endm

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long pvh_start - KERNEL_BASE

	.section .text.boot, "ax"
	.code32
	.globl pvh_start
	.type pvh_start, @function
pvh_start:
	.cfi_startproc
	.cfi_undefined 16	/* rip, by number: 32-bit code */
	cli
	cld
	mov	%ebx, %ebp		/* start info */
	rdtsc
	mov	%eax, %esi
	mov	%edx, %edi		/* edi:esi = cycles at entry */

	LONG_MODE 2f
	.code64
2:	movabs	$3f, %rax		/* from the identity map up high */
	jmp	*%rax
3:	SEGMENTS
	lea	boot_stack_top(%rip), %rsp
	lea	cpu_hot(%rip), %rax
	SET_GS
	mov	%edi, %edx
	shl	$32, %rdx
	mov	%esi, %esi
	or	%rdx, %rsi		/* second argument: cycles at entry */
	mov	%ebp, %edi		/* first: start info, zero extended */
	xor	%ebp, %ebp
	call	start_pvh
	ud2
	.cfi_endproc
	.size pvh_start, . - pvh_start

/*
 * Every other CPU, from trampoline.S: 32-bit protected mode, paging off.  It
 * takes what the starting CPU has laid out for it (smp.c); a CPU that comes
 * when nobody waits any longer finds nothing and stops.
 */
	.code32
	.globl secondary_start32
	.type secondary_start32, @function
secondary_start32:
	.cfi_startproc
	.cfi_undefined 16
	LONG_MODE 2f
	.code64
2:	movabs	$3f, %rax
	jmp	*%rax
3:	SEGMENTS
	xor	%eax, %eax
	xchg	%rax, secondary_hot(%rip)
	test	%rax, %rax
	jz	4f
	/* Out of the identity map. */
	mov	secondary_root(%rip), %rcx
	mov	%rcx, %cr3
	SET_GS
	mov	secondary_stack(%rip), %rsp
	xor	%ebp, %ebp
	call	start_secondary
4:	cli
	hlt
	jmp	4b
	.cfi_endproc
	.size secondary_start32, . - secondary_start32

	.section .data.page_aligned, "aw", @progbits
	.balign 4096
	.globl boot_pml4
boot_pml4:
	.quad	PHYS(boot_pdpt_low) + 3
	.fill	255, 8, 0
	.quad	PHYS(boot_pdpt_low) + 3	/* 0xffff800000000000 */
	.fill	254, 8, 0
	.quad	PHYS(boot_pdpt_high) + 3
boot_pdpt_low:
	.quad	PHYS(boot_pd) + 3
	.fill	511, 8, 0
boot_pdpt_high:
	.fill	510, 8, 0
	.quad	PHYS(boot_pd) + 3	/* 0xffffffff80000000 */
	.quad	0
boot_pd:
	.set	i, 0
	.rept	512
	.quad	(i << 21) + 0x83
	.set	i, i + 1
	.endr

	.data
	.balign 16
	.globl boot_gdt
boot_gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff	/* 10: kernel code */
	.quad	0x00cf93000000ffff	/* 18: kernel data */
	.quad	0x00cffb000000ffff	/* 20: user 32-bit code */
	.quad	0x00cff3000000ffff	/* 28: user data */
	.quad	0x00affb000000ffff	/* 30: user 64-bit code */
	.quad	0
	.quad	0, 0			/* 40: TSS, filled by arch_cpu_init */
boot_gdt_end:
boot_gdt_ptr32:
	.word	boot_gdt_end - boot_gdt - 1
	.long	PHYS(boot_gdt)
	.balign 8
	.word	0, 0, 0
boot_gdt_ptr64:
	.word	boot_gdt_end - boot_gdt - 1
	.quad	boot_gdt

	.section .bss.page_aligned, "aw", @nobits
	.balign STACK_SIZE
	.globl boot_stack, boot_stack_top
boot_stack:
	.skip	STACK_SIZE
boot_stack_top:
	.section .note.GNU-stack, "", @progbits
