/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few ACPI tables that a kernel without an AML interpreter can use (ACPI
 * 6.4, chapter 5): the root pointer, the root table, the MADT.
 *
 * Everything works on bytes that the caller has mapped, trusts none of them,
 * and reads nothing past `len`.
 */
#pragma once

#include "lib/firmware.h"

#define ACPI_RSDP_LEN   36 /* as much as is looked at */
#define ACPI_HEADER_LEN 36
#define ACPI_TABLE_MAX  0x100000u /* a longer one is not believed */

/* The root pointer in [mem, mem + len), which starts on 16 bytes; its offset,
 * or -1. */
long acpi_rsdp_find(const void *mem, size_t len);

/* The root table's address from a root pointer; *wide: it is an XSDT.  0:
 * not a root pointer. */
paddr_t acpi_root(const void *rsdp, size_t len, bool *wide);

/* A table's length from its header; 0: not believable. */
size_t acpi_table_len(const void *header);
/* Whether it is that table, whole and with the right sum. */
bool acpi_table_ok(const void *table, size_t len, const char *signature);

/* The i-th table that the root table names; 0 past the end. */
paddr_t acpi_root_entry(const void *root, size_t len, bool wide, unsigned i);

/* The entries of a MADT that passed acpi_table_ok. */
void acpi_madt_visit(const void *madt, size_t len,
		     const struct firmware_visit *v);
