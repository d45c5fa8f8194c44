/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf's formats, into a sink.
 *
 * Conversions: d i u x X o c s p %; flags - 0 + # and space; width and
 * precision as numbers or *; lengths hh h l ll z j t.  All mean what C says;
 * %p prints 0x and the hexadecimal address, NULL too; %s of NULL prints
 * (null).  No floating point, no %n.  An unknown conversion is copied as it
 * stands and takes no argument.  Neither locks nor allocates; uses less than
 * 300 bytes of stack, so a panic may print.
 */
#pragma once

#include <stdarg.h>

#include "lib/types.h"

/* Gets the output in pieces, in order; S is not terminated. */
typedef void fmt_sink(void *arg, const char *s, size_t len);

/* Returns the number of bytes produced. */
size_t fmt_vformat(fmt_sink *sink, void *arg, const char *fmt, va_list ap);
size_t fmt_format(fmt_sink *sink, void *arg, const char *fmt, ...)
	printf_like(3, 4);

/*
 * Into BUF of SIZE bytes, cut if need be and terminated (unless SIZE is 0).
 * Returns what the whole text would take, without the NUL: cut if >= SIZE.
 */
size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
	printf_like(3, 4);

/* V in decimal, not terminated, at BUF of at least 20 bytes; the length. */
size_t fmt_u64(char *buf, uint64_t v);
