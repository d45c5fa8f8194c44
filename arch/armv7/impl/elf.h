/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF files that this CPU runs. */
#pragma once

#define ARCH_ELF_CLASS   1
#define ARCH_ELF_MACHINE 40 /* EM_ARM */
