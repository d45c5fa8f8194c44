/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of message-signalled interrupts: above the GIC's shared ones of the
 * boards that have PCI. */
#pragma once

#define ARCH_MESSAGE_LINE  176 /* the first */
#define ARCH_MESSAGE_LINES 64
