/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to user memory (arch/user.h).  STAC and CLAC stand as no-ops until
 * start-up finds that the CPU has SMAP.  Each instruction that may fault has
 * an entry in the exception table: fault address, where to go on.
 */

#define USER_END 0x00007ffffffff000

.macro PATCHED op
661:	.byte	0x0f, 0x1f, 0x00
	.pushsection .patch_sites, "a"
	.quad	661b
	.long	\op, 0
	.popsection
.endm
#define OPEN PATCHED 1
#define CLOSE PATCHED 0

.macro FIXUP at, to
	.pushsection .ex_table, "a"
	.quad	\at, \to
	.popsection
.endm

.macro FUNC name
	.balign 16
	.globl \name
	.type \name, @function
\name:
	.cfi_startproc
.endm
.macro ENDFUNC name
	.cfi_endproc
	.size \name, . - \name
.endm

/* Fails (jump to \fail) unless [\base, \base + \len) lies below USER_END. */
.macro CHECK base, len, fail
	mov	$USER_END, %rax
	mov	\base, %rcx
	add	\len, %rcx
	jc	\fail
	cmp	%rax, %rcx
	ja	\fail
.endm

	.text
	/* (dst = rdi, src = rsi, len = rdx) -> bytes not copied */
FUNC arch_copy_from_user
	CHECK %rsi, %rdx, copy_refused
	jmp	copy_bytes
ENDFUNC arch_copy_from_user

FUNC arch_copy_to_user
	CHECK %rdi, %rdx, copy_refused
copy_bytes:
	OPEN
	mov	%rdx, %rcx
	shr	$3, %rcx
1:	rep movsq
	mov	%edx, %ecx
	and	$7, %ecx
2:	rep movsb
	CLOSE
	xor	%eax, %eax
	ret
	/* A word faulted: byte by byte up to the very place. */
3:	and	$7, %edx
	lea	(%rdx,%rcx,8), %rcx
4:	rep movsb
5:	CLOSE
	mov	%rcx, %rax
	ret
	FIXUP 1b, 3b
	FIXUP 2b, 5b
	FIXUP 4b, 5b
copy_refused:
	mov	%rdx, %rax
	ret
ENDFUNC arch_copy_to_user

	/* (dst = rdi, len = rsi) -> bytes not cleared */
FUNC arch_clear_user
	mov	%rsi, %rdx
	CHECK %rdi, %rdx, copy_refused
	OPEN
	xor	%eax, %eax
	mov	%rdx, %rcx
	shr	$3, %rcx
1:	rep stosq
	mov	%edx, %ecx
	and	$7, %ecx
2:	rep stosb
	CLOSE
	ret
3:	and	$7, %edx
	lea	(%rdx,%rcx,8), %rcx
4:	rep stosb
5:	CLOSE
	mov	%rcx, %rax
	ret
	FIXUP 1b, 3b
	FIXUP 2b, 5b
	FIXUP 4b, 5b
ENDFUNC arch_clear_user

	/* (dst = rdi, src = rsi, size = rdx) -> length, size, or -EFAULT */
FUNC arch_copy_string_user
	mov	$USER_END, %r8
	xor	%ecx, %ecx
	sub	%rsi, %r8		/* bytes below the limit */
	jbe	4f
	cmp	%rdx, %r8
	cmova	%rdx, %r8
	OPEN
1:	cmp	%r8, %rcx
	jae	3f
2:	movzbl	(%rsi,%rcx), %eax
	mov	%al, (%rdi,%rcx)
	inc	%rcx
	test	%al, %al
	jnz	1b
	dec	%rcx
3:	CLOSE
	cmp	%r8, %rcx		/* ran into the limit, not the size? */
	jb	5f
	cmp	%rdx, %rcx
	jae	5f
4:	mov	$-14, %rax
	ret
5:	mov	%rcx, %rax
	ret
6:	CLOSE
	mov	$-14, %rax
	ret
	FIXUP 2b, 6b
ENDFUNC arch_copy_string_user

	/* (src = rdi, val = rsi) -> 0 or -EFAULT */
FUNC arch_get_user32
	mov	$4, %edx
	CHECK %rdi, %rdx, user32_refused
	OPEN
1:	mov	(%rdi), %edx
	CLOSE
	mov	%edx, (%rsi)
	xor	%eax, %eax
	ret
	FIXUP 1b, user32_faulted
ENDFUNC arch_get_user32

	/* (dst = rdi, val = esi) */
FUNC arch_put_user32
	mov	$4, %edx
	CHECK %rdi, %rdx, user32_refused
	OPEN
1:	mov	%esi, (%rdi)
	CLOSE
	xor	%eax, %eax
	ret
	FIXUP 1b, user32_faulted
ENDFUNC arch_put_user32

	/* (p = rdi, expect = esi, val = edx, old = rcx) */
FUNC arch_cmpxchg_user32
	mov	%rcx, %r9
	mov	$4, %r8d
	CHECK %rdi, %r8, user32_refused
	mov	%esi, %eax
	OPEN
1:	lock cmpxchg %edx, (%rdi)
	CLOSE
	mov	%eax, (%r9)
	xor	%eax, %eax
	ret
	FIXUP 1b, user32_faulted
user32_faulted:
	CLOSE
user32_refused:
	mov	$-14, %rax
	ret
ENDFUNC arch_cmpxchg_user32

	/*
	 * int fpu_save_user(at = rdi), int fpu_load_user(at = rdi): the running
	 * thread's state to and from an XSAVE area in user memory below
	 * USER_END; 0 or -EFAULT.  What a bad area makes of XRSTOR is a
	 * general protection fault, and has the same fix-up.
	 */
FUNC fpu_save_user
	mov	$-1, %eax
	mov	%eax, %edx
	OPEN
1:	xsave64	(%rdi)
	CLOSE
	xor	%eax, %eax
	ret
	FIXUP 1b, user32_faulted
ENDFUNC fpu_save_user

FUNC fpu_load_user
	mov	$-1, %eax
	mov	%eax, %edx
	OPEN
1:	xrstor64 (%rdi)
	CLOSE
	xor	%eax, %eax
	ret
	FIXUP 1b, user32_faulted
ENDFUNC fpu_load_user

	/* bool probe_copy(dst = rdi, src = rsi, len = rdx): kernel memory that
	 * may not be there. */
FUNC probe_copy
	mov	%rdx, %rcx
1:	rep movsb
	mov	$1, %eax
	ret
2:	xor	%eax, %eax
	ret
	FIXUP 1b, 2b
ENDFUNC probe_copy

	.section .note.GNU-stack, "", @progbits
