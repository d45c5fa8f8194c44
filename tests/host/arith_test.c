/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/div and lib/hash: arithmetic against the host's, hashes by how evenly
 * they fill buckets. */
#include <string.h>

#include "lib/div.h"
#include "lib/hash.h"

#include "test.h"

static uint64_t wide(void)
{
	uint64_t v = test_random() << 32 ^ test_random();

	return test_below(4) ? v >> test_below(64) : ~(v >> test_below(64));
}

TEST(division)
{
	for (int i = 0; i < 400000; i++) {
		uint64_t n = wide();
		uint32_t d = (uint32_t)wide(), rem;

		if (!d)
			d = 1;
		if (div_u64_long(n, d, &rem) != n / d || rem != n % d)
			test_fail("%" PRIu64 " by %u", n, d);
		CHECK_EQ(div_u64(n, d), n / d);
		CHECK_EQ(mod_u64(n, d), n % d);
		CHECK_EQ(div_s64((int64_t)n >> 1, d),
			 ((int64_t)n >> 1) / (int64_t)d);
	}
	CHECK_EQ(div_u64_long(~0ull, 1, NULL), ~0ull);
}

TEST(mul_shift)
{
	for (int i = 0; i < 100000; i++) {
		uint64_t v = wide();
		uint32_t mul = (uint32_t)wide();
		unsigned shift = (unsigned)test_below(33);

		CHECK(mul_shift(v, mul, shift) ==
		      (uint64_t)((unsigned __int128)v * mul >> shift));
	}
}

/* COUNT hashes into 256 buckets by their low and by their high bits. */
static unsigned low[256], high[256];

static void bucket(uint32_t h)
{
	low[h & 255]++;
	high[h >> 24]++;
}

static void check_even(unsigned count)
{
	for (int i = 0; i < 256; i++) {
		CHECK(low[i] > count / 256 / 2 && low[i] < count / 256 * 2);
		CHECK(high[i] > count / 256 / 2 && high[i] < count / 256 * 2);
	}
	memset(low, 0, sizeof(low));
	memset(high, 0, sizeof(high));
}

TEST(hash_spread)
{
	char name[32];

	for (unsigned i = 0; i < 25600; i++)
		bucket(hash_u64(i, 1));
	check_even(25600);
	for (unsigned i = 0; i < 25600; i++)
		bucket(hash_u64((uint64_t)i << 40, 1));
	check_even(25600);
	for (unsigned i = 0; i < 25600; i++)
		bucket(hash_ptr((void *)(uintptr_t)(i * 4096ul), 0));
	check_even(25600);
	for (unsigned i = 0; i < 25600; i++) {
		sprintf(name, "file%u.txt", i);
		bucket(hash_str(name, 77));
	}
	check_even(25600);
	for (unsigned i = 0; i < 25600; i++)
		bucket(hash_str("the same name", i));
	check_even(25600);
}

static void each_bit_counts(uint8_t *data, size_t len)
{
	uint32_t h = hash_bytes(data, len, 5);

	for (size_t bit = 0; bit < len * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(hash_bytes(data, len, 5) != h);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	data[len] ^= 0xff;
	CHECK_EQ(hash_bytes(data, len, 5), h);
	CHECK(hash_bytes(data, len, 6) != h);
	CHECK(hash_bytes(data, len - 1, 5) != h);
}

TEST(hash_bytes)
{
	uint8_t data[64];

	for (size_t len = 1; len < 40; len++) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)test_random();
		each_bit_counts(data, len);
	}
	CHECK_EQ(hash_bytes("", 0, 3), hash_str("", 3));
}
