/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for everybody: /dev/urandom, getrandom(2), AT_RANDOM, hash
 * keys.
 *
 * Each CPU has a ChaCha20 key that is replaced with every use, so that what
 * was given out cannot be computed from what is in memory now.  Keys come from
 * one base key, which everything unpredictable is mixed into.  It is seeded
 * from the first call on: from the CPU's generator where there is one, and
 * from the jitter of its clock where not.
 *
 * Any context; neither sleeps nor fails.
 */
#pragma once

#include "lib/types.h"

void random_bytes(void *buf, size_t len);
uint32_t random_u32(void);

/* Mixes bytes into the base key; bad ones do no harm.  Every CPU makes itself
 * a new key at its next use. */
void random_add(const void *data, size_t len);
