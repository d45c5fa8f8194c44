/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking gzip (RFC 1952) and the deflate stream in it (RFC 1951).
 *
 * Written here rather than taken from zlib so that the kernel builds with
 * nothing fetched and nothing vendored; it only decodes, and is simple rather
 * than fast.  Input is one piece in memory; output goes to a callback in
 * pieces of up to 32 KiB.  Memory is the
 * caller's.  The input is not trusted: anything gives an error or output,
 * never a fault, and time is bounded by the sizes of input and output.
 */
#pragma once

#include "lib/types.h"

#define INFLATE_WINDOW      32768u
#define INFLATE_SYMBOLS     288u
#define INFLATE_LOOKUP_BITS 9u

/* 0, or -errno to stop with that. */
typedef int inflate_write(void *ctx, const void *data, size_t len);

/* One Huffman code: a table for short codes, counts for long ones. */
struct inflate_code {
	uint16_t lookup[1u << INFLATE_LOOKUP_BITS]; /* symbol << 4 | length */
	uint16_t count[16];                         /* codes of each length */
	uint16_t symbol[INFLATE_SYMBOLS];           /* in order of code */
};

/* The work area, about 36 KiB.  Contents undefined before and after. */
struct inflate_state {
	const uint8_t *in;
	size_t in_len, in_pos;
	unsigned long bits; /* read and not yet used, low bit first */
	unsigned bit_count;
	inflate_write *write;
	void *ctx;
	uint32_t crc;
	uint64_t total; /* bytes put out */
	size_t pos;     /* in window */
	struct inflate_code literal, distance;
	uint8_t lengths[INFLATE_SYMBOLS + 32];
	uint8_t window[INFLATE_WINDOW];
};

/* Do these bytes begin like gzip? */
bool inflate_is_gzip(const void *in, size_t in_len);

/*
 * Unpack one gzip member, checking its CRC and length.  *USED (may be NULL)
 * is the number of input bytes read, also on error.  0; -EINVAL when corrupt,
 * cut short or not gzip; or what WRITE returned.  Part of the output may have
 * been written before an error.
 */
must_check int inflate_gzip(const void *in, size_t in_len, inflate_write *write,
			    void *ctx, struct inflate_state *work,
			    size_t *used);

/* The CRC-32 of gzip, continued from CRC (0 at first). */
uint32_t inflate_crc32(uint32_t crc, const void *data, size_t len);
