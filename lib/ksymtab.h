/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own function names, as tools/mktables.py packs them.
 *
 * A blob of 32-bit words and bytes in the CPU's byte order:
 *	magic, count, blocks, text_len, check, names_off
 *	blocks x { first function's offset from the text, position in names }
 *	128 x u16: where each token's letters begin; the letters; padding
 *	names: per function varint(offset - the one before in the block),
 *	length, then bytes: below 128 a letter, from 128 a token
 * KSYMTAB_BLOCK functions make a block.  Offsets rise.  An empty table has
 * count 0.  Everything is read-only; the blob is ours, but its bounds are kept
 * all the same, since this runs while the kernel is dying.
 */
#pragma once

#include "lib/types.h"

#define KSYMTAB_MAGIC    0x4d59534bu
#define KSYMTAB_BLOCK    16u
#define KSYMTAB_NAME_MAX 128u /* with NUL; longer names are cut */

struct ksymtab {
	const void *blob; /* 4-byte aligned */
	size_t size;
};

/*
 * The function that holds byte OFFSET of the text: its name into NAME, the
 * distance from its start into *INSIDE.  False when there is none.
 */
bool ksymtab_lookup(const struct ksymtab *tab, uint32_t offset,
		    char name[KSYMTAB_NAME_MAX], uint32_t *inside);

/* The offset of the function called NAME; the first, when there are more. */
bool ksymtab_find(const struct ksymtab *tab, const char *name,
		  uint32_t *offset);

/* Function number `index` in order of offsets; false: there are fewer. */
bool ksymtab_at(const struct ksymtab *tab, uint32_t index, uint32_t *offset,
		char name[KSYMTAB_NAME_MAX]);

/* How many functions there are. */
uint32_t ksymtab_count(const struct ksymtab *tab);
