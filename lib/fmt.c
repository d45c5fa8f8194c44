/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf's formats.  A conversion is parsed into a struct spec, then turned
 * into up to three parts (prefix, zeros, body) that `put_field` pads to the
 * width.  All output goes through `put`, which counts it.
 */
#include "lib/fmt.h"

#include "lib/div.h"
#include "lib/string.h"

#define DIGITS_MAX 24 /* 22 octal digits are the most */

struct out {
	fmt_sink *sink;
	void *arg;
	size_t total;
	va_list ap;
};

struct spec {
	bool left, zero, plus, space, alt;
	bool has_precision;
	char conversion;
	uint8_t size; /* of the integer, bytes */
	unsigned width;
	unsigned precision;
};

/* What a conversion prints, without padding to the width. */
struct field {
	char prefix[2];
	uint8_t prefix_len;
	unsigned zeros;
	const char *body;
	size_t body_len;
};

static void put(struct out *o, const char *s, size_t len)
{
	o->total += len;
	if (len)
		o->sink(o->arg, s, len);
}

static void put_repeated(struct out *o, char c, size_t count)
{
	char run[16];

	memset(run, c, sizeof(run));
	for (; count > sizeof(run); count -= sizeof(run))
		put(o, run, sizeof(run));
	put(o, run, count);
}

static void put_field(struct out *o, const struct spec *sp,
		      const struct field *f)
{
	size_t len = f->prefix_len + f->zeros + f->body_len;
	size_t pad = sp->width > len ? sp->width - len : 0;

	if (!sp->left)
		put_repeated(o, ' ', pad);
	put(o, f->prefix, f->prefix_len);
	put_repeated(o, '0', f->zeros);
	put(o, f->body, f->body_len);
	if (sp->left)
		put_repeated(o, ' ', pad);
}

/* V's digits at the end of BUF; their number. */
static size_t digits(char buf[DIGITS_MAX], uint64_t v, unsigned shift,
		     bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = buf + DIGITS_MAX;

	while (v && shift) {
		*--p = set[v & ((1u << shift) - 1)];
		v >>= shift;
	}
	while (v) {
		uint32_t digit;

		v = div_u64_rem(v, 10, &digit);
		*--p = (char)('0' + digit);
	}
	return (size_t)(buf + DIGITS_MAX - p);
}

static uint64_t fetch_unsigned(struct out *o, unsigned size)
{
	if (size == sizeof(uint64_t))
		return va_arg(o->ap, uint64_t);
	if (size == sizeof(uint32_t))
		return va_arg(o->ap, uint32_t);
	return va_arg(o->ap, uint32_t) & ((1u << 8 * size) - 1);
}

/* The magnitude; the sign goes to the prefix. */
static uint64_t fetch_signed(struct out *o, const struct spec *sp,
			     struct field *f)
{
	unsigned unused_bits = 64 - 8 * sp->size;
	int64_t v = (int64_t)(fetch_unsigned(o, sp->size) << unused_bits);

