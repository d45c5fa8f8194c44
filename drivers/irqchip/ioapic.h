/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The I/O APIC: interrupt line n of the machine (PCs call it a global system
 * interrupt) is its pin n.
 *
 * Pins are edge triggered and active high, all delivered to CPU 0.  A handler
 * must therefore leave its device with no cause pending: a line that stays
 * high makes no further edge.  Nothing has to be told at the end of an
 * interrupt but the CPU's local APIC, which the trap code does.
 */
#pragma once

#include "lib/types.h"

#define IOAPIC_ADDRESS 0xfec00000u /* where every PC has its first one */

/* Maps the controller, masks its pins, and registers it for lines 0 to its
 * last pin.  -ENODEV: none there; -ENOMEM. */
int must_check ioapic_init(paddr_t base);
