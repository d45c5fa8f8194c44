/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping an ELF program and its interpreter into a new address space.  Each
 * PT_LOAD is a private mapping of the file, then anonymous memory for what is
 * beyond the file; the tail of the last file page is zeroed later.
 */
#include "arch/info.h"
#include "lib/string.h"

#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/personality.h"
#include "core/random.h"
#include "mm/kmalloc.h"
#include "proc/exec_priv.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"
#include "vm/object.h"
#include "vm/vmspace.h"

/* Where position-independent programs go, and how far they are moved. */
#define PIE_BASE        (USER_END / 3 * 2)
#define PIE_RANDOM_BITS (sizeof(long) == 8 ? 28 : 8)

int exec_randomize = 2;

uint64_t exec_random_pages(unsigned bits)
{
	uint64_t r;

	if ((process_current()->personality & ADDR_NO_RANDOMIZE) ||
	    !READ_ONCE(exec_randomize))
		return 0;
	random_bytes(&r, sizeof(r));
	return (r & ((1ull << bits) - 1)) << PAGE_SHIFT;
}

static ssize_t read_file(void *ctx, uint64_t off, void *buf, size_t len)
{
	return file_read_kernel(ctx, buf, len, (off_t)off);
}

static uint32_t area_prot(uint32_t pf)
{
	return (pf & PF_R ? AREA_R : 0) | (pf & PF_W ? AREA_W : 0) |
	       (pf & PF_X ? AREA_X : 0);
}

static int map_anon(struct vmspace *vs, uaddr_t from, uaddr_t to, uint32_t prot)
{
	struct map_request rq = {
		.addr = from,
		.len = to - from,
		.flags = prot | AREA_MAY_R | AREA_MAY_W | AREA_MAY_X,
		.fixed = true,
	};
	uaddr_t got;

	return to > from ? vmspace_map(vs, &rq, &got) : 0;
}

static int map_file(struct vmspace *vs, struct file *f, uaddr_t at, size_t len,
		    uint64_t off, uint32_t prot)
{
	struct map_request rq = {
		.addr = at,
		.len = len,
		.flags = prot,
		.fixed = true,
		.pgoff = off >> PAGE_SHIFT,
	};
	uaddr_t got;
	int err = file_mmap(f, &rq);

	if (!err)
		err = vmspace_map(vs, &rq, &got);
	if (rq.object)
		object_put(rq.object);
	if (rq.backing && atomic32_dec_and_test(&rq.backing->refs))
		rq.backing->ops->release(rq.backing);
	return err;
}

static int map_segment(struct exec *x, struct file *f,
		       const struct elf_segment *s, uint64_t bias)
{
	uaddr_t start = s->vaddr + bias;
	uaddr_t file_end = start + s->filesz, end = start + s->memsz;
	uaddr_t page = ALIGN_DOWN(start, PAGE_SIZE);
	uint32_t prot = area_prot(s->flags);
	int err = 0;

	if (s->filesz)
		err = map_file(x->vs, f, page, file_end - page,
			       s->offset - (start - page), prot);
	if (err || end <= file_end)
		return err;
	if (s->filesz && !IS_ALIGNED(file_end, PAGE_SIZE)) {
		if (x->zero_count == ARRAY_SIZE(x->zero))
			return -ENOEXEC;
		/* To the end of the page: the dynamic loader allocates from
		 * what is left of it behind .bss. */
		x->zero[x->zero_count].at = file_end;
		x->zero[x->zero_count++].len =
			ALIGN_UP(file_end, PAGE_SIZE) - file_end;
	}
	page = s->filesz ? ALIGN_UP(file_end, PAGE_SIZE) : page;
	return map_anon(x->vs, page, ALIGN_UP(end, PAGE_SIZE), prot);
}

static void note_segment(struct vmspace *vs, const struct elf_segment *s,
			 uint64_t bias)
{
	uaddr_t start = s->vaddr + bias, end = start + s->memsz;

	if ((s->flags & PF_X) && !vs->code_end) {
		vs->code_start = start;
		vs->code_end = start + s->filesz;
	} else if (s->flags & PF_W) {
		vs->data_start = start;
		vs->data_end = start + s->filesz;
	}
	vs->brk_start = MAX(vs->brk_start, ALIGN_UP(end, PAGE_SIZE));
}

