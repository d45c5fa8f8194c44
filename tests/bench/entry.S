/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PVH kernel that writes the cycle counter of its first instruction to the
 * serial port, as 16 hexadecimal digits, and resets the machine.  What it
 * prints is the share of the firmware, which comes before any kernel's entry.
 */
	.section .note.pvh, "a", @note
	.long 4, 4, 18 /* lengths of name and value; XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	rdtsc
	movl	%eax, %ebx
	movl	%edx, %esi
	movl	$2, %ebp
	movl	$0x3f8, %edx
word:
	movl	$8, %ecx
digit:
	roll	$4, %esi
	movl	%esi, %eax
	andl	$15, %eax
	cmpl	$10, %eax
	jb	0f
	addl	$'a' - '0' - 10, %eax
0:	addl	$'0', %eax
	outb	%al, %dx
	decl	%ecx
	jnz	digit
	movl	%ebx, %esi
	decl	%ebp
	jnz	word
	lidt	nothing
	int3
	hlt

	.data
nothing:
	.word	0
	.long	0
