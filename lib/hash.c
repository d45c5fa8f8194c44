/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashing bytes: eight at a time are folded in by xor, multiplication and
 * rotation.  The tail is read as one more word that overlaps what went before,
 * so no length needs a loop over bytes; the length itself is part of the hash.
 */
#include "lib/hash.h"

#include "lib/string.h"

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t load32(const uint8_t *p)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t fold(uint64_t h, uint64_t v)
{
	h = (h ^ v) * HASH_MUL_A;
	return h << 29 | h >> 35;
}

uint32_t hash_bytes(const void *data, size_t len, uint32_t seed)
{
	const uint8_t *p = data;
	uint64_t h = seed + len * HASH_MUL_B;
	uint64_t tail = 0;
	size_t left = len;

	for (; left > 8; left -= 8, p += 8)
		h = fold(h, load64(p));
	if (len >= 8)
		tail = load64(p + left - 8);
	else if (len >= 4)
		tail = load32(p) | (uint64_t)load32(p + len - 4) << 32;
	else if (len)
		tail = p[0] | p[len / 2] << 8 | p[len - 1] << 16;
	return (uint32_t)(hash_mix(fold(h, tail)) >> 16);
}

uint32_t hash_str(const char *s, uint32_t seed)
{
	return hash_bytes(s, strlen(s), seed);
}
