/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: life, look-up, access from outside.
 *
 * `users` keeps the contents: when it reaches zero no thread runs in it, so
 * the areas and tables are taken down without a lock.  `refs` keeps the
 * struct; all users together hold one.
 */
#include "vm/vmspace.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "vm/area_priv.h"
#include "vm/fault.h"
#include "vm/pt_priv.h"

static struct slab vmspace_slab = SLAB("vmspace", struct vmspace);

#define DEFAULT_STACK_LIMIT MIB(8)

int vmspace_create(struct vmspace **out)
{
	struct vmspace *vs = slab_alloc(&vmspace_slab, ALLOC_ZERO);
	struct page *root;

	if (!vs)
		return -ENOMEM;
	root = pt_root_alloc(vs);
	if (!root) {
		slab_free(&vmspace_slab, vs);
		return -ENOMEM;
	}
	arch_pt_init(&vs->pt, page_phys(root));
	atomic32_store(&vs->refs, 1);
	atomic32_store(&vs->users, 1);
	rwlock_init(&vs->map_lock, RANK_MAP);
	for (unsigned i = 0; i < VMSPACE_PT_LOCKS; i++)
		spin_init(&vs->pt_lock[i], RANK_PT);
	vs->limit_as = vs->limit_data = UINT64_MAX;
	vs->limit_stack = DEFAULT_STACK_LIMIT;
	vs->mmap_base = ALIGN_DOWN(
		USER_END - DEFAULT_STACK_LIMIT - VMSPACE_STACK_GAP, PAGE_SIZE);
	vs->gap_hint = USER_END;
	*out = vs;
	return 0;
}

void vmspace_get(struct vmspace *vs)
{
	atomic32_inc(&vs->refs);
}

void vmspace_put(struct vmspace *vs)
{
	if (atomic32_dec_and_test(&vs->refs))
		slab_free(&vmspace_slab, vs);
}

void vmspace_get_user(struct vmspace *vs)
{
	atomic32_inc(&vs->users);
}

static void free_spare_areas(struct vmspace *vs)
{
	while (vs->spare_areas) {
		struct area *a =
			container_of(vs->spare_areas, struct area, rcu);

		vs->spare_areas = a->rcu.next;
		a->object = NULL;
		a->backing = NULL;
		area_free(a);
	}
}

static void tear_down(struct vmspace *vs)
{
	struct rb_node *n;
	struct page *root = page_of_phys(vs->pt.root);

	while ((n = rb_first(&vs->areas))) {
		struct area *a = rb_entry(n, struct area, node);
		uaddr_t next;

		area_remove(a);
		pt_zap(vs, a->start, a->end);
		/* What is below is gone already; only tables that this area
		 * needed are looked at. */
		n = rb_first(&vs->areas);
		next = n ? rb_entry(n, struct area, node)->start : USER_END;
		pt_prune(vs, a->start, a->end, 0, next);
		area_free(a);
	}
	free_spare_areas(vs);
	ASSERT(atomic_long_load(&vs->table_pages) == 1);
	pt_root_free(vs, root);
	if (vs->exe)
		backing_put(vs->exe);
	vs->exe = NULL;
}

void vmspace_put_user(struct vmspace *vs)
{
	might_sleep();
	if (!atomic32_dec_and_test(&vs->users))
		return;
	ASSERT(thread_current()->vmspace != vs);
	tear_down(vs);
	vmspace_put(vs);
}

struct vmspace *vmspace_activate(struct vmspace *vs)
{
	struct thread *t = thread_current();
	struct vmspace *old = t->vmspace;

	t->vmspace = vs;
	thread_set_pt(vs ? &vs->pt : NULL);
	return old;
}

struct area *vmspace_find_locked(struct vmspace *vs, uaddr_t addr)
{
	return area_find(vs, addr);
}

struct area *vmspace_next_locked(struct vmspace *vs, struct area *a)
{
	return area_next(a);
}

static bool access_page(struct vmspace *vs, uaddr_t addr, char *buf, size_t len,
			bool write)
{
	struct page *p;
	char *mem;

	if (fault_in_page(vs, addr, write ? FAULT_WRITE : FAULT_READ, &p) !=
	    FAULT_OK)
		return false;
	mem = page_map_local(p) + (addr & ~PAGE_MASK);
	if (write)
		memcpy(mem, buf, len);
	else
		memcpy(buf, mem, len);
	page_unmap_local(mem);
	page_put(p);
	return true;
}

size_t vmspace_access(struct vmspace *vs, uaddr_t addr, void *buf, size_t len,
		      bool write)
{
	size_t done = 0;

	while (done < len) {
		uaddr_t at = addr + done;
		size_t n = MIN(len - done, PAGE_SIZE - (at & ~PAGE_MASK));

		if (at < addr || at >= USER_END ||
		    !access_page(vs, at, (char *)buf + done, n, write))
			break;
		done += n;
	}
	return done;
}
