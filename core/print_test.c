/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: what was printed can be read from any position, lines are whole and
 * cut at their limit, and the ring forgets the oldest. */
#include "lib/string.h"

#include "core/ktest.h"
#include "core/print.h"

#define MARK "print_test: a line of its own"

static uint64_t end_of_log(void)
{
	char buf[256];
	uint64_t pos = 0;

	while (print_log_read(&pos, buf, sizeof(buf)))
		;
	return pos;
}

/* The text since pos, as a string. */
static size_t since(uint64_t pos, char *buf, size_t size)
{
	size_t n = print_log_read(&pos, buf, size - 1);

	buf[n] = '\0';
	return n;
}

KTEST_CASE(print_whole_lines)
{
	uint64_t pos = end_of_log(), from = pos;
	char buf[512];
	size_t n;

	KTEST_EXPECT(since(pos, buf, sizeof(buf)) == 0);
	print(MARK);
	n = since(pos, buf, sizeof(buf));
	KTEST_REQUIRE(n > sizeof(MARK));
	KTEST_EXPECT(buf[0] == '[');
	KTEST_EXPECT(buf[n - 1] == '\n');
	KTEST_EXPECT(strstr(buf, "] " MARK "\n"));
	/* In pieces it is the same. */
	KTEST_EXPECT(print_log_read(&from, buf, 3) == 3);
	KTEST_EXPECT(from == pos + 3);
	KTEST_EXPECT(since(from, buf, sizeof(buf)) == n - 3);
}

KTEST_CASE(print_cuts)
{
	uint64_t pos = end_of_log();
	char text[2 * PRINT_LINE_MAX], buf[2 * PRINT_LINE_MAX];
	size_t n;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	print("%s", text);
	n = since(pos, buf, sizeof(buf));
	KTEST_EXPECT(n > PRINT_LINE_MAX / 2 && n <= PRINT_LINE_MAX);
	KTEST_EXPECT(n && buf[n - 1] == '\n');
}

KTEST_CASE(print_forgets)
{
	uint64_t pos = 0, first;
	char buf[64];

	/* A reader that asks for what is gone gets the oldest there is. */
	KTEST_EXPECT(print_log_read(&pos, buf, sizeof(buf)) == sizeof(buf));
	first = pos - sizeof(buf);
	KTEST_EXPECT(end_of_log() >= pos);
	pos = first;
	KTEST_EXPECT(print_log_read(&pos, buf, sizeof(buf)) == sizeof(buf));
	/* And one that is ahead gets nothing. */
	pos = end_of_log();
	KTEST_EXPECT(print_log_read(&pos, buf, sizeof(buf)) == 0);
	KTEST_EXPECT(pos == end_of_log());
}

KTEST_CASE(print_ratelimit)
{
	struct ratelimit r = { 0 };
	unsigned printed = 0;

	for (unsigned i = 0; i < 1000; i++)
		printed += print_ratelimit(&r);
	KTEST_EXPECT(printed >= 1 && printed < 100);
}
