/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashes for tables in memory: fast, seeded, not cryptographic.
 *
 * All bits of the result are good: take the low ones or the high ones.  The
 * values may differ between versions and CPUs and never leave the kernel.  A
 * table whose keys come from user space is given a random seed at boot.
 */
#pragma once

#include "lib/types.h"

#define HASH_MUL_A 0x9e3779b97f4a7c15ull /* 2^64 / golden ratio, odd */
#define HASH_MUL_B 0xd6e8feb86659fd93ull

static inline uint64_t hash_mix(uint64_t h)
{
	h ^= h >> 32;
	h *= HASH_MUL_B;
	return h ^ (h >> 29);
}

static inline uint32_t hash_u64(uint64_t v, uint32_t seed)
{
	return (uint32_t)(hash_mix((v ^ seed) * HASH_MUL_A) >> 16);
}

static inline uint32_t hash_ptr(const void *p, uint32_t seed)
{
	return hash_u64((uintptr_t)p, seed);
}

uint32_t hash_bytes(const void *p, size_t len, uint32_t seed);

/* The same as hash_bytes over strlen(S) bytes. */
uint32_t hash_str(const char *s, uint32_t seed);
