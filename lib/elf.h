/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ELF executables, 32 and 64 bits wide, from a file nobody trusts.
 *
 * elf_open checks the header against the class and machine wanted, then
 * elf_segment gives program headers one by one in a form without class, and
 * elf_layout what exec wants to know of all of them.  Bytes come from a
 * callback; the file may change or shrink between two reads without harm:
 * what is handed out was checked after it was read.  Any content gives an
 * error of Linux's, never a fault or an overflow: -ENOEXEC for what is no
 * executable of this machine, -EINVAL for segments that cannot be mapped, or
 * what the callback said.  An ELF interpreter's -ENOEXEC is -ELIBBAD to the
 * caller of execve.
 */
#pragma once

#include "lib/types.h"

/* Reads up to LEN bytes at OFF: count (short only at end of file) or -errno. */
typedef ssize_t elf_read(void *ctx, uint64_t off, void *buf, size_t len);

struct elf_want {
	uint8_t elf_class;  /* ELFCLASS32, ELFCLASS64 */
	uint16_t machine;   /* EM_* */
	uint32_t page_size; /* what mappings align to */
	uint64_t limit;     /* first address above user space */
};

/* 1.1 KiB: keep it off the stack. */
struct elf_file {
	elf_read *read;
	void *ctx;
	struct elf_want want;
	uint16_t type;  /* ET_EXEC, ET_DYN */
	uint16_t phnum; /* 1 .. */
	uint16_t phentsize;
	uint32_t flags; /* e_flags */
	uint64_t entry;
	uint64_t phoff;
	size_t window_len; /* bytes from the file's start in window */
	uint8_t window[1024];
};

struct elf_segment {
	uint32_t type;  /* PT_* */
	uint32_t flags; /* PF_* */
	uint64_t offset, filesz;
	uint64_t vaddr, memsz;
	uint64_t align;
};

struct elf_layout {
	unsigned load_count; /* PT_LOAD segments, at least 1 */
	uint64_t load_start; /* lowest and first above highest address, */
	uint64_t load_end;   /* in bytes, not yet rounded to pages */
	uint64_t align;      /* largest power-of-two alignment of a PT_LOAD */
	uint64_t phdr_vaddr; /* where the headers get mapped; 0: nowhere */
	uint64_t interp_off; /* PT_INTERP: path with its NUL; len 0: none */
	uint32_t interp_len; /* 2 .. PATH_MAX */
	bool stack_given;    /* there is a PT_GNU_STACK, */
	bool stack_exec;     /* and it wants an executable stack */
	bool tls_given;      /* there is a PT_TLS */
	struct elf_segment tls;
};

must_check int elf_open(struct elf_file *elf, const struct elf_want *want,
			elf_read *read, void *ctx);

/* Program header INDEX, 0 <= INDEX < phnum, unchecked but well formed. */
must_check int elf_segment_read(struct elf_file *elf, unsigned index,
				struct elf_segment *seg);

/* 0, or -EINVAL for a PT_LOAD that holds more file than memory, leaves user
 * space, or whose place in file and memory differ modulo the page. */
must_check int elf_segment_check(const struct elf_file *elf,
				 const struct elf_segment *seg);

/* All headers, every PT_LOAD checked. */
must_check int elf_layout_read(struct elf_file *elf, struct elf_layout *out);

/* The interpreter's path into BUF of at least layout->interp_len bytes,
 * terminated; -ENOEXEC when it is not. */
must_check int elf_interp_read(struct elf_file *elf,
			       const struct elf_layout *layout, char *buf);
