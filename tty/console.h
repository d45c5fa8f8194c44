/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/console: another name of the terminal that the last usable console= of
 * the command line gives ("console=ttyS0,115200"), else of the first one that
 * there is.  Opening it makes it nobody's controlling terminal.
 */
#pragma once

#include "lib/types.h"

/* Adds it to /dev; failures are logged. */
void console_init(void);
/* Waits until the line has taken what was written, but not for ever. */
void console_drain(nsec_t timeout);
