/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF files that this CPU runs. */
#pragma once

#define ARCH_ELF_CLASS   2
#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */
