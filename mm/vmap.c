/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas of kernel addresses.
 *
 * Areas, used and free, tile [VMAP_START, ARCH_VMAP_END) in a list in order of
 * address.  Used ones are also in a tree by address, free ones in a tree by
 * size, so that the smallest gap that fits is found in logarithmic time.
 * No two free areas touch.
 *
 * An area's last page is never mapped, nor is the page before VMAP_START; so
 * an unmapped page lies on both sides of everything.
 *
 * Life of a range: reserved, mapped, used, unmapped, flushed on all CPUs, its
 * pages freed, its addresses free again - in this order, so that no CPU can
 * reach a page that somebody else has by now.
 *
 * vmap_lock covers the list, the trees and the kernel's page tables between
 * ARCH_VMAP_BASE and ARCH_VMAP_END.  Table pages stay for ever.
 */
#include "mm/vmap.h"

#include "arch/mmu.h"
#include "arch/thread.h"
#include "lib/list.h"
#include "lib/rbtree.h"

#include "core/ipi.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "mm/cpu_priv.h"
#include "mm/slab.h"

/* The page before an area must be unmapped; the first has none otherwise. */
#define VMAP_START (ARCH_VMAP_BASE + PAGE_SIZE)
/* The lock is let go after so many pages. */
#define MAP_BATCH  64
#define CPU_STACKS 4

enum area_kind { AREA_FREE, AREA_PAGES, AREA_FOREIGN };

struct area {
	struct list link;
	struct rb_node node; /* in `used` or, AREA_FREE, in `gaps` */
	vaddr_t base;
	size_t size; /* with the guard page */
	enum area_kind kind;
};

static struct slab area_slab = SLAB("vmap_area", struct area);
static struct spinlock vmap_lock = SPINLOCK(RANK_VMAP);
/* protected by vmap_lock: */
static struct list areas = LIST_INIT(areas);
static struct rb_root used, gaps;

struct stack_cache {
	unsigned count;
	void *stack[CPU_STACKS];
};
static DEFINE_PERCPU(struct stack_cache, stack_cache);

static void used_insert_locked(struct area *a)
{
	struct rb_node **link = &used.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = a->base < rb_entry(parent, struct area, node)->base
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&used, &a->node, parent, link);
}

static void gap_insert_locked(struct area *a)
{
	struct rb_node **link = &gaps.node, *parent = NULL;

	a->kind = AREA_FREE;
	while (*link) {
		parent = *link;
		link = a->size < rb_entry(parent, struct area, node)->size
			       ? &parent->left
			       : &parent->right;
	}
	rb_insert(&gaps, &a->node, parent, link);
}

static struct area *gap_find_locked(size_t size)
{
	struct rb_node *n = gaps.node, *best = NULL;

