/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ChaCha20 (RFC 8439, 2.3): 64 bytes of key stream from a key and a counter.
 * The only user is the random generator; nothing is encrypted here.
 */
#pragma once

#include "lib/types.h"

#define CHACHA_KEY_WORDS 8
#define CHACHA_BLOCK_LEN 64

/* The RFC's state matrix: 4 constants, 8 words of key, a block counter, and
 * a 96-bit nonce. */
struct chacha {
	uint32_t state[16];
};

/* nonce may be NULL: all zero. */
void chacha_init(struct chacha *c, const uint32_t key[CHACHA_KEY_WORDS],
		 uint32_t counter, const uint32_t nonce[3]);

/* The next block of the stream; the counter moves on. */
void chacha_block(struct chacha *c, uint32_t out[CHACHA_BLOCK_LEN / 4]);
