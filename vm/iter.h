/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the bytes of an I/O come from or go to: user memory (one range or an
 * iovec), kernel memory, or pages.  Every file operation takes one; it moves
 * on as it is used.
 *
 * Copies to and from user memory may fault pages in (and sleep) unless the
 * caller has switched faults off (vm/usercopy.h); a copy that stops early
 * returns fewer bytes than asked for, 0 at a fault with nothing copied.
 */
#pragma once

#include "arch/user.h"
#include "lib/types.h"

#include "mm/page.h"

struct iter_vec { /* the layout of struct iovec of this ABI */
	uaddr_t base;
	size_t len;
};
struct iter_kvec {
	void *base;
	size_t len;
};
struct iter_pvec {
	struct page *page;
	uint32_t offset, len;
};

enum iter_kind { ITER_USER, ITER_USER_VEC, ITER_KERNEL, ITER_PAGES };

struct iter {
	enum iter_kind kind;
	bool faults_off; /* user copies must not sleep */
	size_t count;    /* bytes left */
	size_t offset;   /* into the first segment */
	size_t segments; /* left, for vectors */
	union {
		uaddr_t user;
		const struct iter_vec *vec; /* kernel copy of the iovec */
		char *kernel;
		const struct iter_pvec *pages;
	};
};

static inline void iter_user(struct iter *it, uaddr_t buf, size_t len)
{
	*it = (struct iter){ .kind = ITER_USER, .count = len, .user = buf };
}
static inline void iter_kernel(struct iter *it, void *buf, size_t len)
{
	*it = (struct iter){ .kind = ITER_KERNEL, .count = len, .kernel = buf };
}
void iter_user_vec(struct iter *it, const struct iter_vec *vec, size_t n);
void iter_pages(struct iter *it, const struct iter_pvec *vec, size_t n);

/* Into the iterator's memory; bytes copied. */
size_t iter_copy_to(struct iter *it, const void *src, size_t len);
size_t iter_zero(struct iter *it, size_t len);
size_t iter_copy_to_page_any(struct iter *it, struct page *src, size_t offset,
			     size_t len);
/* Out of the iterator's memory; bytes copied. */
size_t iter_copy_from(struct iter *it, void *dst, size_t len);
size_t iter_copy_from_page(struct iter *it, struct page *dst, size_t offset,
			   size_t len);
void iter_advance(struct iter *it, size_t len);
/* Undo of the last `len` bytes. */
void iter_revert(struct iter *it, size_t len);
/* Faults in up to len bytes of a source (or target) so that the copy after it
 * can run with faults off; 0 or -EFAULT when not even one byte is there. */
int must_check iter_fault_in_read(struct iter *it, size_t len);
int must_check iter_fault_in_write(struct iter *it, size_t len);

/* The case that reads of cached files are made of, in line: one user range,
 * and a page that stays mapped while a fault is resolved. */
static inline size_t iter_copy_to_page(struct iter *it, struct page *src,
				       size_t offset, size_t len)
{
	if (unlikely(!ARCH_PAGES_MAPPED || it->kind != ITER_USER ||
		     it->faults_off))
		return iter_copy_to_page_any(it, src, offset, len);
	len = MIN(len, it->count);
	len -= arch_copy_to_user(it->user + it->offset,
				 (char *)page_map_local(src) + offset, len);
	it->offset += len;
	it->count -= len;
	return len;
}
