/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vDSO as an object: its first page is what the kernel tells, the others
 * are the library.  Programs map it privately and cannot write it; there is one
 * for all of them, for ever.  Constant after vdso_init.
 */
#include "proc/vdso.h"

#include "arch/vdso.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/print.h"
#include "core/timer.h"
#include "mm/page.h"
#include "vm/object.h"
#include "vm/vmspace.h"

static const struct object_ops vdso_ops;
static struct object vdso;
static size_t image_pages; /* 0: there is none */

/* A page of the object with what is copied to it. */
static int add_page(uint64_t index, const char *from, size_t len,
		    struct page **out)
{
	struct page *p = page_alloc(0, ALLOC_ZERO);
	char *v;
	int err;

	if (!p)
		return -ENOMEM;
	v = page_map_local(p);
	memcpy(v, from, len);
	page_unmap_local(v);
	err = object_insert(&vdso, index, p);
	if (err)
		page_put(p);
	else
		*out = p;
	return err;
}

static int make_pages(size_t size)
{
	struct page *first, *p;
	int err = add_page(0, NULL, 0, &first);

	for (size_t at = 0; at < size && !err; at += PAGE_SIZE)
		err = add_page(1 + at / PAGE_SIZE, arch_vdso_start + at,
			       MIN(size - at, PAGE_SIZE), &p);
	if (!err) {
		struct vdso_page *told = page_map_local(first);

		told->knows_cpu = arch_vdso_knows_cpu();
		clock_share(told); /* stays mapped */
	}
	return err;
}

void vdso_init(void)
{
	size_t size = (size_t)(arch_vdso_end - arch_vdso_start);
	int err;

	if (!size)
		return;
	object_init(&vdso, &vdso_ops);
	vdso.size = PAGE_SIZE + ALIGN_UP(size, PAGE_SIZE);
	err = make_pages(size);
	if (err)
		print("no vDSO: error %d\n", -err);
	else
		image_pages = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;
}

int vdso_map(struct vmspace *vs, uaddr_t *at)
{
	struct map_request rq = {
		.len = (1 + image_pages) * PAGE_SIZE,
		.flags = AREA_R | AREA_VDSO | AREA_MAY_R | AREA_MAY_X,
		.object = &vdso,
	};
	uaddr_t base;
	int err;

	*at = 0;
	if (!image_pages)
		return 0;
	err = vmspace_map(vs, &rq, &base);
	if (!err)
		err = vmspace_protect(vs, base + PAGE_SIZE,
				      image_pages * PAGE_SIZE, AREA_R | AREA_X);
	if (!err)
		*at = base + PAGE_SIZE;
	return err;
}
