/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine tells user space about its CPU. */
#pragma once

#include "lib/types.h"

struct strbuf;

uint32_t arch_hwcap(void);         /* AT_HWCAP */
uint32_t arch_hwcap2(void);        /* AT_HWCAP2 */
extern const char arch_platform[]; /* AT_PLATFORM: "x86_64" */
extern const char arch_machine[];  /* uname's machine */

/* ELF class, byte order and e_machine of this ABI's programs. */
#include "impl/elf.h"

/* Prints /proc/cpuinfo. */
void arch_cpuinfo_show(struct strbuf *sb);
