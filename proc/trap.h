/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks the page-fault handler to signals; once, at boot. */
#pragma once

void proc_trap_init(void);
