/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/fmt against libc's snprintf, over a product of flags, widths, precisions
 * and values; lib/strbuf on top of it. */
#include <string.h>

#include "lib/fmt.h"
#include "lib/strbuf.h"

#include "test.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-overflow"

static void same(const char *fmt, ...)
{
	char ours[512], theirs[512];
	va_list ap;
	size_t n, m;

	va_start(ap, fmt);
	m = (size_t)vsnprintf(theirs, sizeof(theirs), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	n = fmt_vsnprintf(ours, sizeof(ours), fmt, ap);
	va_end(ap);
	if (n != m || strcmp(ours, theirs))
		test_fail("%s: |%s| (%zu), not |%s| (%zu)", fmt, ours, n,
			  theirs, m);
}

static const char *const flags[] = { "",   "-",  "0",  "+",  " ",  "#",
				     "-0", "+0", " 0", "#0", "-#", "+-" };
static const char *const widths[] = { "", "1", "5", "12", "40" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".7", ".30" };

static const uint64_t values[] = {
	0,          1,          7,          8,          9,          10,
	99,         127,        128,        255,        256,        32767,
	32768,      65535,      65536,      2147483647, 2147483648, 4294967295,
	4294967296, 1ull << 62, 1ull << 63, ~0ull,      ~0ull - 41,
};

static void each_value(const char *flag, const char *width, const char *prec)
{
	static const char *const narrow[] = { "hh", "h", "" };
	static const char *const wide[] = { "l", "ll", "j", "z", "t" };
	char fmt[64];

	for (const char *c = "diuxXo"; *c; c++) {
		for (size_t v = 0; v < ARRAY_SIZE(values) * 3; v++) {
			sprintf(fmt, "<%%%s%s%s%s%c>", flag, width, prec,
				narrow[v % 3], *c);
			same(fmt, (int)values[v / 3]);
		}
		for (size_t v = 0; v < ARRAY_SIZE(values) * 5; v++) {
			sprintf(fmt, "<%%%s%s%s%s%c>", flag, width, prec,
				wide[v % 5], *c);
			same(fmt, values[v / 5]);
		}
	}
}

TEST(integers)
{
	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			for (size_t p = 0; p < ARRAY_SIZE(precisions); p++)
				each_value(flags[f], widths[w], precisions[p]);
}

static void each_string(const char *left, const char *width, const char *prec)
{
	char fmt[64];

	sprintf(fmt, "<%%%s%s%ss>", left, width, prec);
	same(fmt, "");
	same(fmt, "hello");
	same(fmt, "a rather long string of letters");
}

TEST(strings_and_chars)
{
	char fmt[64];

	for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
		for (size_t p = 0; p < ARRAY_SIZE(precisions); p++) {
			each_string("", widths[w], precisions[p]);
			each_string("-", widths[w], precisions[p]);
		}
		sprintf(fmt, "<%%%sc%%-%sc>", widths[w], widths[w]);
		same(fmt, 'x', 'y');
		sprintf(fmt, "<%%%sp>", widths[w]);
		same(fmt, (void *)0x1234abcdul);
	}
	same("%% 100%% %c", 0);
	same("%*d|%-*d|%*d|%.*d|%.*d", 8, 42, 8, 42, -8, 42, 5, 42, -5, 42);
	same("%.3s|%.*s|%5.1s", "abcdef", 2, "xyz", "qr");
}

TEST(ours)
{
	const char *odd = "a %q b %";
	char buf[64], four[4] = "zzz";

	CHECK_EQ(fmt_snprintf(buf, sizeof(buf), "%s", (char *)NULL), 6);
	CHECK(!strcmp(buf, "(null)"));
	CHECK_EQ(fmt_snprintf(buf, sizeof(buf), "%p", NULL), 3);
	CHECK(!strcmp(buf, "0x0"));
	CHECK_EQ(fmt_snprintf(four, sizeof(four), "%d", 123456), 6);
	CHECK(!strcmp(four, "123"));
	CHECK_EQ(fmt_snprintf(NULL, 0, "%s!", "abc"), 4);
	CHECK_EQ(fmt_snprintf(buf, sizeof(buf), odd), 8);
	CHECK(!strcmp(buf, odd));
}

TEST(u64)
{
	char ours[20], theirs[32];

	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		size_t n = fmt_u64(ours, values[v]);

		sprintf(theirs, "%" PRIu64, values[v]);
		CHECK(n == strlen(theirs) && !memcmp(ours, theirs, n));
	}
}

TEST(strbuf)
{
	char data[16];
	struct strbuf sb;

	strbuf_init(&sb, data, sizeof(data));
	strbuf_puts(&sb, "ab");
	strbuf_putc(&sb, 'c');
	strbuf_pad(&sb, 0, 6);
	strbuf_printf(&sb, "%d", 7);
	CHECK(sb.len == 7 && !memcmp(data, "abc   7", 7) && !sb.overflow);
	strbuf_puts(&sb, "0123456789");
	CHECK(sb.overflow && sb.len == 16);
	CHECK(!memcmp(data, "abc   7012345678", 16));
	strbuf_putc(&sb, 'x');
	CHECK_EQ(sb.len, 16);
	strbuf_init(&sb, data, 3);
	strbuf_printf(&sb, "%s", "abcd");
	strbuf_write(&sb, "", 0);
	CHECK(sb.overflow && sb.len == 3);
}

static bool prints_bits(const unsigned long *set, unsigned bits,
			const char *mask, const char *list)
{
	char data[160];
	struct strbuf sb;

	strbuf_init(&sb, data, sizeof(data));
	strbuf_bits(&sb, set, bits);
	strbuf_putc(&sb, ' ');
	strbuf_bit_list(&sb, set, bits);
	return sb.len == strlen(mask) + 1 + strlen(list) &&
	       !memcmp(data, mask, strlen(mask)) &&
	       !memcmp(data + strlen(mask) + 1, list, strlen(list));
}

/* As Linux prints its sets of CPUs. */
TEST(strbuf_bits)
{
	unsigned long none[3] = { 0 }, all[3] = { ~0ul, ~0ul, ~0ul };
	unsigned long some[2] = { 0xb, 1ul << 5 | 1ul << 6 };

	CHECK(prints_bits(none, 4, "0", ""));
	CHECK(prints_bits(all, 1, "1", "0"));
	CHECK(prints_bits(all, 6, "3f", "0-5"));
	CHECK(prints_bits(all, 32, "ffffffff", "0-31"));
	CHECK(prints_bits(all, 65, "1,ffffffff,ffffffff", "0-64"));
	CHECK(prints_bits(some, 72, "60,00000000,0000000b", "0-1,3,69-70"));
}