	v >>= unused_bits;
	if (v < 0)
		f->prefix[f->prefix_len++] = '-';
	else if (sp->plus)
		f->prefix[f->prefix_len++] = '+';
	else if (sp->space)
		f->prefix[f->prefix_len++] = ' ';
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static void fill_zeros(const struct spec *sp, struct field *f)
{
	size_t len = f->prefix_len + f->body_len;

	if (sp->has_precision) {
		if (sp->precision > f->body_len)
			f->zeros = sp->precision - (unsigned)f->body_len;
	} else if (sp->zero && !sp->left && sp->width > len) {
		f->zeros = sp->width - (unsigned)len;
	}
}

static void put_number(struct out *o, struct spec *sp)
{
	struct field f = { .prefix_len = 0 };
	char buf[DIGITS_MAX];
	unsigned shift = 0;
	uint64_t v;

	if (sp->conversion == 'd' || sp->conversion == 'i')
		v = fetch_signed(o, sp, &f);
	else
		v = fetch_unsigned(o, sp->size);
	if (sp->conversion == 'o')
		shift = 3;
	else if (sp->conversion != 'd' && sp->conversion != 'i' &&
		 sp->conversion != 'u')
		shift = 4;

	f.body_len = digits(buf, v, shift, sp->conversion == 'X');
	f.body = buf + DIGITS_MAX - f.body_len;
	if (shift == 4 && sp->alt && (v || sp->conversion == 'p')) {
		f.prefix[0] = '0';
		f.prefix[1] = sp->conversion == 'X' ? 'X' : 'x';
		f.prefix_len = 2;
	}
	if (!v && !sp->has_precision) {
		sp->has_precision = !sp->zero || sp->left;
		sp->precision = 1;
	}
	fill_zeros(sp, &f);
	if (!f.zeros && !f.body_len && !sp->has_precision)
		f.zeros = 1;
	if (shift == 3 && sp->alt && !f.zeros)
		f.zeros = 1;
	put_field(o, sp, &f);
}

static void put_string(struct out *o, const struct spec *sp)
{
	struct field f = { .prefix_len = 0 };

	f.body = va_arg(o->ap, const char *);
	if (!f.body)
		f.body = "(null)";
	f.body_len = sp->has_precision ? strnlen(f.body, sp->precision)
				       : strlen(f.body);
	put_field(o, sp, &f);
}

static void put_char(struct out *o, const struct spec *sp)
{
	char c = (char)va_arg(o->ap, int);
	struct field f = { .body = &c, .body_len = 1 };

	put_field(o, sp, &f);
}

static bool parse_flag(struct spec *sp, char c)
{
	switch (c) {
	case '-': sp->left = true; return true;
	case '0': sp->zero = true; return true;
	case '+': sp->plus = true; return true;
	case ' ': sp->space = true; return true;
	case '#': sp->alt = true; return true;
	default: return false;
	}
}

/* A number or *; negative only from *. */
static const char *parse_count(struct out *o, const char *p, int *count)
{
	unsigned n = 0;

	if (*p == '*') {
		*count = va_arg(o->ap, int);
		return p + 1;
	}
	for (; *p >= '0' && *p <= '9'; p++) {
		if (n < 100000)
			n = n * 10 + (unsigned)(*p - '0');
	}
	*count = (int)n;
	return p;
}

static const char *parse_size(const char *p, struct spec *sp)
{
	sp->size = sizeof(int);
	switch (*p) {
	case 'h': sp->size = p[1] == 'h' ? sizeof(char) : sizeof(short); break;
	case 'l':
		sp->size = p[1] == 'l' ? sizeof(long long) : sizeof(long);
		break;
	case 'z': sp->size = sizeof(size_t); break;
	case 't': sp->size = sizeof(ptrdiff_t); break;
	case 'j': sp->size = sizeof(intmax_t); break;
	default: return p;
	}
	return p + ((p[0] == 'h' || p[0] == 'l') && p[1] == p[0] ? 2 : 1);
}

/* P is behind the %; returns what follows the conversion letter. */
static const char *parse_spec(struct out *o, const char *p, struct spec *sp)
{
	int count;

	while (parse_flag(sp, *p))
		p++;
	p = parse_count(o, p, &count);
	if (count < 0)
		sp->left = true;
	sp->width = count < 0 ? -(unsigned)count : (unsigned)count;
	if (*p == '.') {
		p = parse_count(o, p + 1, &count);
		sp->has_precision = count >= 0;
		sp->precision = sp->has_precision ? (unsigned)count : 0;
	}
	p = parse_size(p, sp);
	sp->conversion = *p;
	return *p ? p + 1 : p;
}

static void convert(struct out *o, struct spec *sp, const char *start,
		    const char *end)
{
	switch (sp->conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X': put_number(o, sp); break;
	case 'p':
		sp->size = sizeof(void *);
		sp->alt = true;
		put_number(o, sp);
		break;
	case 's': put_string(o, sp); break;
	case 'c': put_char(o, sp); break;
	case '%': put(o, "%", 1); break;
	default: put(o, start, (size_t)(end - start)); break;
	}
}

size_t fmt_vformat(fmt_sink *sink, void *arg, const char *fmt, va_list ap)
{
	struct out o = { .sink = sink, .arg = arg };

	va_copy(o.ap, ap);
	while (*fmt) {
		struct spec sp = { .left = false };
		const char *start = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		put(&o, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt;
		fmt = parse_spec(&o, fmt + 1, &sp);
		convert(&o, &sp, start, fmt);
	}
	va_end(o.ap);
	return o.total;
}

size_t fmt_format(fmt_sink *sink, void *arg, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = fmt_vformat(sink, arg, fmt, ap);
	va_end(ap);
	return n;
}

struct area {
	char *next;
	size_t room; /* without the NUL */
};

static void area_sink(void *arg, const char *s, size_t len)
{
	struct area *a = arg;
	size_t n = len < a->room ? len : a->room;

	if (!n)
		return; /* next may be NULL */
	memcpy(a->next, s, n);
	a->next += n;
	a->room -= n;
}

size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct area a = { .next = buf, .room = size ? size - 1 : 0 };
	size_t n = fmt_vformat(area_sink, &a, fmt, ap);

	if (size)
		*a.next = '\0';
	return n;
}

size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

size_t fmt_u64(char *buf, uint64_t v)
{
	char tmp[DIGITS_MAX];
	size_t n = digits(tmp, v, 0, false);

	if (!n)
		tmp[DIGITS_MAX - ++n] = '0';
	memcpy(buf, tmp + DIGITS_MAX - n, n);
	return n;
}
