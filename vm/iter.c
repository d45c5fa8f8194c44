/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Iterators: every copy is a loop over the pieces of the memory behind one,
 * each piece contiguous.  A copy between a page and user memory must not sleep
 * while the page is mapped: it runs with faults off, and what is missing is
 * brought in between two tries.
 */
#include "vm/iter.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "mm/page.h"
#include "vm/fault.h"
#include "vm/usercopy.h"

void iter_user_vec(struct iter *it, const struct iter_vec *vec, size_t n)
{
	*it = (struct iter){ .kind = ITER_USER_VEC, .segments = n, .vec = vec };
	for (size_t i = 0; i < n; i++)
		it->count += vec[i].len;
}

void iter_pages(struct iter *it, const struct iter_pvec *vec, size_t n)
{
	*it = (struct iter){ .kind = ITER_PAGES, .segments = n, .pages = vec };
	for (size_t i = 0; i < n; i++)
		it->count += vec[i].len;
}

/* Length of the current segment of a vector. */
static size_t segment_len(const struct iter *it)
{
	return it->kind == ITER_USER_VEC ? it->vec->len : it->pages->len;
}

static void next_segment(struct iter *it, int step)
{
	if (it->kind == ITER_USER_VEC)
		it->vec += step;
	else
		it->pages += step;
	it->segments -= step;
}

static bool is_vector(const struct iter *it)
{
	return it->kind == ITER_USER_VEC || it->kind == ITER_PAGES;
}

void iter_advance(struct iter *it, size_t len)
{
	it->count -= len;
	it->offset += len;
	if (!is_vector(it))
		return;
	while (it->segments > 0 && it->offset >= segment_len(it)) {
		it->offset -= segment_len(it);
		next_segment(it, 1);
	}
}

void iter_revert(struct iter *it, size_t len)
{
	it->count += len;
	while (len > it->offset) {
		len -= it->offset;
		next_segment(it, -1);
		it->offset = segment_len(it);
	}
	it->offset -= len;
}

/* The contiguous piece the iterator stands at, at most len bytes. */
struct piece {
	uaddr_t user;
	char *kernel; /* NULL: it is user's */
	void *mapped; /* to be unmapped */
	size_t len;
};

static struct piece piece_get(const struct iter *it, size_t len)
{
	struct piece p = { .len = MIN(len, it->count) };

	switch (it->kind) {
	case ITER_USER: p.user = it->user + it->offset; break;
	case ITER_KERNEL: p.kernel = it->kernel + it->offset; break;
	case ITER_USER_VEC:
		p.user = it->vec->base + it->offset;
		p.len = MIN(p.len, it->vec->len - it->offset);
		break;
	case ITER_PAGES:
		p.mapped = page_map_local(it->pages->page);
		p.kernel = (char *)p.mapped + it->pages->offset + it->offset;
		p.len = MIN(p.len, it->pages->len - it->offset);
		break;
	}
	return p;
}

static void piece_put(const struct piece *p)
{
	if (p->mapped)
		page_unmap_local(p->mapped);
}

/* Steps over empty segments, so that every piece has bytes. */
static void skip_empty(struct iter *it)
{
	if (is_vector(it) && it->count > 0 && it->offset >= segment_len(it))
		iter_advance(it, 0);
}

enum direction { TO, FROM, ZERO };

/* Between one piece and kernel memory; bytes done. */
static size_t copy_piece(const struct piece *p, void *mem, enum direction dir)
{
	if (p->kernel) {
		if (dir == TO)
			memcpy(p->kernel, mem, p->len);
		else if (dir == FROM)
			memcpy(mem, p->kernel, p->len);
		else
			memset(p->kernel, 0, p->len);
		return p->len;
	}
	if (dir == TO)
		return p->len - arch_copy_to_user(p->user, mem, p->len);
	if (dir == FROM)
		return p->len - arch_copy_from_user(mem, p->user, p->len);
	return p->len - arch_clear_user(p->user, p->len);
}

