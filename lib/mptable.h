/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's MultiProcessor Specification 1.4, chapter 4: processors and I/O
 * APICs of machines without ACPI.  The bytes are the caller's, and not
 * trusted.
 */
#pragma once

#include "lib/firmware.h"

#define MP_POINTER_LEN 16
#define MP_HEADER_LEN  44

/* The floating pointer in [mem, mem + len), which starts on 16 bytes; its
 * offset, or -1. */
long mptable_find(const void *mem, size_t len);
/* The configuration table's address from that pointer; 0: there is none. */
paddr_t mptable_config(const void *pointer);
/* The table's length from its header; 0: not believable. */
size_t mptable_len(const void *header);
/* All its entries; false: wrong sum, or an entry of an unknown kind (what came
 * before it was visited). */
bool mptable_visit(const void *config, size_t len,
		   const struct firmware_visit *v);
