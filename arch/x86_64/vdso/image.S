/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vDSO as the kernel holds it: the linked library (arch.mk makes it) between
 * arch_vdso_start and arch_vdso_end, copied into pages when the system starts.
 */
	.section .rodata, "a"
	.balign 16
	.globl arch_vdso_start, arch_vdso_end
arch_vdso_start:
	.incbin "vdso.so"
arch_vdso_end:
	.section .note.GNU-stack, "", @progbits
