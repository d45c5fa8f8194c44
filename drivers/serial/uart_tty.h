/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port as a terminal, /dev/ttyS0. */
#pragma once

/* Adds it to /dev if there is a UART; failures are logged. */
void uart_tty_init(void);
