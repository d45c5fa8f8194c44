/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line, cut into slices.  One pass per look-up: the line is read
 * a handful of times at boot.
 */
#include "lib/cmdline.h"

#include "lib/div.h"
#include "lib/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first byte behind the word at P; blanks in quotes belong to it. */
static const char *word_end(const char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !is_blank(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
	}
	return p;
}

/* Take a quote off the front, and one off the end if there. */
static void unquote(const char **p, size_t *len)
{
	if (!*len || **p != '"')
		return;
	++*p;
	--*len;
	if (*len && (*p)[*len - 1] == '"')
		--*len;
}

bool cmdline_next(const char **pos, struct cmdline_arg *arg)
{
	const char *p = *pos, *equals;
	size_t len;

	while (is_blank(*p))
		p++;
	*pos = word_end(p);
	len = (size_t)(*pos - p);
	if (!len)
		return false;
	unquote(&p, &len);
	equals = memchr(p, '=', len);
	arg->key = p;
	arg->key_len = equals ? (size_t)(equals - p) : len;
	arg->value = equals ? equals + 1 : NULL;
	arg->value_len = equals ? len - arg->key_len - 1 : 0;
	unquote(&arg->value, &arg->value_len);
	return true;
}

bool cmdline_is(const struct cmdline_arg *arg, const char *key)
{
	return str_equal(arg->key, arg->key_len, key);
}

bool cmdline_find(const char *line, const char *key, struct cmdline_arg *arg)
{
	struct cmdline_arg each;
	bool found = false;

	while (cmdline_next(&line, &each)) {
		if (!each.value && cmdline_is(&each, "--"))
			break;
		if (!cmdline_is(&each, key))
			continue;
		*arg = each;
		found = true;
	}
	return found;
}

bool cmdline_flag(const char *line, const char *key)
{
	static const char *const no[] = { "0", "n", "no", "off" };
	struct cmdline_arg arg;

	if (!cmdline_find(line, key, &arg))
		return false;
	for (size_t i = 0; arg.value && i < ARRAY_SIZE(no); i++) {
		if (str_equal(arg.value, arg.value_len, no[i]))
			return false;
	}
	return true;
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* The digits of that base at S; 0 when there are none or too many. */
static size_t parse_digits(const char *s, size_t len, unsigned base,
			   uint64_t *out)
{
	uint64_t most = div_u64(UINT64_MAX, base);
	size_t n;

	*out = 0;
	for (n = 0; n < len && digit_of(s[n]) < base; n++) {
		if (*out > most || *out * base > UINT64_MAX - digit_of(s[n]))
			return 0;
		*out = *out * base + digit_of(s[n]);
	}
	return n;
}

static unsigned suffix_shift(char c)
{
	static const char letters[] = "KMGTP";

	for (unsigned i = 0; letters[i]; i++) {
		if ((c & ~0x20) == letters[i])
			return (i + 1) * 10;
	}
	return 0;
}

size_t cmdline_parse_size(const char *s, size_t len, uint64_t *out)
{
	unsigned base = 10, shift;
	size_t at = 0, n;
	uint64_t v;

	if (len > 1 && s[0] == '0') {
		bool hex = (s[1] | 0x20) == 'x';

		at = hex ? 2 : 0;
		base = hex ? 16 : 8;
	}
	n = parse_digits(s + at, len - at, base, &v);
	if (!n)
		return 0;
	at += n;
	shift = at < len ? suffix_shift(s[at]) : 0;
	if (shift && v >> (64 - shift))
		return 0;
	*out = v << shift;
	return at + (shift ? 1 : 0);
}

bool cmdline_size(const char *line, const char *key, uint64_t *out)
{
	struct cmdline_arg arg;
	uint64_t v;

	if (!cmdline_find(line, key, &arg) || !arg.value || !arg.value_len ||
	    cmdline_parse_size(arg.value, arg.value_len, &v) != arg.value_len)
		return false;
	*out = v;
	return true;
}
