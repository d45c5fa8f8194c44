/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts as controllers' drivers and core/irq.c need the CPU's part. */
#pragma once

#include "lib/types.h"

#include "impl/irq.h" /* ARCH_MESSAGE_LINE, ARCH_MESSAGE_LINES */

/* The vector that stands for an interrupt line, as controllers are told. */
unsigned arch_irq_vector(unsigned line);
/* The local controller's name for a CPU. */
uint32_t arch_irq_target(unsigned cpu);
/* The running interrupt is over: others may come.  Called with interrupts
 * off, after its handlers. */
void arch_irq_eoi(unsigned line);

/*
 * Message-signalled interrupts: a device writes `data` to `address`, and the
 * CPU that the message was made for takes the line's interrupt.  Lines come
 * from a pool of their own, from ARCH_MESSAGE_LINE on.
 */
struct arch_message {
	uint64_t address;
	uint32_t data;
};

/* A line for messages to `cpu`; 0: all are taken.  Any context. */
unsigned arch_message_alloc(unsigned cpu, struct arch_message *msg);
/* Nobody handles the line any more, and no message is sent. */
void arch_message_free(unsigned line);
