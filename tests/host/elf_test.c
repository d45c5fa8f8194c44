/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/elf: this program itself, files of both classes made here, each cut at
 * every byte, and thousands damaged at random. */
#include <string.h>

#include "lib/elf.h"

#include "abi/elf.h"
#include "abi/errno.h"
#include "test.h"

#define FILE_LEN 2600

static uint8_t image[FILE_LEN];

struct source {
	const uint8_t *data;
	size_t len;
	unsigned reads;
};

static ssize_t read_image(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct source *s = ctx;

	s->reads++;
	if (off >= s->len)
		return 0;
	len = MIN(len, s->len - (size_t)off);
	memcpy(buf, s->data + off, len);
	return (ssize_t)len;
}

static ssize_t read_stdio(void *ctx, uint64_t off, void *buf, size_t len)
{
	fseek(ctx, (long)off, SEEK_SET);
	return (ssize_t)fread(buf, 1, len, ctx);
}

static ssize_t read_broken(void *ctx, uint64_t off, void *buf, size_t len)
{
	return -EIO;
}

static const struct elf_want want64 = { ELFCLASS64, EM_X86_64, 4096,
					1ull << 47 };
static const struct elf_want want32 = { ELFCLASS32, EM_ARM, 4096, 0xbf000000 };

struct made {
	uint32_t type, flags;
	uint64_t offset, vaddr, filesz, memsz, align;
};

static const struct made usual[] = {
	{ PT_PHDR, PF_R, 64, 0x400040, 0x188, 0x188, 8 },
	{ PT_INTERP, PF_R, 1200, 0x4004b0, 9, 9, 1 },
	{ PT_LOAD, PF_R | PF_X, 0, 0x400000, 1300, 1300, 0x1000 },
	{ PT_LOAD, PF_R | PF_W, 2100, 0x402834, 400, 9000, 0x10000 },
	{ PT_TLS, PF_R, 2110, 0x40283e, 16, 64, 16 },
	{ PT_GNU_STACK, PF_R | PF_W | PF_X, 0, 0, 0, 0, 16 },
	{ PT_NOTE, PF_R, 2000, 0x4007d0, 32, 32, 4 },
};

static void make64(const struct made *m, unsigned count)
{
	struct elf64_ehdr h = { { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
				  EV_CURRENT },
				ET_DYN,
				EM_X86_64,
				1,
				0x400800,
				64 };

	h.e_phentsize = sizeof(struct elf64_phdr);
	h.e_phnum = (uint16_t)count;
	memcpy(image, &h, sizeof(h));
	for (unsigned i = 0; i < count; i++) {
		struct elf64_phdr p = { m[i].type,  m[i].flags, m[i].offset,
					m[i].vaddr, m[i].vaddr, m[i].filesz,
					m[i].memsz, m[i].align };

		memcpy(image + 64 + i * sizeof(p), &p, sizeof(p));
	}
	memcpy(image + 1200, "/lib/ld.", 9);
}

static void make32(const struct made *m, unsigned count)
{
	struct elf32_ehdr h = { { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB,
				  EV_CURRENT },
				ET_EXEC,
				EM_ARM,
				1,
				0x400800,
				64 };

	h.e_flags = 0x5000400;
	h.e_phentsize = sizeof(struct elf32_phdr);
	h.e_phnum = (uint16_t)count;
	memcpy(image, &h, sizeof(h));
	for (unsigned i = 0; i < count; i++) {
		struct elf32_phdr p = { m[i].type,
					(uint32_t)m[i].offset,
					(uint32_t)m[i].vaddr,
					(uint32_t)m[i].vaddr,
					(uint32_t)m[i].filesz,
					(uint32_t)m[i].memsz,
					m[i].flags,
					(uint32_t)m[i].align };

		memcpy(image + 64 + i * sizeof(p), &p, sizeof(p));
	}
	memcpy(image + 1200, "/lib/ld.", 9);
}

/* All that exec does with a file, from an exact allocation. */
static int load(const struct elf_want *want, size_t len,
		struct elf_layout *layout)
{
	uint8_t *exact = malloc(len + !len);
	struct source s = { exact, len, 0 };
	char path[4096];
	struct elf_file *elf = malloc(sizeof(*elf));
	int err;

	memcpy(exact, image, len);
	err = elf_open(elf, want, read_image, &s);
	if (!err)
		err = elf_layout_read(elf, layout);
	if (!err && layout->interp_len)
		err = elf_interp_read(elf, layout, path);
	if (!err) {
		CHECK(layout->load_start <= layout->load_end);
		CHECK(layout->load_end <= want->limit);
		CHECK(!layout->interp_len || strlen(path) < 4096);
	}
	free(elf);
	free(exact);
	return err;
}

static void check_usual(const struct elf_layout *l)
{
	CHECK_EQ(l->load_count, 2);
	CHECK_EQ(l->load_start, 0x400000);
	CHECK_EQ(l->load_end, 0x402834 + 9000);
	CHECK_EQ(l->align, 0x10000);
	CHECK_EQ(l->phdr_vaddr, 0x400040);
	CHECK_EQ(l->interp_len, 9);
	CHECK(l->stack_given && l->stack_exec && l->tls_given);
	CHECK_EQ(l->tls.memsz, 64);
}

TEST(both_classes)
{
	struct elf_layout l;

	make64(usual, ARRAY_SIZE(usual));
	CHECK_EQ(load(&want64, FILE_LEN, &l), 0);
	check_usual(&l);
	CHECK_EQ(load(&want32, FILE_LEN, &l), -ENOEXEC);
	make32(usual, ARRAY_SIZE(usual));
	CHECK_EQ(load(&want32, FILE_LEN, &l), 0);
	check_usual(&l);
	CHECK_EQ(load(&want64, FILE_LEN, &l), -ENOEXEC);
}

