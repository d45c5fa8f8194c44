/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory functions with the string instructions, which are the fewest
 * instructions and, on CPUs with fast strings, the fastest. */

	.text
	.balign 16
	.globl memcpy
	.type memcpy, @function
memcpy:
	.cfi_startproc
	mov	%rdi, %rax
	mov	%rdx, %rcx
	shr	$3, %rcx
	rep movsq
	and	$7, %edx
	jz	1f
	mov	%edx, %ecx
	rep movsb
1:	ret
	.cfi_endproc
	.size memcpy, . - memcpy

	.balign 16
	.globl memset
	.type memset, @function
memset:
	.cfi_startproc
	mov	%rdi, %r8
	movzbl	%sil, %eax
	mov	$0x0101010101010101, %rcx
	imul	%rcx, %rax
	mov	%rdx, %rcx
	shr	$3, %rcx
	rep stosq
	and	$7, %edx
	jz	1f
	mov	%edx, %ecx
	rep stosb
1:	mov	%r8, %rax
	ret
	.cfi_endproc
	.size memset, . - memset

	.balign 16
	.globl memmove
	.type memmove, @function
memmove:
	.cfi_startproc
	mov	%rdi, %rax
	sub	%rsi, %rax		/* unsigned: below len = overlap */
	cmp	%rdx, %rax
	jae	memcpy
	mov	%rdi, %rax
	lea	-1(%rdi,%rdx), %rdi
	lea	-1(%rsi,%rdx), %rsi
	mov	%rdx, %rcx
	std
	rep movsb
	cld
	ret
	.cfi_endproc
	.size memmove, . - memmove

	.section .note.GNU-stack, "", @progbits
