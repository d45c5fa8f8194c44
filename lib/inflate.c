/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gzip decoder.  Bits are read ahead into `bits`; past the end of the
 * input they are zeros, and whoever uses more than there were gets -EINVAL
 * (`take`, `decode`).  Output collects in the window, which doubles as the
 * history that matches copy from, and is handed on each time it is full.
 */
#include "lib/inflate.h"

#include "lib/string.h"

#include "abi/errno.h"

#define WORD_BITS   (8 * sizeof(unsigned long))
#define CODE_MAX    15u /* bits in the longest code */
#define LOOKUP_MASK ((1u << INFLATE_LOOKUP_BITS) - 1)

#define END_OF_BLOCK   256
#define LENGTHS        286u /* length symbols stop here */
#define DISTANCES      30u
#define FIRST_LENGTH   257
#define LENGTH_LONGEST 28 /* the symbol for 258 */

/* gzip's header flags, RFC 1952 2.3.1 */
#define FLAG_HCRC     0x02
#define FLAG_EXTRA    0x04
#define FLAG_NAME     0x08
#define FLAG_COMMENT  0x10
#define FLAG_RESERVED 0xe0

uint32_t inflate_crc32(uint32_t crc, const void *data, size_t len)
{
	/* The remainders of the 16 nibbles by 0xedb88320. */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *p = data;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static void refill(struct inflate_state *s)
{
	while (s->bit_count <= WORD_BITS - 8 && s->in_pos < s->in_len) {
		s->bits |= (unsigned long)s->in[s->in_pos++] << s->bit_count;
		s->bit_count += 8;
	}
}

/* COUNT bits, up to 16. */
static int take(struct inflate_state *s, unsigned count)
{
	int v;

	if (s->bit_count < count)
		refill(s);
	if (s->bit_count < count)
		return -EINVAL;
	v = (int)(s->bits & ((1u << count) - 1));
	s->bits >>= count;
	s->bit_count -= count;
	return v;
}

/* Go to the next whole byte and give back those that were read ahead. */
static void align_to_byte(struct inflate_state *s)
{
	s->in_pos -= s->bit_count / 8;
	s->bits = 0;
	s->bit_count = 0;
}

static int flush(struct inflate_state *s)
{
	int err = 0;

	if (s->pos) {
		s->crc = inflate_crc32(s->crc, s->window, s->pos);
		s->total += s->pos;
		err = s->write(s->ctx, s->window, s->pos);
		s->pos = 0;
	}
	return err;
}

/* Called after each advance of pos. */
static int flush_if_full(struct inflate_state *s)
{
	return s->pos == INFLATE_WINDOW ? flush(s) : 0;
}

static unsigned reverse(unsigned code, unsigned len)
{
	unsigned r = 0;

	while (len--) {
		r = r << 1 | (code & 1);
		code >>= 1;
	}
	return r;
}

/* Every lookup entry that begins with this code. */
static void fill_lookup(struct inflate_code *c, unsigned code, unsigned len,
			unsigned symbol)
{
	unsigned at = reverse(code, len);

	for (; at <= LOOKUP_MASK; at += 1u << len)
		c->lookup[at] = (uint16_t)(symbol << 4 | len);
}

/* Symbols in the order of their codes: by length, then by value. */
static void sort_symbols(struct inflate_code *c, const uint8_t *lengths,
			 unsigned symbols)
{
	uint16_t next[CODE_MAX + 1];
	unsigned at = 0;

	for (unsigned len = 1; len <= CODE_MAX; len++) {
		next[len] = (uint16_t)at;
		at += c->count[len];
	}
	for (unsigned i = 0; i < symbols; i++) {
		if (lengths[i])
			c->symbol[next[lengths[i]]++] = (uint16_t)i;
	}
}

/*
 * Are these counts those of a code?  More codes than fit never are; fewer are
 * only where there is no more than one, of one bit, which encoders write for
 * streams with a single distance or none.
 */
static bool is_code(const struct inflate_code *c)
{
	unsigned used = 0;
	int left = 1;

	for (unsigned len = 1; len <= CODE_MAX; len++) {
		left = (left << 1) - c->count[len];
		used += c->count[len];
		if (left < 0)
			return false;
	}
	return !left || !used || (used == 1 && c->count[1]);
}

/* The canonical code with these lengths (0: symbol unused), RFC 1951 3.2.2. */
static int build(struct inflate_code *c, const uint8_t *lengths,
		 unsigned symbols)
{
	unsigned code = 0, at = 0;

	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < symbols; i++)
		c->count[lengths[i]]++;
	c->count[0] = 0;
	if (!is_code(c))
		return -EINVAL;
	sort_symbols(c, lengths, symbols);
	for (unsigned len = 1; len <= INFLATE_LOOKUP_BITS; len++) {
		code <<= 1;
		for (unsigned i = 0; i < c->count[len]; i++)
			fill_lookup(c, code++, len, c->symbol[at++]);
	}
	return 0;
}