TEST(one_read_is_enough)
{
	struct source s = { image, FILE_LEN, 0 };
	static struct elf_file elf;
	struct elf_layout l;

	make64(usual, ARRAY_SIZE(usual));
	CHECK_EQ(elf_open(&elf, &want64, read_image, &s), 0);
	CHECK_EQ(elf_layout_read(&elf, &l), 0);
	CHECK_EQ(s.reads, 1);
	CHECK_EQ(elf.type, ET_DYN);
	CHECK_EQ(elf.entry, 0x400800);
	CHECK_EQ(elf_open(&elf, &want64, read_broken, &s), -EIO);
}

TEST(this_program)
{
	FILE *f = fopen("/proc/self/exe", "rb");
	static struct elf_file elf;
	struct elf_layout l;
	char path[4096];

	CHECK_EQ(elf_open(&elf, &want64, read_stdio, f), 0);
	CHECK_EQ(elf_layout_read(&elf, &l), 0);
	CHECK(l.load_count >= 2 && l.phdr_vaddr && l.stack_given);
	CHECK_EQ(elf_interp_read(&elf, &l, path), 0);
	CHECK(strstr(path, "ld-linux"));
	fclose(f);
}

static int load_with(struct made m)
{
	struct made list[8];
	struct elf_layout l;

	memcpy(list, usual, sizeof(usual));
	list[7] = m;
	make64(list, 8);
	return load(&want64, FILE_LEN, &l);
}

TEST(bad_segments)
{
	const uint64_t top = 1ull << 47;

	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, 0, 2, 1, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, top, 0, 0, 1 }), 0);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, top, 0, 1, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, top + 1, 0, 0, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, 0, 0, ~0ull, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, 4096, 0, -4096ull }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 1, 0, 4, 4, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, -4096ull, 4096, 8192,
					  8192, 1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 1ull << 63, 4096, 2, 2,
					  1 }),
		 -EINVAL);
	CHECK_EQ(load_with((struct made){ PT_LOAD, 4, 0, 4096, 2, 2, ~0ull }),
		 0);
	CHECK_EQ(load_with((struct made){ PT_NULL, ~0u, ~0ull, ~0ull, ~0ull,
					  ~0ull, ~0ull }),
		 0);
}

static int load_interp(uint64_t offset, uint64_t len)
{
	struct made list[2] = { usual[1], usual[2] };
	struct elf_layout l;

	list[0].offset = offset;
	list[0].filesz = len;
	make64(list, 2);
	return load(&want64, FILE_LEN, &l);
}

TEST(bad_interpreters)
{
	CHECK_EQ(load_interp(1200, 9), 0);
	CHECK_EQ(load_interp(1200, 8), -ENOEXEC);
	CHECK_EQ(load_interp(1200, 1), -ENOEXEC);
	CHECK_EQ(load_interp(1200, 0), -ENOEXEC);
	CHECK_EQ(load_interp(1200, 4097), -ENOEXEC);
	CHECK_EQ(load_interp(FILE_LEN - 4, 9), -ENOEXEC);
	CHECK_EQ(load_interp(~0ull - 4, 9), -ENOEXEC);
}

TEST(bad_headers)
{
	struct elf64_ehdr *h = (struct elf64_ehdr *)image;
	struct elf_layout l;

#define BAD(field, value)                                        \
	do {                                                     \
		make64(usual, ARRAY_SIZE(usual));                \
		h->field = (value);                              \
		CHECK_EQ(load(&want64, FILE_LEN, &l), -ENOEXEC); \
	} while (0)
	BAD(e_ident[0], 'x');
	BAD(e_ident[EI_DATA], 2);
	BAD(e_type, ET_REL);
	BAD(e_type, ET_CORE);
	BAD(e_machine, EM_386);
	BAD(e_phnum, 0);
	BAD(e_phnum, 0xffff);
	BAD(e_phnum, 74);
	BAD(e_phentsize, 32);
	BAD(e_phoff, ~0ull);
	BAD(e_phoff, ~0ull - 100);
	BAD(e_phoff, FILE_LEN - 56);
	make64(usual, 1);
	CHECK_EQ(load(&want64, FILE_LEN, &l), -ENOEXEC); /* no PT_LOAD */
}

TEST(cut_short)
{
	struct elf_layout l;

	make64(usual, ARRAY_SIZE(usual));
	for (size_t len = 0; len < 1209; len++)
		CHECK_EQ(load(&want64, len, &l), -ENOEXEC);
	make32(usual, ARRAY_SIZE(usual));
	for (size_t len = 0; len < 1209; len++)
		CHECK_EQ(load(&want32, len, &l), -ENOEXEC);
}

static void damage(void)
{
	static const uint8_t edge[] = { 0, 1, 0x7f, 0x80, 0xff, 0x10 };

	for (size_t n = 1 + test_below(4); n--;) {
		size_t at = test_below(64 + 7 * 56);

		if (test_below(2))
			image[at] = edge[test_below(sizeof(edge))];
		else
			memset(image + (at & ~7ul), edge[test_below(6)], 8);
	}
}

TEST(damaged)
{
	struct elf_layout l;

	for (int round = 0; round < 60000; round++) {
		bool wide = round & 1;
		int err;

		if (wide)
			make64(usual, ARRAY_SIZE(usual));
		else
			make32(usual, ARRAY_SIZE(usual));
		damage();
		err = load(wide ? &want64 : &want32, FILE_LEN, &l);
		CHECK(!err || err == -ENOEXEC || err == -EINVAL);
	}
}
