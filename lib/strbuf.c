/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text gathered in a buffer.  Everything ends in strbuf_write, the one place
 * that checks for room: once something was dropped, all that follows is
 * dropped too, so that the content stays a prefix of the text.
 */
#include "lib/strbuf.h"

#include "lib/fmt.h"
#include "lib/string.h"

void strbuf_init(struct strbuf *sb, char *data, size_t size)
{
	sb->data = data;
	sb->size = size;
	sb->len = 0;
	sb->overflow = false;
}

void strbuf_write(struct strbuf *sb, const char *p, size_t len)
{
	size_t room = sb->overflow ? 0 : sb->size - sb->len;

	if (len > room) {
		sb->overflow = true;
		len = room;
	}
	memcpy(sb->data + sb->len, p, len);
	sb->len += len;
}

void strbuf_putc(struct strbuf *sb, char c)
{
	strbuf_write(sb, &c, 1);
}

void strbuf_puts(struct strbuf *sb, const char *s)
{
	strbuf_write(sb, s, strlen(s));
}

static void sink(void *arg, const char *s, size_t len)
{
	strbuf_write(arg, s, len);
}

void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
	fmt_vformat(sink, sb, fmt, ap);
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_pad(struct strbuf *sb, size_t start, size_t column)
{
	while (!sb->overflow && sb->len - start < column)
		strbuf_putc(sb, ' ');
}

#define WORD_BITS (8 * sizeof(unsigned long))

void strbuf_bits(struct strbuf *sb, const unsigned long *set, unsigned bits)
{
	for (unsigned group = (bits + 31) / 32; group-- > 0;) {
		unsigned from = group * 32, n = MIN(bits - from, 32u);
		uint64_t v = set[from / WORD_BITS] >> from % WORD_BITS;

		v &= (1ull << n) - 1;
		strbuf_printf(sb, "%0*llx%s", (int)(n + 3) / 4,
			      (unsigned long long)v, group ? "," : "");
	}
}

static bool has_bit(const unsigned long *set, unsigned i)
{
	return set[i / WORD_BITS] >> i % WORD_BITS & 1;
}

void strbuf_bit_list(struct strbuf *sb, const unsigned long *set, unsigned bits)
{
	const char *comma = "";

	for (unsigned i = 0, end; i < bits; i = end) {
		end = i + 1;
		if (!has_bit(set, i))
			continue;
		while (end < bits && has_bit(set, end))
			end++;
		strbuf_printf(sb, "%s%u", comma, i);
		if (end - i > 1)
			strbuf_printf(sb, "-%u", end - 1);
		comma = ",";
	}
}
