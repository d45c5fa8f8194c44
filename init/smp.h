/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Brings up the other CPUs, one after the other, each with its own copy of the
 * per-CPU data, its idle thread and its tables.  One that does not come is
 * reported and left out.  maxcpus=N and nosmp bound their number.
 */
#pragma once

void smp_init(void);
