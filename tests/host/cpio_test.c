/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/cpio on archives made here: read back, cut at every byte, damaged. */
#include <string.h>

#include "lib/cpio.h"

#include "abi/errno.h"
#include "test.h"

static uint8_t image[4096];
static size_t len;

static void pad(void)
{
	while (len % 4)
		image[len++] = 0;
}

static void add(const char *name, unsigned mode, const char *data)
{
	unsigned size = (unsigned)strlen(data);

	len += (size_t)sprintf((char *)image + len,
			       "070701%08X%08x%08X%08X%08X%08X%08X%08X%08X"
			       "%08X%08X%08X%08X",
			       11, mode, 1000, 100, 1, 0x5f000000, size, 8, 1,
			       5, 0xab, (unsigned)strlen(name) + 1, 0);
	len += (size_t)sprintf((char *)image + len, "%s", name) + 1;
	pad();
	memcpy(image + len, data, size);
	len += size;
	pad();
}

static void make(void)
{
	len = 0;
	add(".", 040755, "");
	add("etc/motd", 0100644, "welcome\n");
	add("bin/sh", 0120777, "busybox");
	add("dev/console", 020600, "");
	add("TRAILER!!!", 0, "");
}

/* Entries until the end or an error, from an exact allocation. */
static int walk(size_t size, int *err)
{
	uint8_t *exact = malloc(size + !size);
	struct cpio_entry e;
	struct cpio_iter it;
	int count = 0;

	memcpy(exact, image, size);
	cpio_init(&it, exact, size);
	while ((*err = cpio_next(&it, &e)) == 1) {
		volatile uint8_t sum = 0;

		CHECK_EQ(strlen(e.name), e.name_len);
		for (size_t i = 0; i < e.size; i++)
			sum ^= ((const uint8_t *)e.data)[i];
		CHECK(++count < 100);
	}
	CHECK(it.pos <= size);
	free(exact);
	return count;
}

TEST(read_back)
{
	struct cpio_iter it;
	struct cpio_entry e;

	make();
	cpio_init(&it, image, len);
	CHECK_EQ(cpio_next(&it, &e), 1);
	CHECK(!strcmp(e.name, ".") && e.mode == 040755 && !e.size);
	CHECK_EQ(cpio_next(&it, &e), 1);
	CHECK(!strcmp(e.name, "etc/motd") && e.name_len == 8);
	CHECK(e.size == 8 && !memcmp(e.data, "welcome\n", 8));
	CHECK(e.ino == 11 && e.uid == 1000 && e.gid == 100 && e.nlink == 1);
	CHECK(e.mtime == 0x5f000000 && e.dev_major == 8 && e.dev_minor == 1);
	CHECK(e.rdev_major == 5 && e.rdev_minor == 0xab);
	CHECK_EQ(cpio_next(&it, &e), 1);
	CHECK(!strcmp(e.name, "bin/sh") && !memcmp(e.data, "busybox", 7));
	CHECK_EQ(cpio_next(&it, &e), 1);
	CHECK_EQ(cpio_next(&it, &e), 0);
	CHECK_EQ(it.pos, len);
	image[5] = '2';
	cpio_init(&it, image, len);
	CHECK_EQ(cpio_next(&it, &e), 1);
	image[5] = '7'; /* the old portable format */
	cpio_init(&it, image, len);
	CHECK_EQ(cpio_next(&it, &e), -EINVAL);
	CHECK_EQ(it.pos, 0);
}

/* The packer pads names with NULs, so that data begin on a page. */
TEST(padded_name)
{
	struct cpio_iter it;
	struct cpio_entry e;

	len = 0;
	add("file................", 0100644, "data");
	memset(image + 110 + 4, 0, 16);
	cpio_init(&it, image, len);
	CHECK_EQ(cpio_next(&it, &e), 1);
	CHECK(!strcmp(e.name, "file") && e.name_len == 4);
	CHECK(e.size == 4 && !memcmp(e.data, "data", 4));
	memset(image + 110, 'x', 21);
	cpio_init(&it, image, len);
	CHECK_EQ(cpio_next(&it, &e), -EINVAL);
}

TEST(one_behind_the_other)
{
	int err;

	make();
	memset(image + len, 0, 512);
	len += 512;
	add("second", 0100644, "x");
	add("TRAILER!!!", 0, "");
	CHECK_EQ(walk(len, &err), 5);
	CHECK_EQ(err, 0);
	memset(image + len, 0, 300);
	CHECK_EQ(walk(len + 300, &err), 5);
	CHECK_EQ(err, 0);
	image[len] = 0x1f; /* something else: the caller's */
	CHECK_EQ(walk(len + 300, &err), 5);
	CHECK_EQ(err, 0);
}

TEST(cut_short)
{
	int err;

	make();
	for (size_t n = 0; n < len - 1; n++) {
		walk(n, &err);
		/* The trailer's own padding may be missing. */
		CHECK_EQ(err, n < len - 3 ? -EINVAL : 0);
	}
	CHECK_EQ(walk(len, &err), 4);
}

TEST(damaged)
{
	static const char edge[] = "0fF817\0";
	int err;

	for (int round = 0; round < 100000; round++) {
		make();
		for (size_t n = 1 + test_below(4); n--;)
			image[test_below(len)] =
				(uint8_t)(test_below(2) ? edge[test_below(7)]
							: (char)test_random());
		walk(len, &err);
		CHECK(err == 0 || err == -EINVAL);
	}
}

TEST(sizes_that_overflow)
{
	int err;

	make();
	memcpy(image + 6 + 6 * 8, "ffffffff", 8); /* data */
	CHECK_EQ(walk(len, &err), 0);
	CHECK_EQ(err, -EINVAL);
	make();
	memcpy(image + 6 + 11 * 8, "ffffffff", 8); /* name */
	CHECK_EQ(walk(len, &err), 0);
	CHECK_EQ(err, -EINVAL);
	make();
	memcpy(image + 6 + 11 * 8, "00000000", 8);
	CHECK_EQ(walk(len, &err), 0);
	CHECK_EQ(err, -EINVAL);
}
