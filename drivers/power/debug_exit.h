/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's isa-debug-exit: a port that ends the emulator with status 2n + 1 for
 * a byte n written.  There is no way to see whether it is there, so the
 * command line says where: debugexit=0xf4.
 *
 * Registers with core/power.h; n is 0 for power off, 1 for a restart, 2 after
 * a panic.
 */
#pragma once

/* Looks at the command line; does nothing without the word. */
void debug_exit_init(void);
