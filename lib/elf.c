/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ELF executables.  Bytes go through a window at the start of the
 * file, so that a usual program's header and program headers cost one read.
 * ELF32 and ELF64 are told apart in two places only, `parse_header` and
 * `parse_segment`; the rest works on the neutral forms.
 */
#include "lib/elf.h"

#include "lib/string.h"

#include "abi/elf.h"
#include "abi/errno.h"

#define HEADERS_MAX 4096 /* bytes of program headers; Linux has the same */
#define PATH_MAX    4096

static uint64_t page_mask(const struct elf_file *elf)
{
	return elf->want.page_size - 1;
}

/* Bytes OFF .. OFF + LEN of the file into BUF: 0, or -ENOEXEC if not there. */
static int read_all(struct elf_file *elf, uint64_t off, void *buf, size_t len)
{
	ssize_t n;

	if (off + len < off)
		return -ENOEXEC;
	n = elf->read(elf->ctx, off, buf, len);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ENOEXEC;
}

/* The same through the window. */
static int read_window(struct elf_file *elf, uint64_t off, void *buf,
		       size_t len)
{
	if (off > elf->window_len || len > elf->window_len - off)
		return read_all(elf, off, buf, len);
	memcpy(buf, elf->window + off, len);
	return 0;
}

static void parse_header(struct elf_file *elf)
{
	if (elf->want.elf_class == ELFCLASS64) {
		struct elf64_ehdr h;

		memcpy(&h, elf->window, sizeof(h));
		elf->entry = h.e_entry;
		elf->phoff = h.e_phoff;
		elf->flags = h.e_flags;
		elf->phentsize = h.e_phentsize;
		elf->phnum = h.e_phnum;
	} else {
		struct elf32_ehdr h;

		memcpy(&h, elf->window, sizeof(h));
		elf->entry = h.e_entry;
		elf->phoff = h.e_phoff;
		elf->flags = h.e_flags;
		elf->phentsize = h.e_phentsize;
		elf->phnum = h.e_phnum;
	}
}

static size_t header_size(const struct elf_file *elf)
{
	return elf->want.elf_class == ELFCLASS64 ? sizeof(struct elf64_ehdr)
						 : sizeof(struct elf32_ehdr);
}

static size_t segment_size(const struct elf_file *elf)
{
	return elf->want.elf_class == ELFCLASS64 ? sizeof(struct elf64_phdr)
						 : sizeof(struct elf32_phdr);
}

