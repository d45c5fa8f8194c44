/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and strings.  The three that move memory go by words, eight to a
 * round: most CPUs take unaligned words from ordinary memory, and the compiler
 * splits them for those that do not.
 *
 * Each loop holds an empty asm, or the compiler would recognise what the loop
 * computes and replace it with a call of the function that it stands in.
 */
#include "lib/string.h"

#include "lib/string_check.h"

#include "abi/errno.h"

#define WEAK    __attribute__((weak))
#define WORD    sizeof(unsigned long)
#define ROUND   (8 * WORD)
#define KEEP(p) __asm__ volatile("" : "+r"(p))

/* A word, half word or byte group at any address and of any real type. */
struct word {
	unsigned long v;
} packed __attribute__((may_alias));

struct quad {
	uint32_t v;
} packed __attribute__((may_alias));

static always_inline unsigned long load(const uint8_t *p)
{
	return ((const struct word *)p)->v;
}

static always_inline void store(uint8_t *p, unsigned long v)
{
	((struct word *)p)->v = v;
}

/* Eight words, all loaded before the first is stored. */
static always_inline void copy_round(uint8_t *d, const uint8_t *s)
{
	unsigned long a = load(s), b = load(s + WORD);
	unsigned long c = load(s + 2 * WORD), e = load(s + 3 * WORD);
	unsigned long f = load(s + 4 * WORD), g = load(s + 5 * WORD);
	unsigned long h = load(s + 6 * WORD), i = load(s + 7 * WORD);

	store(d, a);
	store(d + WORD, b);
	store(d + 2 * WORD, c);
	store(d + 3 * WORD, e);
	store(d + 4 * WORD, f);
	store(d + 5 * WORD, g);
	store(d + 6 * WORD, h);
	store(d + 7 * WORD, i);
}

/* Less than a word; the areas may overlap. */
static always_inline void copy_small(uint8_t *d, const uint8_t *s, size_t n)
{
	if (n >= 4) {
		uint32_t first = ((const struct quad *)s)->v;
		uint32_t last = ((const struct quad *)(s + n - 4))->v;

		((struct quad *)d)->v = first;
		((struct quad *)(d + n - 4))->v = last;
	} else if (n) {
		uint8_t first = s[0], middle = s[n / 2], last = s[n - 1];

		d[0] = first;
		d[n / 2] = middle;
		d[n - 1] = last;
	}
}

/* At least a word; right also when d lies below s and they overlap: the odd
 * end, stored as a last whole word, is loaded before anything is stored. */
static always_inline void copy_up(uint8_t *d, const uint8_t *s, size_t n)
{
	uint8_t *end = d + n - WORD;
	unsigned long last = load(s + n - WORD);

	for (; n >= ROUND; n -= ROUND) {
		copy_round(d, s);
		d += ROUND;
		s += ROUND;
		KEEP(d);
	}
	for (; n >= WORD; n -= WORD) {
		store(d, load(s));
		d += WORD;
		s += WORD;
		KEEP(d);
	}
	store(end, last);
}

/* The same from the top down, for d above s. */
static always_inline void copy_down(uint8_t *d, const uint8_t *s, size_t n)
{
	unsigned long first = load(s);

	for (; n >= ROUND; n -= ROUND) {
		copy_round(d + n - ROUND, s + n - ROUND);
		KEEP(d);
	}
	for (; n >= WORD; n -= WORD) {
		store(d + n - WORD, load(s + n - WORD));
		KEEP(d);
	}
	store(d, first);
}

WEAK void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	string_check_overlap(dst, src, n);
	if (n < WORD)
		copy_small(dst, src, n);
	else
		copy_up(dst, src, n);
	return dst;
}

WEAK void *memmove(void *dst, const void *src, size_t n)
{
	if (n < WORD)
		copy_small(dst, src, n);
	else if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

static void set_small(uint8_t *d, uint8_t byte, size_t n)
{
	while (n--) {
		*d++ = byte;
		KEEP(d);
	}
}

WEAK void *memset(void *dst, int byte, size_t n)
{
	unsigned long v = (uint8_t)byte * (~0ul / 0xff);
	uint8_t *d = dst;

	if (n < WORD) {
		set_small(d, (uint8_t)byte, n);
		return dst;
	}
	store(d + n - WORD, v);
	for (; n >= ROUND; n -= ROUND) {
		for (size_t i = 0; i < ROUND; i += 2 * WORD) {
			store(d, v);
			store(d + WORD, v);
			d += 2 * WORD;
			KEEP(d);
		}
	}
	for (; n >= WORD; n -= WORD) {
		store(d, v);
		d += WORD;
		KEEP(d);
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n >= WORD && load(p) == load(q); n -= WORD) {
		p += WORD;
		q += WORD;
	}
	for (; n; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

void *memchr(const void *p, int byte, size_t n)
{
	const uint8_t *s = p;

	for (; n; n--, s++) {
		if (*s == (uint8_t)byte)
			return (void *)(uintptr_t)s;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		KEEP(p);
	}
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (!*a || *a != *b)
			return (uint8_t)*a - (uint8_t)*b;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)(uintptr_t)found;
}

char *strstr(const char *s, const char *needle)
{
	size_t len = strlen(needle);

	for (;; s++) {
		if (!strncmp(s, needle, len))
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

ssize_t str_copy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);
	size_t n = len < size ? len : size - 1;

	memcpy(dst, src, n);
	dst[n] = '\0';
	return len < size ? (ssize_t)len : -E2BIG;
}

bool str_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_equal(const char *p, size_t len, const char *s)
{
	return strnlen(s, len + 1) == len && !memcmp(p, s, len);
}
