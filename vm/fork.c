/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork: a copy of a vmspace.  Private pages become shared: both entries lose
 * the right to write, and the pages their owner, so the next write to either
 * copies unless the other has let go.  Shared and file pages are left out: a
 * fault brings them back.
 *
 * The parent's map lock is held for writing.  Faults of its other threads may
 * go on: what they install after a region was copied is as if it had been
 * written after the fork.  Its CPUs are flushed once, at the end: till then
 * `forking` tells whoever copies a page that another thread may still write to
 * it.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "vm/area_priv.h"
#include "vm/pt_priv.h"
#include "vm/tlb.h"
#include "vm/vmspace.h"

#define CHUNK 32

struct copy {
	struct vmspace *from, *to;
	struct pt_spare spare;
	unsigned n;
	struct pt_item item[CHUNK];
};

static void share_one(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct copy *c = ctx;
	struct page *p = page_of_phys(e.pa);

	if ((e.prot & PT_NOREF) || !(p->flags & PAGE_F_ANON))
		return;
	p->owner = 0;
	page_get(p);
	c->item[c->n++] = (struct pt_item){ va, e };
}

/* The entries' page references pass to the new table. */
static int install(struct copy *c)
{
	unsigned done;

	do {
		done = arch_pt_map_items(&c->to->pt, c->item, c->n, &c->spare);
	} while (done < c->n && pt_spare_add(c->to, &c->spare, 0));
	atomic_long_add(&c->to->anon_pages, done);
	for (unsigned i = done; i < c->n; i++)
		page_put(page_of_phys(c->item[i].e.pa));
	return done < c->n ? -ENOMEM : 0;
}

/* At most CHUNK pages, in one region. */
static int copy_chunk(struct copy *c, uaddr_t va, uaddr_t end)
{
	struct spinlock *lock = pt_lock_of(c->from, va);

	c->n = 0;
	spin_lock(lock);
	arch_pt_share(&c->from->pt, va, end, share_one, c);
	spin_unlock(lock);
	return c->n ? install(c) : 0;
}

static int copy_pages(struct copy *c, const struct area *a)
{
	uaddr_t va = a->start;
	int err = 0;

	while (!err &&
	       (va = arch_pt_next_region(&c->from->pt, va, a->end)) < a->end) {
		uaddr_t stop = MIN(va + CHUNK * PAGE_SIZE, a->end);

		stop = MIN(stop,
			   ALIGN_DOWN(va, ARCH_PT_REGION) + ARCH_PT_REGION);
		err = copy_chunk(c, va, stop);
		va = stop;
	}
	return err;
}

static int copy_area(struct copy *c, const struct area *a)
{
	struct area *b;

	if (a->flags & AREA_DONTFORK)
		return 0;
	b = area_new(c->to, a);
	if (!b)
		return -ENOMEM;
	b->flags &= ~AREA_LOCKED;
	area_insert(b);
	if (a->flags & (AREA_SHARED | AREA_WIPEONFORK))
		return 0;
	return copy_pages(c, a);
}

/* What is not in the areas. */
static void copy_numbers(struct vmspace *to, const struct vmspace *from)
{
	to->mmap_base = from->mmap_base;
	to->brk_start = from->brk_start;
	to->brk = from->brk;
	to->arg_start = from->arg_start;
	to->arg_end = from->arg_end;
	to->env_start = from->env_start;
	to->env_end = from->env_end;
	to->stack_top = from->stack_top;
	to->code_start = from->code_start;
	to->code_end = from->code_end;
	to->data_start = from->data_start;
	to->data_end = from->data_end;
	to->limit_as = from->limit_as;
	to->limit_data = from->limit_data;
	to->limit_stack = from->limit_stack;
	to->membarrier = from->membarrier;
	to->exe = from->exe;
	if (to->exe)
		backing_get(to->exe);
	memcpy(to->auxv, from->auxv, sizeof(to->auxv));
	to->auxv_len = from->auxv_len;
}

static int copy_all(struct copy *c)
{
	int err = 0;

	WRITE_ONCE(c->from->forking, true);
	for (struct area *a = area_find(c->from, 0); a && !err;
	     a = area_next(a))
		err = copy_area(c, a);
	pt_spare_drop(c->to, &c->spare);
	tlb_flush(c->from, 0, USER_END); /* the right to write is gone */
	smp_mb();
	WRITE_ONCE(c->from->forking, false);
	return err;
}

int vmspace_fork(struct vmspace *vs, struct vmspace **out)
{
	struct copy c = { .from = vs };
	int err = vmspace_create(&c.to);

	if (err)
		return err;
	err = rwlock_write_killable(&vs->map_lock);
	if (!err) {
		copy_numbers(c.to, vs);
		err = copy_all(&c);
		rwlock_write_end(&vs->map_lock);
	}
	if (err)
		vmspace_put_user(c.to);
	else
		*out = c.to;
	return err;
}