static int map_segments(struct exec *x, struct file *f, struct elf_file *elf,
			uint64_t bias, bool program)
{
	struct elf_segment s;

	for (unsigned i = 0; i < elf->phnum; i++) {
		int err = elf_segment_read(elf, i, &s);

		if (!err && s.type != PT_LOAD)
			continue;
		if (!err)
			err = elf_segment_check(elf, &s);
		if (!err)
			err = map_segment(x, f, &s, bias);
		if (err)
			return err;
		if (program)
			note_segment(x->vs, &s, bias);
	}
	return 0;
}

/* A free place for the whole image: the bias to add to its addresses. */
static int place(struct exec *x, const struct elf_layout *l, uaddr_t hint,
		 uint64_t *bias)
{
	uaddr_t low = ALIGN_DOWN(l->load_start, PAGE_SIZE), at;
	uint64_t align = MAX(l->align, (uint64_t)PAGE_SIZE);
	struct map_request rq = {
		.addr = hint,
		.len = ALIGN_UP(l->load_end, PAGE_SIZE) - low + align -
		       PAGE_SIZE,
		.flags = AREA_NORESERVE,
	};
	int err;

	if (align > MIB(64))
		return -EINVAL;
	err = vmspace_map(x->vs, &rq, &at);
	if (!err)
		err = vmspace_unmap(x->vs, at, rq.len);
	*bias = ALIGN_UP(at, align) - ALIGN_DOWN(low, align);
	return err;
}

static int open_elf(struct elf_file *elf, struct file *f)
{
	static const struct elf_want want = {
		.elf_class = ARCH_ELF_CLASS,
		.machine = ARCH_ELF_MACHINE,
		.page_size = PAGE_SIZE,
		.limit = USER_END,
	};

	return elf_open(elf, &want, read_file, f);
}

static int map_interpreter(struct exec *x, struct elf_file *elf,
			   const char *path)
{
	struct elf_layout layout;
	struct file *f;
	uint64_t bias = 0;
	int err = exec_open(&(struct exec_place){ AT_FDCWD, path, 0 }, &f);

	if (err)
		return err;
	err = open_elf(elf, f);
	if (!err)
		err = elf_layout_read(elf, &layout);
	if (err) {
		err = err == -ENOEXEC ? -ELIBBAD : err;
		goto out;
	}
	if (elf->type == ET_DYN)
		err = place(x, &layout, 0, &bias);
	if (!err)
		err = map_segments(x, f, elf, bias, false);
	x->interp_base = bias;
	x->entry = elf->entry + bias;
out:
	file_put(f);
	return err;
}

static int read_interp(struct elf_file *elf, const struct elf_layout *l,
		       char **out)
{
	char *path = l->interp_len ? kmalloc(l->interp_len, 0) : NULL;
	int err;

	*out = NULL;
	if (!l->interp_len)
		return 0;
	if (!path)
		return -ENOMEM;
	err = elf_interp_read(elf, l, path);
	if (err)
		kfree(path);
	else
		*out = path;
	return err;
}

static int map_program(struct exec *x, struct elf_file *elf)
{
	struct elf_layout layout;
	char *interp = NULL;
	int err = open_elf(elf, x->file);

	if (!err)
		err = elf_layout_read(elf, &layout);
	if (!err)
		err = read_interp(elf, &layout, &interp);
	if (err)
		return err;
	x->stack_exec = layout.stack_given && layout.stack_exec;
	if (elf->type == ET_DYN)
		err = place(x, &layout,
			    ALIGN_DOWN(PIE_BASE, PAGE_SIZE) +
				    exec_random_pages(PIE_RANDOM_BITS),
			    &x->bias);
	if (!err)
		err = map_segments(x, x->file, elf, x->bias, true);
	x->program_entry = x->entry = elf->entry + x->bias;
	x->phdr = layout.phdr_vaddr ? layout.phdr_vaddr + x->bias : 0;
	x->phnum = elf->phnum;
	x->phentsize = elf->phentsize;
	if (!err && interp)
		err = map_interpreter(x, elf, interp);
	kfree(interp);
	return err;
}

int exec_map(struct exec *x)
{
	struct elf_file *elf = kmalloc(sizeof(*elf), 0);
	int err;

	if (!elf)
		return -ENOMEM;
	err = map_program(x, elf);
	kfree(elf);
	/* IRET would fault on it in the kernel.  Address 0 is never mapped, so
	 * the program dies there of SIGSEGV, as Linux has it. */
	if (!err && x->entry >= USER_END)
		x->entry = 0;
	if (!err)
		x->vs->brk_start += exec_random_pages(13);
	x->vs->brk = x->vs->brk_start;
	return err;
}
