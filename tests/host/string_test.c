/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/string, whose functions are called lib_* here, against libc: all small
 * lengths at all alignments, and all overlaps. */
#include <string.h>

#include "test.h"

void *lib_memcpy(void *dst, const void *src, size_t n);
void *lib_memmove(void *dst, const void *src, size_t n);
void *lib_memset(void *dst, int byte, size_t n);
int lib_memcmp(const void *a, const void *b, size_t n);
void *lib_memchr(const void *p, int byte, size_t n);
size_t lib_strlen(const char *s);
size_t lib_strnlen(const char *s, size_t max);
int lib_strcmp(const char *a, const char *b);
int lib_strncmp(const char *a, const char *b, size_t n);
char *lib_strchr(const char *s, int c);
char *lib_strrchr(const char *s, int c);
char *lib_strstr(const char *s, const char *needle);
ssize_t str_copy(char *dst, const char *src, size_t size);
bool str_starts(const char *s, const char *prefix);
bool str_equal(const char *p, size_t len, const char *s);

#define AREA 512

static uint8_t a[AREA], b[AREA], c[AREA];

static void randomise(uint8_t *p)
{
	for (size_t i = 0; i < AREA; i++)
		p[i] = (uint8_t)test_random();
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void copy_once(size_t to, size_t from, size_t n)
{
	memset(b, 0x55, AREA);
	memset(c, 0x55, AREA);
	memcpy(b + to, a + from, n);
	CHECK(lib_memcpy(c + to, a + from, n) == c + to);
	CHECK(!memcmp(b, c, AREA));
}

TEST(memcpy)
{
	randomise(a);
	for (size_t n = 0; n < 200; n++)
		for (size_t from = 0; from < 9; from++)
			for (size_t to = 0; to < 9; to++)
				copy_once(to, from, n);
}

TEST(memmove)
{
	randomise(a);
	for (size_t n = 0; n < 170; n++) {
		for (size_t to = 0; to < 200; to++) {
			memcpy(b, a, AREA);
			memcpy(c, a, AREA);
			memmove(b + to, b + 100, n);
			CHECK(lib_memmove(c + to, c + 100, n) == c + to);
			CHECK(!memcmp(b, c, AREA));
		}
	}
}

TEST(memset)
{
	for (size_t n = 0; n < 300; n++) {
		for (size_t to = 0; to < 9; to++) {
			memset(b, 0x55, AREA);
			memset(c, 0x55, AREA);
			memset(b + to, 0x1a7, n);
			CHECK(lib_memset(c + to, 0x1a7, n) == c + to);
			CHECK(!memcmp(b, c, AREA));
		}
	}
}

TEST(memcmp)
{
	for (int i = 0; i < 20000; i++) {
		size_t n = test_below(40), at = test_below(9);

		randomise(a);
		memcpy(b + 3, a + at, n);
		if (n)
			b[3 + test_below(n)] ^= (uint8_t)test_below(4);
		CHECK_EQ(sign(lib_memcmp(a + at, b + 3, n)),
			 sign(memcmp(a + at, b + 3, n)));
		CHECK(lib_memchr(a, b[9], n) == memchr(a, b[9], n));
	}
}

static void random_string(char *s, size_t max, const char *letters)
{
	size_t n = test_below(max), kinds = strlen(letters);

	for (size_t i = 0; i < n; i++)
		s[i] = letters[test_below(kinds)];
	s[n] = '\0';
}

TEST(strings)
{
	char s[40], t[8];

	for (int i = 0; i < 50000; i++) {
		size_t n = test_below(12);

		random_string(s, sizeof(s), "ab\xff");
		random_string(t, sizeof(t), "ab\xff");
		CHECK_EQ(lib_strlen(s), strlen(s));
		CHECK_EQ(lib_strnlen(s, n), strnlen(s, n));
		CHECK_EQ(sign(lib_strcmp(s, t)), sign(strcmp(s, t)));
		CHECK_EQ(sign(lib_strncmp(s, t, n)), sign(strncmp(s, t, n)));
		CHECK(lib_strchr(s, 'a') == strchr(s, 'a'));
		CHECK(lib_strchr(s, 0) == strchr(s, 0));
		CHECK(lib_strrchr(s, 'b') == strrchr(s, 'b'));
		CHECK(lib_strrchr(s, 0) == strrchr(s, 0));
		CHECK(lib_strstr(s, t) == strstr(s, t));
	}
}

TEST(ours)
{
	char buf[4];

	CHECK_EQ(str_copy(buf, "abc", sizeof(buf)), 3);
	CHECK(!strcmp(buf, "abc"));
	CHECK_EQ(str_copy(buf, "abcd", sizeof(buf)), -7);
	CHECK(!strcmp(buf, "abc"));
	CHECK_EQ(str_copy(buf, "abcd", 1), -7);
	CHECK(!*buf);
	CHECK(str_starts("quiet", "qu") && str_starts("quiet", ""));
	CHECK(!str_starts("qu", "quiet"));
	CHECK(str_equal("abcd", 2, "ab") && !str_equal("abcd", 3, "ab"));
	CHECK(!str_equal("abcd", 2, "abc") && str_equal("", 0, ""));
}
