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
