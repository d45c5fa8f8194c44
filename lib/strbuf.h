/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text gathered in a buffer of the caller's.
 *
 * What does not fit is dropped and remembered in `overflow`; what is there
 * then is a prefix of the text.  The owner of a file that prints (vfs/pseudo.h)
 * sees the flag, takes a larger buffer and prints again.  Not terminated: LEN
 * bytes at DATA.  The caller serialises.
 */
#pragma once

#include <stdarg.h>

#include "lib/types.h"

struct strbuf {
	char *data;
	size_t size;   /* bytes at data */
	size_t len;    /* bytes in use */
	bool overflow; /* something was dropped */
};

void strbuf_init(struct strbuf *sb, char *data, size_t size);
void strbuf_putc(struct strbuf *sb, char c);
void strbuf_puts(struct strbuf *sb, const char *s);
void strbuf_write(struct strbuf *sb, const char *p, size_t len);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) printf_like(2, 3);
void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap);

/* The first BITS of a set: "ff,00000001", the highest first, in groups of 32;
 * and "0,32-39". */
void strbuf_bits(struct strbuf *sb, const unsigned long *set, unsigned bits);
void strbuf_bit_list(struct strbuf *sb, const unsigned long *set,
		     unsigned bits);

/* Blanks until the text is COLUMN bytes longer than it was at START. */
void strbuf_pad(struct strbuf *sb, size_t start, size_t column);
