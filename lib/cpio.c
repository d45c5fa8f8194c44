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

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_fields(const uint8_t *p, uint32_t out[F_COUNT])
{
	for (unsigned f = 0; f < F_COUNT; f++) {
		out[f] = 0;
		for (unsigned i = 0; i < FIELD; i++) {
			int digit = hex_digit(*p++);

			if (digit < 0)
				return -EINVAL;
			out[f] = out[f] << 4 | (uint32_t)digit;
		}
	}
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
