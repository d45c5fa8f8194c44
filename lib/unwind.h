/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking up a kernel stack by a table made from the compiler's call-frame
 * information (tools/mktables.py).
 *
 * The table says for each range of text where the canonical frame address
 * (CFA: the stack pointer of the caller) is, and where return address and
 * frame pointer were saved.  It knows three registers: stack pointer, frame
 * pointer and the link register of CPUs that have one.  Where the table says
 * nothing (or is empty), the chain of frame pointers is followed.  Memory is
 * read by a callback that may refuse; nothing here can fault, allocate or
 * lock, and each step must move up the stack, so a walk ends.
 *
 * The blob, in the CPU's byte order:
 *	u32 magic, rules, blocks, text_len, rows_off, rows_len
 *	rules x { u8 base, u8 flags, i16 cfa, i16 ra, i16 fp }
 *	blocks x { u32 first row's offset from the text, u32 its position }
 *	rows: varint(offset - the one before in the block), varint(rule)
 * UNWIND_BLOCK rows make a block.  A row holds up to the next one.
 */
#pragma once

#include "lib/types.h"

#define UNWIND_MAGIC 0x44575755u
#define UNWIND_BLOCK 32u

enum unwind_base {
	UNWIND_BASE_NONE,     /* nothing known: try frame pointers */
	UNWIND_BASE_SP,       /* CFA = sp + cfa */
	UNWIND_BASE_FP,       /* CFA = fp + cfa */
	UNWIND_BASE_SP_DEREF, /* CFA = *(sp + cfa) */
	UNWIND_BASE_FP_DEREF, /* CFA = *(fp + cfa) */
};

#define UNWIND_FLAG_INTERRUPT 1u /* .cfi_signal_frame: a struct frame */
#define UNWIND_FLAG_END       2u /* return address undefined: outermost */
#define UNWIND_FLAG_RA_SAVED  4u /* at CFA + ra; otherwise in lr */
#define UNWIND_FLAG_FP_SAVED  8u /* at CFA + fp; otherwise unchanged */

struct unwind_rule {
	uint8_t base;
	uint8_t flags;
	int16_t cfa, ra, fp;
};

struct unwind_tables {
	uintptr_t text; /* address that offsets count from */
	size_t text_len;
	const void *blob; /* 4-byte aligned */
	size_t size;
};

struct unwind_state {
	uintptr_t pc, sp, fp;
	uintptr_t lr;  /* innermost frame only; 0 elsewhere */
	uintptr_t cfa; /* out: of the frame stepped out of */
	bool exact;    /* pc is where the CPU was, not a return address */
};

enum unwind_result {
	UNWIND_STEPPED,   /* state is the caller's now */
	UNWIND_INTERRUPT, /* entry code: a saved frame ends at cfa */
	UNWIND_END,       /* the outermost function */
	UNWIND_LOST,      /* memory refused, stack not rising, no rule */
};

/* Reads one word of the stack into *WORD; false when it cannot. */
typedef bool unwind_read(void *ctx, uintptr_t addr, uintptr_t *word);

/*
 * One step up.  At UNWIND_INTERRUPT the saved frame ends at state->cfa, fp is
 * the interrupted one, and pc and sp are as they were: the caller knows the
 * frame's layout, sets these two from it and exact to true.
 */
enum unwind_result unwind_step(const struct unwind_tables *tab,
			       struct unwind_state *state, unwind_read *read,
			       void *ctx);

/* The rule for that byte of the text; false when the table has none. */
bool unwind_find(const struct unwind_tables *tab, uint32_t offset,
		 struct unwind_rule *rule);
