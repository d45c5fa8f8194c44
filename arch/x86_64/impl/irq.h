/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of message-signalled interrupts: those with a vector between the I/O
 * APIC's pins and the CPU's own. */
#pragma once

#define ARCH_MESSAGE_LINE  120 /* the first */
#define ARCH_MESSAGE_LINES 72