/* The part of the header that is the same in both classes. */
static int check_ident(struct elf_file *elf)
{
	struct elf32_ehdr h;
	uint32_t magic;

	memcpy(&h, elf->window, sizeof(h));
	memcpy(&magic, h.e_ident, sizeof(magic));
	if (magic != ELF_MAGIC || h.e_ident[EI_CLASS] != elf->want.elf_class ||
	    h.e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	if (h.e_type != ET_EXEC && h.e_type != ET_DYN)
		return -ENOEXEC;
	if (h.e_machine != elf->want.machine)
		return -ENOEXEC;
	elf->type = h.e_type;
	return 0;
}

int elf_open(struct elf_file *elf, const struct elf_want *want, elf_read *read,
	     void *ctx)
{
	ssize_t n;
	int err;

	elf->read = read;
	elf->ctx = ctx;
	elf->want = *want;
	n = read(ctx, 0, elf->window, sizeof(elf->window));
	if (n < 0)
		return (int)n;
	elf->window_len = (size_t)n;
	if (elf->window_len > sizeof(elf->window) ||
	    elf->window_len < header_size(elf))
		return -ENOEXEC;
	err = check_ident(elf);
	if (err)
		return err;
	parse_header(elf);
	if (elf->phentsize != segment_size(elf) || !elf->phnum ||
	    elf->phnum > HEADERS_MAX / segment_size(elf))
		return -ENOEXEC;
	return 0;
}

static void parse_segment(const struct elf_file *elf, const void *raw,
			  struct elf_segment *seg)
{
	if (elf->want.elf_class == ELFCLASS64) {
		struct elf64_phdr p;

		memcpy(&p, raw, sizeof(p));
		*seg = (struct elf_segment){ p.p_type,   p.p_flags, p.p_offset,
					     p.p_filesz, p.p_vaddr, p.p_memsz,
					     p.p_align };
	} else {
		struct elf32_phdr p;

		memcpy(&p, raw, sizeof(p));
		*seg = (struct elf_segment){ p.p_type,   p.p_flags, p.p_offset,
					     p.p_filesz, p.p_vaddr, p.p_memsz,
					     p.p_align };
	}
}

int elf_segment_read(struct elf_file *elf, unsigned index,
		     struct elf_segment *seg)
{
	uint8_t raw[sizeof(struct elf64_phdr)];
	uint64_t at = (uint64_t)index * segment_size(elf);
	int err;

	if (index >= elf->phnum || elf->phoff + at < at)
		return -ENOEXEC;
	err = read_window(elf, elf->phoff + at, raw, segment_size(elf));
	if (err)
		return err;
	parse_segment(elf, raw, seg);
	return 0;
}

int elf_segment_check(const struct elf_file *elf, const struct elf_segment *seg)
{
	if (seg->filesz > seg->memsz)
		return -EINVAL;
	if (seg->vaddr > elf->want.limit ||
	    seg->memsz > elf->want.limit - seg->vaddr)
		return -EINVAL;
	if (!seg->filesz)
		return 0;
	if (seg->offset + seg->filesz < seg->offset ||
	    seg->offset + seg->filesz > INT64_MAX)
		return -EINVAL;
	if ((seg->offset ^ seg->vaddr) & page_mask(elf))
		return -EINVAL;
	return 0;
}

static int add_load(const struct elf_file *elf, const struct elf_segment *seg,
		    struct elf_layout *out)
{
	uint64_t phdr_len = (uint64_t)elf->phnum * elf->phentsize;
	int err = elf_segment_check(elf, seg);

	if (err)
		return err;
	if (!out->load_count || seg->vaddr < out->load_start)
		out->load_start = seg->vaddr;
	if (seg->vaddr + seg->memsz > out->load_end)
		out->load_end = seg->vaddr + seg->memsz;
	if (seg->align > out->align && !(seg->align & (seg->align - 1)))
		out->align = seg->align;
	if (elf->phoff >= seg->offset && phdr_len <= seg->filesz &&
	    elf->phoff - seg->offset <= seg->filesz - phdr_len)
		out->phdr_vaddr = seg->vaddr + (elf->phoff - seg->offset);
	out->load_count++;
	return 0;
}

/* The first PT_INTERP counts, as on Linux. */
static int add_interp(const struct elf_segment *seg, struct elf_layout *out)
{
	if (out->interp_len)
		return 0;
	if (seg->filesz < 2 || seg->filesz > PATH_MAX)
		return -ENOEXEC;
	out->interp_off = seg->offset;
	out->interp_len = (uint32_t)seg->filesz;
	return 0;
}

static int add_segment(const struct elf_file *elf,
		       const struct elf_segment *seg, struct elf_layout *out)
{
	switch (seg->type) {
	case PT_LOAD: return add_load(elf, seg, out);
	case PT_INTERP: return add_interp(seg, out);
	case PT_GNU_STACK:
		out->stack_given = true;
		out->stack_exec = seg->flags & PF_X;
		return 0;
	case PT_TLS:
		out->tls_given = true;
		out->tls = *seg;
		return 0;
	default: return 0;
	}
}

int elf_layout_read(struct elf_file *elf, struct elf_layout *out)
{
	struct elf_segment seg;

	memset(out, 0, sizeof(*out));
	out->align = elf->want.page_size;
	for (unsigned i = 0; i < elf->phnum; i++) {
		int err = elf_segment_read(elf, i, &seg);

		if (!err)
			err = add_segment(elf, &seg, out);
		if (err)
			return err;
	}
	return out->load_count ? 0 : -ENOEXEC;
}

int elf_interp_read(struct elf_file *elf, const struct elf_layout *layout,
		    char *buf)
{
	int err;

	if (layout->interp_len < 2)
		return -ENOEXEC;
	err = read_window(elf, layout->interp_off, buf, layout->interp_len);
	if (err)
		return err;
	return buf[layout->interp_len - 1] ? -ENOEXEC : 0;
}
