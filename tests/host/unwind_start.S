/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the text that the unwinder's tables describe begins. */
	.text
	.globl	kernel_text_start
kernel_text_start:
	.section .note.GNU-stack, "", @progbits
