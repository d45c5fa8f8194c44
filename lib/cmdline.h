/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's command line: words between blanks, `key=value` or `flag`.
 *
 * Double quotes keep blanks together: key="a b" or "key=a b"; they are not
 * part of key or value.  Nothing is copied: keys and values are slices of the
 * line and not terminated.  The line is not trusted; any bytes parse to
 * something.  A word "--" comes as a flag of that name: what follows is the
 * first program's.
 */
#pragma once

#include "lib/types.h"

struct cmdline_arg {
	const char *key;
	size_t key_len;
	const char *value; /* NULL for a flag; may be empty */
	size_t value_len;
};

/* The next word at *POS (the line at first), false at the end. */
bool cmdline_next(const char **pos, struct cmdline_arg *arg);

/* The last argument of that key before "--"; false when there is none. */
bool cmdline_find(const char *line, const char *key, struct cmdline_arg *arg);

/* Is KEY there as a flag, or with a value other than 0, n, no and off? */
bool cmdline_flag(const char *line, const char *key);

/* Is the key of ARG this one? */
bool cmdline_is(const struct cmdline_arg *arg, const char *key);

/*
 * A number at S of LEN bytes: decimal, 0x or 0 octal, with K M G T P behind it
 * for powers of 1024.  Returns the bytes consumed, 0 when there is no number
 * or it does not fit 64 bits: 1G@0x1000 gives 2, and the rest is the caller's.
 */
size_t cmdline_parse_size(const char *s, size_t len, uint64_t *out);

/* KEY's whole value as such a number; false, and *OUT kept, if not. */
bool cmdline_size(const char *line, const char *key, uint64_t *out);
