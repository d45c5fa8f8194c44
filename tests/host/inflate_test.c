/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/inflate against streams that zlib made (mkstreams.py), whole, cut short
 * and damaged. */
#include <string.h>

#include "lib/inflate.h"

#include "abi/errno.h"
#include "test.h"

#define STREAMS "build/host/streams/"

static struct inflate_state work;

struct blob {
	uint8_t *data;
	size_t len;
};

static struct blob read_file(const char *name, const char *suffix)
{
	struct blob b = { NULL, 0 };
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), STREAMS "%s%s", name, suffix);
	f = fopen(path, "rb");
	if (!f)
		test_fail("no %s", path);
	fseek(f, 0, SEEK_END);
	b.len = (size_t)ftell(f);
	rewind(f);
	b.data = malloc(b.len + 1);
	b.len = fread(b.data, 1, b.len, f);
	fclose(f);
	return b;
}

/* Compares as the output comes. */
struct expect {
	const uint8_t *at;
	size_t left;
	size_t pieces;
	int stop; /* to return from the second piece on */
};

static int compare(void *ctx, const void *data, size_t len)
{
	struct expect *e = ctx;

	if (len > e->left || memcmp(data, e->at, len))
		return -EIO;
	e->at += len;
	e->left -= len;
	return e->pieces++ ? e->stop : 0;
}

static void one_stream(const char *name)
{
	struct blob gz = read_file(name, ".gz"), raw = read_file(name, ".raw");
	struct expect e = { raw.data, raw.len, 0, 0 };
	uint8_t *exact = malloc(gz.len); /* so that ASan sees an overrun */
	size_t used;
	int err;

	memcpy(exact, gz.data, gz.len);
	CHECK(inflate_is_gzip(exact, gz.len));
	err = inflate_gzip(exact, gz.len, compare, &e, &work, &used);
	if (err || e.left || used != gz.len)
		test_fail("%s: %d, %zu left, %zu of %zu used", name, err,
			  e.left, used, gz.len);
	free(exact);
	free(gz.data);
	free(raw.data);
}

TEST(streams)
{
	struct blob list = read_file("list", "");
	char *name;

	list.data[list.len] = 0;
	for (name = strtok((char *)list.data, "\n"); name;
	     name = strtok(NULL, "\n"))
		one_stream(name);
	free(list.data);
}

static int swallow(void *ctx, const void *data, size_t len)
{
	return 0;
}

static int inflate_copy(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len + !len);
	int err;

	memcpy(exact, data, len);
	err = inflate_gzip(exact, len, swallow, NULL, &work, NULL);
	free(exact);
	return err;
}

TEST(cut_short)
{
	static const char *const names[] = { "hello-6", "one-0", "runs-9",
					     "hello-fixed", "empty-6" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct blob gz = read_file(names[i], ".gz");

		for (size_t len = 0; len < gz.len; len++)
			CHECK_EQ(inflate_copy(gz.data, len), -EINVAL);
		CHECK_EQ(inflate_copy(gz.data, gz.len), 0);
		free(gz.data);
	}
}

/* Damage is found, or it hit bits that carry nothing (names in the header,
 * padding before a stored block) and the output is right all the same. */
static void damage(const char *name)
{
	struct blob gz = read_file(name, ".gz"), raw = read_file(name, ".raw");

	for (int round = 0; round < 300; round++) {
		struct expect e = { raw.data, raw.len, 0, 0 };
		size_t at = test_below(MIN(gz.len, (size_t)2000));
		uint8_t old = gz.data[at];

		gz.data[at] ^= (uint8_t)(1 + test_below(255));
		if (!inflate_gzip(gz.data, gz.len, compare, &e, &work, NULL))
			CHECK(!e.left);
		gz.data[at] = old;
	}
	free(gz.data);
	free(raw.data);
}

TEST(damaged)
{
	damage("hello-6");
	damage("mixed-9");
	damage("runs-1");
	damage("header");
	damage("far-6");
}

TEST(noise)
{
	uint8_t data[600] = { 0x1f, 0x8b, 8 };

	for (int round = 0; round < 20000; round++) {
		for (size_t i = 10; i < sizeof(data); i++)
			data[i] = (uint8_t)test_random();
		CHECK_EQ(inflate_copy(data, test_below(sizeof(data))), -EINVAL);
	}
}

TEST(the_writer_stops_it)
{
	struct blob gz = read_file("zeros-6", ".gz");
	struct blob raw = read_file("zeros-6", ".raw");
	struct expect e = { raw.data, raw.len, 0, -ENOSPC };

	CHECK_EQ(inflate_gzip(gz.data, gz.len, compare, &e, &work, NULL),
		 -ENOSPC);
	CHECK_EQ(e.pieces, 2);
	free(gz.data);
	free(raw.data);
}

TEST(members_follow)
{
	struct blob a = read_file("hello-6", ".gz");
	struct blob b = read_file("one-6", ".gz");
	uint8_t *both = malloc(a.len + b.len);
	size_t used;

	memcpy(both, a.data, a.len);
	memcpy(both + a.len, b.data, b.len);
	CHECK_EQ(inflate_gzip(both, a.len + b.len, swallow, NULL, &work, &used),
		 0);
	CHECK_EQ(used, a.len);
	CHECK_EQ(inflate_copy(both + used, b.len), 0);
	free(both);
	free(a.data);
	free(b.data);
}

TEST(crc)
{
	CHECK_EQ(inflate_crc32(0, "123456789", 9), 0xcbf43926);
	CHECK_EQ(inflate_crc32(inflate_crc32(0, "1234", 4), "56789", 5),
		 0xcbf43926);
}
