/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two 8259A interrupt controllers of PCs, which Dunlin does not use: moved
 * out of the exceptions' way and fully masked, since a masked one can still
 * raise a spurious interrupt.
 */
#pragma once

#include "lib/types.h"

#define PIC8259_VECTOR_BASE 0x20 /* vector of IRQ 0; 16 in all */
#define PIC8259_IRQS        16

/* Remaps, masks everything, automatic end of interrupt off. */
void pic8259_init(void);

/* An interrupt came in on the vector of `irq` (0..15).  True: it was spurious
 * (told by the in-service register).  A real one is acknowledged. */
bool pic8259_spurious(unsigned irq);
