/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 serial port of PCs: the log's console, and a terminal's line
 * (uart_tty.c), which share it.
 *
 * The log's output is polled and bounded, so it works before memory exists,
 * in any context and in a panic; it takes the UART's own lock, of the highest
 * rank.  The terminal's bytes go through a ring each way, by interrupt.  Where
 * both have something to say, a line of the log comes between two of the
 * terminal's, or breaks one that is not finished.
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

/* Has the interrupt call news(), interrupts off, when bytes have come in, when
 * there is room again, or when everything was sent.  -ENODEV: no UART; or
 * irq_request's errors. */
int must_check uart8250_start(unsigned line, void (*news)(void));

/* Whether what comes in is taken; else it waits in the FIFO. */
void uart8250_receive(bool on);

/* Takes up to len bytes to be sent as they are and returns how many. */
size_t uart8250_send(const uint8_t *buf, size_t len);
/* The UART has taken everything that was to be sent. */
bool uart8250_idle(void);

/* Looks at the next bytes that have come; one caller at a time takes those
 * that it has used out with uart8250_drop(). */
size_t uart8250_peek(uint8_t *buf, size_t len);
void uart8250_drop(size_t n);
