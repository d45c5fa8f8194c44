/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and strings of the kernel's own address space.
 *
 * The names of C's library mean what they mean there; only str_* are ours.
 * memcpy, memmove and memset are weak here, so that an architecture may bring
 * its own.  Debug builds trap (lib/string_check.h)
 * on a memcpy whose areas overlap.  User memory is never passed here:
 * vm/usercopy.h.
 */
#pragma once

#include "lib/types.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *p, int byte, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);

/*
 * Copy SRC with its NUL into the SIZE bytes at DST, cut if need be, and always
 * terminated (SIZE > 0).  Returns the length copied, or -E2BIG when cut.
 */
ssize_t str_copy(char *dst, const char *src, size_t size);

/* Does S begin with PREFIX? */
bool str_starts(const char *s, const char *prefix);

/* Is the LEN-byte, not terminated string P the same as S? */
bool str_equal(const char *p, size_t len, const char *s);
