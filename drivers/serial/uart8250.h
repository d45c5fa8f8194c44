/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 serial port of PCs: the log's console, and the bytes typed there.
 *
 * Output is polled and bounded, so it works before memory exists, in any
 * context and in a panic; it takes the UART's own lock, of the highest rank.
 * Input goes by interrupt into a small ring once the driver is probed.
 */
#pragma once

#include "lib/types.h"

#define UART8250_COM1 0x3f8

/* Programs the port (115200 8N1, FIFOs on) and adds it to the log's consoles.
 * Needs nothing but port I/O.  -ENODEV: nobody answers there. */
int must_check uart8250_early_init(uint16_t port);

/* Sends text, each newline as carriage return and newline.  Any context.
 * Without a UART it does nothing. */
void uart8250_write(const char *text, size_t len);

/* Calls `received(byte)` from the interrupt for each byte that comes in, and
 * unmasks the port's interrupt.  -ENODEV: no UART; or irq_request's errors. */
int must_check uart8250_input_start(unsigned line, void (*received)(char c));
