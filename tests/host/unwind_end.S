/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the text that the unwinder's tables describe ends. */
	.text
	.globl	kernel_text_end
kernel_text_end:
	.section .note.GNU-stack, "", @progbits
