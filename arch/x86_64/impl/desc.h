/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segment selectors, and the vectors of the interrupt table.  Read by C and
 * by assembly.  The order of user segments is what SYSRET wants (SDM vol. 3,
 * 5.8.8): base, then data at +8, then 64-bit code at +16.
 */
#pragma once

#define SEG_KERNEL_CS 0x10
#define SEG_KERNEL_DS 0x18
#define SEG_USER32_CS 0x23
#define SEG_USER_DS   0x2b
#define SEG_USER_CS   0x33
#define SEG_TSS       0x40

#define VECTOR_DB          1
#define VECTOR_NMI         2
#define VECTOR_BP          3
#define VECTOR_UD          6
#define VECTOR_NM          7
#define VECTOR_DF          8
#define VECTOR_GP          13
#define VECTOR_PF          14
#define VECTOR_MF          16
#define VECTOR_AC          17
#define VECTOR_MC          18
#define VECTOR_XM          19
#define VECTOR_PIC         0x20 /* 16 vectors: the 8259A, masked */
#define VECTOR_IRQ         0x30 /* + interrupt line */
#define VECTOR_LAPIC_TIMER 0xf0
#define VECTOR_IPI         0xf1
#define VECTOR_LAPIC_ERROR 0xfe
#define VECTOR_SPURIOUS    0xff

/* Interrupt stacks of the TSS, by number. */
#define IST_DF         1
#define IST_NMI        2
#define IST_MC         3
#define IST_DB         4
#define IST_COUNT      4
#define IST_STACK_SIZE 8192
