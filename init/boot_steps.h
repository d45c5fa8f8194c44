/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of start-up that may sleep: process 1 before its program. */
#pragma once

/* Body of process 1: file systems, drivers, then the program that init= or
 * the usual names give. */
void boot_process_one(void *arg);

/* There is no serial port: the log is kept, and shown by nobody. */
static inline void boot_without_uart(void) {}

/*
 * Brings up the other CPUs, one after the other, each with its own copy of the
 * per-CPU data, its idle thread and its tables.  One that does not come is
 * reported and left out.  maxcpus=N and nosmp bound their number.
 */
void smp_init(void);
