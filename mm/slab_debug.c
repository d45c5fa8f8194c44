/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DEBUG builds do to slab objects: a free one is filled with a pattern
 * behind the link of the free list, and its last word is its own address,
 * disguised.  So a second free is seen at once, and a write to a free object
 * when it is next allocated.
 */
#include "lib/string.h"

#include "core/panic.h"
#include "mm/slab_priv.h"
#include "mm/zone_priv.h"

#define FREE_BYTE 0x6b
#define FREE_MARK ((uintptr_t)0x5e1ab0b5f4ee0b7aull)
#define LINK_SIZE sizeof(uintptr_t) /* holds the free list's two bytes */

/* The word at the end of what the user has; too small objects have none. */
static uintptr_t *mark_of(const struct slab *s, void *obj)
{
	size_t at = ALIGN_DOWN(s->size, sizeof(uintptr_t));

	if (at < LINK_SIZE + sizeof(uintptr_t))
		return NULL;
	return (uintptr_t *)((char *)obj + at - sizeof(uintptr_t));
}

static void poison(const struct slab *s, void *obj)
{
	uintptr_t *mark = mark_of(s, obj);

	if (!mark)
		return;
	memset((char *)obj + LINK_SIZE, FREE_BYTE,
	       (uintptr_t)mark - (uintptr_t)obj - LINK_SIZE);
	*mark = (uintptr_t)obj ^ FREE_MARK;
}

void slab_debug_new(struct slab *s, void *block)
{
	for (unsigned i = 0; i < s->per_page; i++)
		poison(s, (char *)block + (size_t)i * s->stride);
}

void slab_debug_free(struct slab *s, void *obj)
{
	struct page *p;
	uintptr_t *mark = mark_of(s, obj);
	uintptr_t offset = (uintptr_t)obj & ((PAGE_SIZE << s->order) - 1);

	BUG_ON(!s->stride);
	p = slab_page(s, obj);
	BUG_ON(!zone_descriptor_valid(p));
	if (!(p->flags & PAGE_F_SLAB) || p->owner != (uintptr_t)s)
		panic("%s: %p is none of its objects", s->name, obj);
	if (offset % s->stride)
		panic("%s: %p is inside an object", s->name, obj);
	if (mark && *mark == ((uintptr_t)obj ^ FREE_MARK))
		panic("%s: %p freed twice", s->name, obj);
	poison(s, obj);
}

void slab_debug_alloc(struct slab *s, void *obj)
{
	uintptr_t *mark = mark_of(s, obj);
	const char *p = (char *)obj + LINK_SIZE;

	if (!mark)
		return;
	if (*mark != ((uintptr_t)obj ^ FREE_MARK))
		panic("%s: %p written while free", s->name, obj);
	for (; p < (char *)mark; p++)
		if (*p != FREE_BYTE)
			panic("%s: %p written at +%zu while free", s->name, obj,
			      (size_t)(p - (char *)obj));
	*mark = 0;
}
