/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/cmdline: words, quotes, sizes, and any bytes at all. */
#include <string.h>

#include "lib/cmdline.h"

#include "test.h"

/* The line as key|value; flags without the bar. */
static void expect(const char *line, const char *want)
{
	struct cmdline_arg a;
	char got[256] = "";
	size_t n = 0;

	while (cmdline_next(&line, &a))
		n += (size_t)sprintf(got + n, "%.*s%s%.*s;", (int)a.key_len,
				     a.key, a.value ? "|" : "",
				     (int)a.value_len, a.value ? a.value : "");
	if (strcmp(got, want))
		test_fail("got %s, not %s", got, want);
}

TEST(words)
{
	expect("", "");
	expect("  \t\n ", "");
	expect("quiet", "quiet;");
	expect(" a=1  b=2\tc ", "a|1;b|2;c;");
	expect("a= =b a=b=c", "a|;|b;a|b=c;");
	expect("k=\"a b\" x", "k|a b;x;");
	expect("\"k=a b\" x", "k|a b;x;");
	expect("k=\"a b", "k|a b;");
	expect("\"\" \"", ";;");
	expect("cut=\"\"", "cut|;");
	expect("-- a", "--;a;");
}

TEST(lookup)
{
	const char *line = "quiet smp=2 smp=4 off=0 no=no yes=1 -- smp=9 late";
	struct cmdline_arg a;

	CHECK(cmdline_find(line, "smp", &a));
	CHECK(a.value_len == 1 && *a.value == '4');
	CHECK(!cmdline_find(line, "sm", &a) && !cmdline_find(line, "late", &a));
	CHECK(cmdline_flag(line, "quiet") && cmdline_flag(line, "yes"));
	CHECK(!cmdline_flag(line, "off") && !cmdline_flag(line, "no"));
	CHECK(!cmdline_flag(line, "none"));
}

static void size(const char *s, size_t used, uint64_t want)
{
	uint64_t v = 0;
	size_t n = cmdline_parse_size(s, strlen(s), &v);

	if (n != used || (n && v != want))
		test_fail("%s: %zu, %" PRIx64, s, n, v);
}

TEST(sizes)
{
	uint64_t v;

	size("0", 1, 0);
	size("64M", 3, 64 << 20);
	size("0x1000", 6, 4096);
	size("0X1fK", 5, 31 << 10);
	size("010", 3, 8);
	size("1G@0x1000", 2, 1 << 30);
	size("3t", 2, 3ull << 40);
	size("16383P", 6, 16383ull << 50);
	size("16384P", 0, 0);
	size("18446744073709551615", 20, ~0ull);
	size("18446744073709551616", 0, 0);
	size("0xffffffffffffffff", 18, ~0ull);
	size("0x10000000000000000", 0, 0);
	size("", 0, 0);
	size("x", 0, 0);
	size("0x", 0, 0);
	size("-1", 0, 0);
	CHECK(cmdline_size("mem=16M a", "mem", &v) && v == 16 << 20);
	v = 5;
	CHECK(!cmdline_size("mem=16Mx", "mem", &v) && v == 5);
	CHECK(!cmdline_size("mem= mem", "mem", &v));
}

TEST(any_bytes)
{
	static const char letters[] = "a=\" \t0x-K\xff";
	char *line = malloc(41);
	struct cmdline_arg a;

	for (int round = 0; round < 50000; round++) {
		const char *pos = line;
		uint64_t v;

		for (int i = 0; i < 40; i++)
			line[i] = letters[test_below(sizeof(letters) - 1)];
		line[test_below(41)] = 0;
		line[40] = 0;
		while (cmdline_next(&pos, &a)) {
			CHECK(a.key >= line && a.key + a.key_len <= line + 40);
			CHECK(!a.value || a.value + a.value_len <= line + 40);
			if (a.value_len)
				cmdline_parse_size(a.value, a.value_len, &v);
		}
		CHECK(!*pos);
	}
	free(line);
}
