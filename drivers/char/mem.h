/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices null, zero, full, random and urandom. */
#pragma once

/* Adds them to /dev; a failure is logged. */
void mem_init(void);
