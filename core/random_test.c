/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator: never the same twice, all lengths filled, nothing beyond. */
#include "lib/string.h"

#include "core/ktest.h"
#include "core/random.h"

#define LONGEST 300
#define GUARD   0x5a

KTEST_CASE(random_lengths)
{
	uint8_t buf[LONGEST + 1];

	for (size_t len = 0; len <= LONGEST; len++) {
		unsigned zeroes = 0;

		memset(buf, 0, len);
		buf[len] = GUARD;
		random_bytes(buf, len);
		KTEST_EXPECT(buf[len] == GUARD);
		for (size_t i = 0; i < len; i++)
			zeroes += buf[i] == 0;
		/* One in 256 is expected. */
		KTEST_EXPECT(zeroes <= 4 + len / 32);
	}
}

KTEST_CASE(random_differs)
{
	uint32_t a[8], b[8];

	random_bytes(a, sizeof(a));
	for (unsigned i = 0; i < 100; i++) {
		random_bytes(b, sizeof(b));
		KTEST_EXPECT(memcmp(a, b, sizeof(a)));
		random_add(b, i);
		memcpy(a, b, sizeof(a));
	}
}

/* Each bit is set in about half of many numbers: within six deviations. */
KTEST_CASE(random_bits)
{
	unsigned set[32] = { 0 };

	for (unsigned i = 0; i < 4096; i++) {
		uint32_t v = random_u32();

		for (unsigned bit = 0; bit < 32; bit++)
			set[bit] += v >> bit & 1;
	}
	for (unsigned bit = 0; bit < 32; bit++)
		KTEST_EXPECT(set[bit] > 2048 - 192 && set[bit] < 2048 + 192);
}
