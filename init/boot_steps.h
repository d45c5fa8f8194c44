/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of start-up that may sleep: process 1 before its program. */
#pragma once

/* Body of process 1: file systems, drivers, then the program that init= or
 * the usual names give. */
void boot_process_one(void *arg);

/* There is no serial port: the log is kept, and shown by nobody. */
static inline void boot_without_uart(void) {}
