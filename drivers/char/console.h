/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/console: the serial port as a file, until terminals come.  Bytes go in
 * and out as they are, but for the carriage return that the serial line wants
 * before each newline; there are no lines, no echo and no signals.
 */
#pragma once

/* Adds it to /dev and takes the serial port's input; failures are logged. */
void console_init(void);
