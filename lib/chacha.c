/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words are used as the CPU stores them: the RFC's little-endian order, as
 * every CPU of ours has it.
 */
#include "lib/chacha.h"

#include "lib/string.h"

static inline uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static inline void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c,
			   unsigned d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

static inline void double_round(uint32_t *x)
{
	quarter(x, 0, 4, 8, 12);
	quarter(x, 1, 5, 9, 13);
	quarter(x, 2, 6, 10, 14);
	quarter(x, 3, 7, 11, 15);
	quarter(x, 0, 5, 10, 15);
	quarter(x, 1, 6, 11, 12);
	quarter(x, 2, 7, 8, 13);
	quarter(x, 3, 4, 9, 14);
}

void chacha_init(struct chacha *c, const uint32_t key[CHACHA_KEY_WORDS],
		 uint32_t counter, const uint32_t nonce[3])
{
	c->state[0] = 0x61707865; /* "expand 32-byte k" */
	c->state[1] = 0x3320646e;
	c->state[2] = 0x79622d32;
	c->state[3] = 0x6b206574;
	memcpy(c->state + 4, key, 4 * CHACHA_KEY_WORDS);
	c->state[12] = counter;
	for (unsigned i = 0; i < 3; i++)
		c->state[13 + i] = nonce ? nonce[i] : 0;
}

void chacha_block(struct chacha *c, uint32_t out[CHACHA_BLOCK_LEN / 4])
{
	memcpy(out, c->state, CHACHA_BLOCK_LEN);
	for (unsigned i = 0; i < 10; i++)
		double_round(out);
	for (unsigned i = 0; i < 16; i++)
		out[i] += c->state[i];
	c->state[12]++;
}