static size_t copy(struct iter *it, void *mem, size_t len, enum direction dir)
{
	size_t done = 0;

	if (it->faults_off)
		usercopy_faults_off();
	len = MIN(len, it->count);
	while (done < len) {
		struct piece p;
		size_t n;

		skip_empty(it);
		p = piece_get(it, len - done);
		n = copy_piece(&p, (char *)mem + done, dir);
		piece_put(&p);
		iter_advance(it, n);
		done += n;
		if (n < p.len)
			break;
	}
	if (it->faults_off)
		usercopy_faults_on();
	return done;
}

size_t iter_copy_to(struct iter *it, const void *src, size_t len)
{
	return copy(it, (void *)src, len, TO);
}

size_t iter_copy_from(struct iter *it, void *dst, size_t len)
{
	return copy(it, dst, len, FROM);
}

size_t iter_zero(struct iter *it, size_t len)
{
	return copy(it, NULL, len, ZERO);
}

/* The most usual copy: one range of user memory, no pieces. */
static inline size_t copy_range(struct iter *it, void *mem, size_t len,
				enum direction dir)
{
	uaddr_t at = it->user + it->offset;
	size_t left = dir == TO ? arch_copy_to_user(at, mem, len)
				: arch_copy_from_user(mem, at, len);

	it->offset += len - left;
	it->count -= len - left;
	return len - left;
}

static inline size_t copy_page_once(struct iter *it, struct page *page,
				    size_t offset, size_t len,
				    enum direction dir)
{
	char *mem = page_map_local(page);
	size_t n;

	usercopy_faults_off();
	if (likely(it->kind == ITER_USER))
		n = copy_range(it, mem + offset, len, dir);
	else
		n = copy(it, mem + offset, len, dir);
	usercopy_faults_on();
	page_unmap_local(mem);
	return n;
}

static always_inline size_t copy_page(struct iter *it, struct page *page,
				      size_t offset, size_t len,
				      enum direction dir)
{
	size_t done = 0;

	len = MIN(len, it->count);
	for (;;) {
		int err;

		done += copy_page_once(it, page, offset + done, len - done,
				       dir);
		if (likely(done == len) || it->faults_off)
			return done;
		err = dir == TO ? iter_fault_in_write(it, len - done)
				: iter_fault_in_read(it, len - done);
		if (err)
			return done;
	}
}

size_t iter_copy_to_page_any(struct iter *it, struct page *src, size_t offset,
			     size_t len)
{
	return copy_page(it, src, offset, len, TO);
}

size_t iter_copy_from_page(struct iter *it, struct page *dst, size_t offset,
			   size_t len)
{
	return copy_page(it, dst, offset, len, FROM);
}

/*
 * Bringing in.
 */

static bool touch(uaddr_t addr, bool write)
{
	struct vmspace *vs = thread_current()->vmspace;
	char c;

	if (!write)
		return arch_copy_from_user(&c, addr, 1) == 0;
	return vs && addr < USER_END &&
	       fault_in(vs, addr, FAULT_WRITE) == FAULT_OK;
}

/* Pages of [addr, addr + len) up to the first that cannot be; false if that
 * is the very first. */
static bool touch_range(uaddr_t addr, size_t len, bool write, bool *all)
{
	uaddr_t at = addr;

	*all = false;
	if (!usercopy_range_ok(addr, 1))
		return false;
	len = MIN(len, USER_END - addr);
	do {
		if (!touch(at, write))
			return at != addr;
		at = ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
	} while (at - addr < len);
	*all = true;
	return true;
}

static int fault_in_range(struct iter *it, size_t len, bool write)
{
	struct iter walk = *it;
	bool all = true, some = false;

	if (it->kind == ITER_KERNEL || it->kind == ITER_PAGES)
		return 0;
	len = MIN(len, it->count);
	while (len > 0 && all) {
		struct piece p;

		skip_empty(&walk);
		p = piece_get(&walk, len);
		some |= touch_range(p.user, p.len, write, &all);
		iter_advance(&walk, p.len);
		len -= p.len;
	}
	return some || all ? 0 : -EFAULT;
}

int iter_fault_in_read(struct iter *it, size_t len)
{
	return fault_in_range(it, len, false);
}

int iter_fault_in_write(struct iter *it, size_t len)
{
	return fault_in_range(it, len, true);
}