/* Bit by bit: the codes of each length are the numbers from `first` on. */
static int decode_long(const struct inflate_state *s,
		       const struct inflate_code *c, unsigned *len)
{
	unsigned code = 0, first = 0, at = 0;

	for (*len = 1; *len <= CODE_MAX; ++*len) {
		unsigned count = c->count[*len];

		code = code << 1 | (s->bits >> (*len - 1) & 1);
		first <<= 1;
		if (code - first < count)
			return c->symbol[at + code - first];
		first += count;
		at += count;
	}
	return -EINVAL;
}

static int decode(struct inflate_state *s, const struct inflate_code *c)
{
	unsigned entry, len;
	int symbol;

	if (s->bit_count < CODE_MAX)
		refill(s);
	entry = c->lookup[s->bits & LOOKUP_MASK];
	len = entry & 15;
	symbol = (int)(entry >> 4);
	if (!len)
		symbol = decode_long(s, c, &len);
	if (symbol < 0 || len > s->bit_count)
		return -EINVAL;
	s->bits >>= len;
	s->bit_count -= len;
	return symbol;
}

static int copy_match(struct inflate_state *s, unsigned len, unsigned distance)
{
	if (distance > s->total + s->pos)
		return -EINVAL;
	while (len) {
		size_t from = (s->pos - distance) % INFLATE_WINDOW;
		size_t run = INFLATE_WINDOW - MAX(from, s->pos);
		int err;

		run = MIN(run, len);
		len -= (unsigned)run;
		/* By bytes: a match may run into its own output. */
		while (run--)
			s->window[s->pos++] = s->window[from++];
		err = flush_if_full(s);
		if (err)
			return err;
	}
	return 0;
}

/* The two base-and-extra-bits tables of RFC 1951 3.2.5 follow from their
 * symbols: after the first few, every 4 (lengths) or 2 (distances) symbols
 * take one more extra bit. */
static int take_length(struct inflate_state *s, unsigned symbol)
{
	unsigned extra_bits = symbol / 4 - 1;
	int extra;

	if (symbol < 8)
		return (int)(3 + symbol);
	if (symbol == LENGTH_LONGEST)
		return 258;
	extra = take(s, extra_bits);
	return extra < 0 ? extra
			 : extra + (int)(3 + ((4 + symbol % 4) << extra_bits));
}

static int take_distance(struct inflate_state *s)
{
	int symbol = decode(s, &s->distance);
	int extra, extra_bits;

	if (symbol < 0 || symbol >= (int)DISTANCES)
		return -EINVAL;
	if (symbol < 4)
		return 1 + symbol;
	extra_bits = symbol / 2 - 1;
	extra = take(s, (unsigned)extra_bits);
	return extra < 0 ? extra : extra + 1 + ((2 + symbol % 2) << extra_bits);
}

static int inflate_match(struct inflate_state *s, unsigned symbol)
{
	int len, distance;

	if (symbol >= LENGTHS)
		return -EINVAL;
	len = take_length(s, symbol - FIRST_LENGTH);
	if (len < 0)
		return len;
	distance = take_distance(s);
	if (distance < 0)
		return distance;
	return copy_match(s, (unsigned)len, (unsigned)distance);
}

/* A block's data, with the codes that are set up. */
static int inflate_codes(struct inflate_state *s)
{
	while (1) {
		int symbol = decode(s, &s->literal), err;

		if (symbol < 0)
			return symbol;
		if (symbol == END_OF_BLOCK)
			return 0;
		if (symbol < END_OF_BLOCK) {
			s->window[s->pos++] = (uint8_t)symbol;
			err = flush_if_full(s);
		} else {
			err = inflate_match(s, (unsigned)symbol);
		}
		if (err)
			return err;
	}
}

static int inflate_fixed(struct inflate_state *s)
{
	int err;

	memset(s->lengths, 8, 144);
	memset(s->lengths + 144, 9, 112);
	memset(s->lengths + 256, 7, 24);
	memset(s->lengths + 280, 8, 8);
	err = build(&s->literal, s->lengths, INFLATE_SYMBOLS);
	memset(s->lengths, 5, 32);
	if (!err)
		err = build(&s->distance, s->lengths, 32);
	return err ? err : inflate_codes(s);
}

/* What a symbol of the lengths' own code means: VALUE, COUNT times. */
static int take_repeat(struct inflate_state *s, int symbol, unsigned at,
		       uint8_t *value)
{
	int extra;

	*value = 0;
	switch (symbol) {
	case 16:
		if (!at)
			return -EINVAL;
		*value = s->lengths[at - 1];
		extra = take(s, 2);
		return extra < 0 ? extra : 3 + extra;
	case 17: extra = take(s, 3); return extra < 0 ? extra : 3 + extra;
	case 18: extra = take(s, 7); return extra < 0 ? extra : 11 + extra;
	default: *value = (uint8_t)symbol; return 1;
	}
}