	while (n) {
		if (rb_entry(n, struct area, node)->size >= size) {
			best = n;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return rb_entry_or_null(best, struct area, node);
}

/* The used area that holds va. */
static struct area *used_find_locked(vaddr_t va)
{
	struct rb_node *n = used.node;

	while (n) {
		struct area *a = rb_entry(n, struct area, node);

		if (va >= a->base && va - a->base < a->size)
			return a;
		n = va < a->base ? n->left : n->right;
	}
	return NULL;
}

/* Cuts [base, base + size) out of a gap; before and after become gaps of
 * their own where something is left, in the given spare descriptors. */
static void gap_cut_locked(struct area *a, vaddr_t base, size_t size,
			   struct area **spare)
{
	size_t before = base - a->base, after = a->size - before - size;

	rb_erase(&gaps, &a->node);
	if (before) {
		struct area *b = spare[0];

		spare[0] = NULL;
		b->base = a->base;
		b->size = before;
		list_add_tail(&b->link, &a->link);
		gap_insert_locked(b);
	}
	if (after) {
		struct area *b = spare[1];

		spare[1] = NULL;
		b->base = base + size;
		b->size = after;
		list_add(&b->link, &a->link);
		gap_insert_locked(b);
	}
	a->base = base;
	a->size = size;
}

static void spare_free(struct area **spare)
{
	for (int i = 0; i < 2; i++)
		if (spare[i])
			slab_free(&area_slab, spare[i]);
}

/* Addresses for len bytes and a guard page. */
static struct area *must_check area_reserve(size_t len, size_t align,
					    enum area_kind kind)
{
	size_t size = ALIGN_UP(len, PAGE_SIZE) + PAGE_SIZE;
	struct area *a = NULL, *spare[2];
	unsigned long irq;

	if (len == 0 || size < len || size + align < size)
		return NULL;
	spare[0] = slab_alloc(&area_slab, 0);
	spare[1] = slab_alloc(&area_slab, 0);
	if (spare[0] && spare[1]) {
		irq = spin_lock_irqsave(&vmap_lock);
		a = gap_find_locked(size + align - PAGE_SIZE);
		if (a) {
			gap_cut_locked(a, ALIGN_UP(a->base, align), size,
				       spare);
			a->kind = kind;
			used_insert_locked(a);
		}
		spin_unlock_irqrestore(&vmap_lock, irq);
	}
	spare_free(spare);
	return a;
}

/* Joins gap a with the gap behind it; returns the descriptor left over. */
static struct area *join_locked(struct area *a, struct area *next)
{
	if (a->kind != AREA_FREE || next->kind != AREA_FREE)
		return NULL;
	rb_erase(&gaps, &a->node);
	rb_erase(&gaps, &next->node);
	list_del(&next->link);
	a->size += next->size;
	gap_insert_locked(a);
	return next;
}

/* The addresses become free; nothing is mapped there any more. */
static void area_release(struct area *a)
{
	struct area *spare[2] = { NULL, NULL };
	unsigned long irq = spin_lock_irqsave(&vmap_lock);

	rb_erase(&used, &a->node);
	gap_insert_locked(a);
	if (!list_is_last(&a->link, &areas))
		spare[0] = join_locked(a, list_next_entry(a, link));
	if (areas.next != &a->link)
		spare[1] = join_locked(list_prev_entry(a, link), a);
	spin_unlock_irqrestore(&vmap_lock, irq);
	spare_free(spare);
}

/* Pages that may become tables. */
static bool must_check tables_get(struct pt_spare *spare)
{
	while (spare->n < ARCH_PT_LEVELS) {
		struct page *p = page_alloc(0, ALLOC_ZERO);

		if (!p)
			return false;
		p->flags |= PAGE_F_TABLE;
		page_use_add(PAGE_USE_TABLES, 1);
		spare->page[spare->n++] = page_phys(p);
	}
	return true;
}

static void tables_put(struct pt_spare *spare)
{
	while (spare->n) {
		struct page *p = page_of_phys(spare->page[--spare->n]);

		p->flags &= ~PAGE_F_TABLE;
		page_use_add(PAGE_USE_TABLES, -1);
		page_free(p, 0);
	}
}

/* Where the pages of a mapping come from: e.pa counts on, or, fresh, each is
 * allocated. */
struct source {
	struct pt_entry e;
	bool fresh;
	unsigned flags;
};

static bool must_check source_next(struct source *s)
{
	struct page *p;

	if (!s->fresh)
		return true;
	p = page_alloc(0, s->flags);
	if (!p)
		return false;
	page_use_add(PAGE_USE_KERNEL, 1);
	s->e.pa = page_phys(p);
	return true;
}

/* Maps one page.  A fresh page that could not be mapped is freed. */
static bool must_check map_one(vaddr_t va, struct source *s,
			       struct pt_spare *spare)
{
	int err;

	if (!source_next(s))
		return false;
	do {
		unsigned long irq = spin_lock_irqsave(&vmap_lock);

		err = arch_kernel_map(va, s->e, spare);
		spin_unlock_irqrestore(&vmap_lock, irq);
	} while (err && spare->n < ARCH_PT_LEVELS && tables_get(spare));
	if (err && s->fresh) {
		page_use_add(PAGE_USE_KERNEL, -1);
		page_free(page_of_phys(s->e.pa), 0);
	}
	return !err;
}

/* Returns the number of bytes mapped: len, or less. */
static size_t must_check map_range(vaddr_t va, size_t len, struct source *s)
{
	struct pt_spare spare = { 0 };
	size_t done = 0;

	for (; done < len && map_one(va + done, s, &spare); done += PAGE_SIZE)
		if (!s->fresh)
			s->e.pa += PAGE_SIZE;
	tables_put(&spare);
	return done;
}

struct range {
	vaddr_t va, end;
};

static void flush_range(void *arg)
{
	const struct range *r = arg;

	arch_tlb_flush_kernel(r->va, r->end);
}

static void flush_everywhere(vaddr_t va, vaddr_t end)
{
	struct range r = { va, end };

	preempt_disable();
	flush_range(&r);
	ipi_call_others(NULL, flush_range, &r);
	preempt_enable();
}

/* A chain of the pages that were unmapped, through page.next. */
struct harvest {
	uint32_t first;
};

static void harvest_page(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct harvest *h = ctx;
	struct page *p = page_of_phys(e.pa);

	p->next = h->first;
	h->first = page_number(p);
}

static void harvest_nothing(void *ctx, uaddr_t va, struct pt_entry e) {}

static void unmap_range(vaddr_t va, vaddr_t end, pt_visit *visit,
			struct harvest *h)
{
	for (vaddr_t stop; va < end; va = stop) {
		unsigned long irq = spin_lock_irqsave(&vmap_lock);

		stop = MIN(end, va + MAP_BATCH * PAGE_SIZE);
		arch_kernel_unmap(va, stop, visit, h);
		spin_unlock_irqrestore(&vmap_lock, irq);
	}
}

static size_t harvest_free(struct harvest *h)
{
	size_t n = 0;

	while (h->first) {
		struct page *p = page_of_number(h->first);

		h->first = p->next;
		page_free(p, 0);
		n++;
	}
	page_use_add(PAGE_USE_KERNEL, -(long)n);
	return n;
}

/* Everything back; also for an area that was mapped in part only.  Returns
 * the pages freed. */
static size_t area_end(struct area *a)
{
	vaddr_t end = a->base + a->size - PAGE_SIZE;
	struct harvest h = { 0 };
	size_t n;

	unmap_range(a->base, end,
		    a->kind == AREA_PAGES ? harvest_page : harvest_nothing, &h);
	flush_everywhere(a->base, end);
	n = harvest_free(&h);
	area_release(a);
	return n;
}

static void *must_check area_make(size_t len, size_t align, enum area_kind kind,
				  struct source *s)
{
	struct area *a = area_reserve(len, align, kind);

	if (!a)
		return NULL;
	len = a->size - PAGE_SIZE;
	if (map_range(a->base, len, s) != len) {
		area_end(a);
		return NULL;
	}
	return (void *)a->base;
}

void *vmap_alloc(size_t len, size_t align, unsigned flags)
{
	struct source s = {
		.e.prot = PROT_R | PROT_W | PT_GLOBAL,
		.fresh = true,
		.flags = flags,
	};

	BUG_ON(align < PAGE_SIZE || (align & (align - 1)));
	return area_make(len, align, AREA_PAGES, &s);
}

static void *must_check map_foreign(paddr_t pa, size_t len, unsigned prot)
{
	size_t offset = pa & (PAGE_SIZE - 1);
	struct source s = {
		.e = { .pa = pa - offset, .prot = prot | PT_GLOBAL },
	};
	char *v;

	if (len == 0 || len + offset < len)
		return NULL;
	v = area_make(len + offset, PAGE_SIZE, AREA_FOREIGN, &s);
	return v ? v + offset : NULL;
}

void *vmap_device(paddr_t pa, size_t len)
{
	return map_foreign(pa, len, PROT_R | PROT_W | PT_DEVICE);
}

void *vmap_phys(paddr_t pa, size_t len, bool writable)
{
	return map_foreign(pa, len, writable ? PROT_R | PROT_W : PROT_R);
}

/* The area whose mapping v begins; a wrong v is a bug of our own. */
static struct area *area_at(const void *v, enum area_kind kind)
{
	vaddr_t va = ALIGN_DOWN((vaddr_t)v, PAGE_SIZE);
	unsigned long irq = spin_lock_irqsave(&vmap_lock);
	struct area *a = used_find_locked(va);

	spin_unlock_irqrestore(&vmap_lock, irq);
	BUG_ON(!a || a->base != va || a->kind != kind);
	return a;
}

void vmap_free(void *v)
{
	if (v)
		area_end(area_at(v, AREA_PAGES));
}

void vmap_unmap(void *v)
{
	if (v)
		area_end(area_at(v, AREA_FOREIGN));
}

bool vmap_find(vaddr_t va, vaddr_t *base, size_t *len)
{
	struct area *a;
	bool found;

	if (!spin_trylock(&vmap_lock))
		return false;
	a = used_find_locked(va);
	found = a && va < a->base + a->size - PAGE_SIZE;
	if (found) {
		*base = a->base;
		*len = a->size - PAGE_SIZE;
	}
	spin_unlock(&vmap_lock);
	return found;
}

static void *stack_from_cache(void)
{
	unsigned long irq = cpu_lock();
	struct stack_cache *c = &this_cpu(stack_cache);
	void *stack = c->count ? c->stack[--c->count] : NULL;

	cpu_unlock(irq);
	return stack;
}

void *vmap_stack_alloc(void)
{
	void *stack = stack_from_cache();

	if (!stack)
		stack = vmap_alloc(ARCH_STACK_SIZE, ARCH_STACK_SIZE, 0);
	if (stack)
		*(uint32_t *)stack = STACK_CANARY;
	return stack;
}

void vmap_stack_free(void *stack)
{
	unsigned long irq = cpu_lock();
	struct stack_cache *c = &this_cpu(stack_cache);
	bool kept = c->count < CPU_STACKS;

	BUG_ON(*(uint32_t *)stack != STACK_CANARY); /* it overflowed */
	if (kept)
		c->stack[c->count++] = stack;
	cpu_unlock(irq);
	if (!kept)
		vmap_free(stack);
}

size_t vmap_reclaim(void)
{
	size_t n = 0;
	void *stack;

	while ((stack = stack_from_cache()) != NULL)
		n += area_end(area_at(stack, AREA_PAGES));
	return n;
}

void vmap_init(void)
{
	struct area *all = slab_alloc(&area_slab, ALLOC_ZERO);

	if (!all)
		panic("memory: too little to start");
	all->base = VMAP_START;
	all->size = ARCH_VMAP_END - VMAP_START;
	list_add(&all->link, &areas);
	gap_insert_locked(all);
}
