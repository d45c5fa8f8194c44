/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newc cpio reader.  A header is 110 bytes of ASCII: the magic, then 13
 * fields of eight hexadecimal digits; name and data follow, each padded with
 * zeros to a multiple of four from the archive's start.
 */
#include "lib/cpio.h"

#include "lib/string.h"

#include "abi/errno.h"

#define HEADER 110u
#define FIELD  8u

enum field {
	F_INO,
	F_MODE,
	F_UID,
	F_GID,
	F_NLINK,
	F_MTIME,
	F_SIZE,
	F_DEV_MAJOR,
	F_DEV_MINOR,
	F_RDEV_MAJOR,
	F_RDEV_MINOR,
	F_NAME_SIZE,
	F_CHECK,
	F_COUNT,
};

static_assert(6 + F_COUNT * FIELD == HEADER, "newc header");

void cpio_init(struct cpio_iter *it, const void *archive, size_t size)
{
	it->start = archive;
	it->size = size;
	it->pos = 0;
}

#define EACH_BYTE(n) ((uint64_t)(n)*0x0101010101010101ull)

/*
 * Eight digits at once, a byte of a word each: the archive of a boot has
 * thousands of them.  False: they are not all hexadecimal.
 */
static bool parse_hex(const uint8_t *p, uint32_t *out)
{
	uint64_t v, letter, digit, x;

	__builtin_memcpy(&v, p, sizeof(v)); /* first digit in the low byte */
	letter = v >> 6 & EACH_BYTE(1);
	digit = (v & EACH_BYTE(0xf)) + letter * 9;
	/* Is it what these digits are written as, and letter what is over 9? */
	if ((v | letter << 5) != digit + EACH_BYTE('0') + letter * 0x27 ||
	    ((digit + EACH_BYTE(6)) >> 4 & EACH_BYTE(0xf)) != letter ||
	    (digit & EACH_BYTE(0xf0)))
		return false;
	x = (digit << 4 | digit >> 8) & 0x00ff00ff00ff00ffull;
	x = (x << 8 | x >> 16) & 0x0000ffff0000ffffull;
	*out = (uint32_t)(x << 16 | x >> 32);
	return true;
}

static int parse_fields(const uint8_t *p, uint32_t out[F_COUNT])
{
	for (unsigned f = 0; f < F_COUNT; f++, p += FIELD)
		if (!parse_hex(p, &out[f]))
			return -EINVAL;
	return 0;
}

static int parse_header(const uint8_t *p, uint32_t out[F_COUNT])
{
	if (memcmp(p, "07070", 5) || (p[5] != '1' && p[5] != '2'))
		return -EINVAL;
	return parse_fields(p + 6, out);
}

static void fill(struct cpio_entry *e, const uint32_t f[F_COUNT])
{
	e->size = f[F_SIZE];
	e->mode = f[F_MODE];
	e->uid = f[F_UID];
	e->gid = f[F_GID];
	e->nlink = f[F_NLINK];
	e->ino = f[F_INO];
	e->mtime = f[F_MTIME];
	e->dev_major = f[F_DEV_MAJOR];
	e->dev_minor = f[F_DEV_MINOR];
	e->rdev_major = f[F_RDEV_MAJOR];
	e->rdev_minor = f[F_RDEV_MINOR];
}

/* The entry at it->pos, and where the one behind it begins. */
static int parse_entry(const struct cpio_iter *it, struct cpio_entry *e,
		       size_t *next)
{
	uint32_t f[F_COUNT];
	size_t pos = it->pos + HEADER, left = it->size - it->pos;

	if (left < HEADER || parse_header(it->start + it->pos, f))
		return -EINVAL;
	left -= HEADER;
	if (!f[F_NAME_SIZE] || f[F_NAME_SIZE] > left)
		return -EINVAL;
	e->name = (const char *)it->start + pos;
	/* More NULs may follow: the packer pads names to align the data. */
	e->name_len = strnlen(e->name, f[F_NAME_SIZE]);
	if (e->name_len == f[F_NAME_SIZE])
		return -EINVAL;

	pos = ALIGN_UP(pos + f[F_NAME_SIZE], 4);
	if (f[F_SIZE] && (pos > it->size || f[F_SIZE] > it->size - pos))
		return -EINVAL;
	fill(e, f);
	e->data = it->start + MIN(pos, it->size);
	*next = MIN(ALIGN_UP(pos + f[F_SIZE], 4), it->size);
	return 0;
}

static void skip_zeros(struct cpio_iter *it)
{
	while (it->pos < it->size && !it->start[it->pos])
		it->pos++;
}

static bool is_trailer(const struct cpio_entry *e)
{
	return str_equal(e->name, e->name_len, "TRAILER!!!");
}

/* Another archive begins at it->pos. */
static bool more(const struct cpio_iter *it)
{
	return it->size - it->pos >= 6 &&
	       !memcmp(it->start + it->pos, "07070", 5);
}

int cpio_next(struct cpio_iter *it, struct cpio_entry *entry)
{
	while (1) {
		size_t next;
		int err = parse_entry(it, entry, &next);

		if (err)
			return err;
		it->pos = next;
		if (!is_trailer(entry))
			return 1;
		skip_zeros(it);
		if (!more(it))
			return 0;
	}
}