/* TOTAL code lengths, themselves coded by what s->literal holds now. */
static int take_lengths(struct inflate_state *s, unsigned total)
{
	unsigned at = 0;

	while (at < total) {
		int symbol = decode(s, &s->literal), count;
		uint8_t value;

		if (symbol < 0)
			return symbol;
		count = take_repeat(s, symbol, at, &value);
		if (count < 0 || (unsigned)count > total - at)
			return -EINVAL;
		memset(s->lengths + at, value, (size_t)count);
		at += (unsigned)count;
	}
	return 0;
}

/* The code of the code lengths, RFC 1951 3.2.7. */
static int take_length_code(struct inflate_state *s, unsigned count)
{
	static const uint8_t order[19] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					   11, 4,  12, 3, 13, 2, 14, 1, 15 };

	memset(s->lengths, 0, sizeof(order));
	for (unsigned i = 0; i < count; i++) {
		int len = take(s, 3);

		if (len < 0)
			return len;
		s->lengths[order[i]] = (uint8_t)len;
	}
	return build(&s->literal, s->lengths, sizeof(order));
}

static int inflate_dynamic(struct inflate_state *s)
{
	int literals = take(s, 5), distances = take(s, 5), count = take(s, 4);
	int err;

	if (literals < 0 || distances < 0 || count < 0)
		return -EINVAL;
	literals += 257;
	distances += 1;
	if (literals > (int)LENGTHS || distances > (int)DISTANCES)
		return -EINVAL;
	err = take_length_code(s, (unsigned)count + 4);
	if (!err)
		err = take_lengths(s, (unsigned)(literals + distances));
	if (err)
		return err;
	if (!s->lengths[END_OF_BLOCK])
		return -EINVAL;
	err = build(&s->literal, s->lengths, (unsigned)literals);
	if (!err)
		err = build(&s->distance, s->lengths + literals,
			    (unsigned)distances);
	return err ? err : inflate_codes(s);
}

static int inflate_stored(struct inflate_state *s)
{
	int len, inverse;

	take(s, s->bit_count % 8);
	len = take(s, 16);
	inverse = take(s, 16);
	if (len < 0 || inverse < 0 || len != (inverse ^ 0xffff))
		return -EINVAL;
	align_to_byte(s);
	while (len) {
		size_t run = MIN((size_t)len, INFLATE_WINDOW - s->pos);
		int err;

		if (run > s->in_len - s->in_pos)
			return -EINVAL;
		memcpy(s->window + s->pos, s->in + s->in_pos, run);
		s->in_pos += run;
		s->pos += run;
		len -= (int)run;
		err = flush_if_full(s);
		if (err)
			return err;
	}
	return 0;
}

static int inflate_blocks(struct inflate_state *s)
{
	int last = 0, err = 0;

	while (!last && !err) {
		int type;

		last = take(s, 1);
		type = take(s, 2);
		switch (type) {
		case 0: err = inflate_stored(s); break;
		case 1: err = inflate_fixed(s); break;
		case 2: err = inflate_dynamic(s); break;
		default: return -EINVAL;
		}
	}
	return err ? err : flush(s);
}

static int skip_string(struct inflate_state *s)
{
	int c;

	do {
		c = take(s, 8);
	} while (c > 0);
	return c;
}

/* LEN whole bytes, with nothing read ahead. */
static int skip(struct inflate_state *s, size_t len)
{
	align_to_byte(s);
	if (len > s->in_len - s->in_pos)
		return -EINVAL;
	s->in_pos += len;
	return 0;
}

static int gzip_header(struct inflate_state *s)
{
	int flags, err, len;

	if (!inflate_is_gzip(s->in, s->in_len))
		return -EINVAL;
	err = skip(s, 10);
	if (err)
		return err;
	flags = s->in[3];
	if (flags & FLAG_RESERVED)
		return -EINVAL;
	if (flags & FLAG_EXTRA) {
		len = take(s, 16);
		err = len < 0 ? len : skip(s, (size_t)len);
	}
	if (!err && (flags & FLAG_NAME))
		err = skip_string(s);
	if (!err && (flags & FLAG_COMMENT))
		err = skip_string(s);
	align_to_byte(s);
	if (!err && (flags & FLAG_HCRC))
		err = skip(s, 2);
	return err;
}

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static int gzip_trailer(struct inflate_state *s)
{
	const uint8_t *p;

	align_to_byte(s);
	p = s->in + s->in_pos;
	if (skip(s, 8))
		return -EINVAL;
	return le32(p) == s->crc && le32(p + 4) == (uint32_t)s->total ? 0
								      : -EINVAL;
}

bool inflate_is_gzip(const void *in, size_t in_len)
{
	const uint8_t *p = in;

	return in_len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

int inflate_gzip(const void *in, size_t in_len, inflate_write *write, void *ctx,
		 struct inflate_state *work, size_t *used)
{
	int err;

	work->in = in;
	work->in_len = in_len;
	work->in_pos = 0;
	work->bits = 0;
	work->bit_count = 0;
	work->write = write;
	work->ctx = ctx;
	work->crc = 0;
	work->total = 0;
	work->pos = 0;
	err = gzip_header(work);
	if (!err)
		err = inflate_blocks(work);
	if (!err)
		err = gzip_trailer(work);
	if (used)
		*used = work->in_pos;
	return err;
}
