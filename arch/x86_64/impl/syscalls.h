/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that only this CPU has; sys/syscalls.def lists them too. */
#pragma once

long sys_arch_prctl(int code, unsigned long addr);
