/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/chacha against the vectors of RFC 8439. */
#include <string.h>

#include "lib/chacha.h"

#include "test.h"

static void expect(struct chacha *c, const char *want)
{
	uint32_t block[CHACHA_BLOCK_LEN / 4];
	const uint8_t *p = (const uint8_t *)block;
	char got[2 * CHACHA_BLOCK_LEN + 1];

	chacha_block(c, block);
	for (unsigned i = 0; i < CHACHA_BLOCK_LEN; i++)
		sprintf(got + 2 * i, "%02x", p[i]);
	if (strcmp(got, want))
		test_fail("got %s", got);
}

/* 2.3.2 */
TEST(block)
{
	static const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0 };
	uint8_t key[32];
	uint32_t words[8];
	struct chacha c;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = i;
	memcpy(words, key, sizeof(key));
	chacha_init(&c, words, 1, nonce);
	expect(&c, "10f1e7e4d13b5915500fdd1fa32071c4"
		   "c7d1f4c733c068030422aa9ac3d46c4e"
		   "d2826446079faa0914c2d705d98b02a2"
		   "b5129cd1de164eb9cbd083e8a2503c4e");
}

/* Appendix A.1, vectors 1 and 2: the counter moves on. */
TEST(zero_key)
{
	static const uint32_t key[8];
	struct chacha c;

	chacha_init(&c, key, 0, NULL);
	expect(&c, "76b8e0ada0f13d90405d6ae55386bd28"
		   "bdd219b8a08ded1aa836efcc8b770dc7"
		   "da41597c5157488d7724e03fb8d84a37"
		   "6a43b8f41518a11cc387b669b2ee6586");
	expect(&c, "9f07e7be5551387a98ba977c732d080d"
		   "cb0f29a048e3656912c6533e32ee7aed"
		   "29b721769ce64e43d57133b074d839d5"
		   "31ed1f28510afb45ace10a1f4b794d6f");
}
