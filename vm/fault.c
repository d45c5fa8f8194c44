/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults.
 *
 * One description of the fault goes through both ways.  The fast one finds the
 * area under RCU and never sleeps; what it cannot do (no memory at once, a
 * page that must be read, a stack that must grow) it leaves to the slow one,
 * which holds map_lock for reading.  Both install an entry only after having
 * found, under the region's lock, that the area is what it was and that the
 * object still owns the page.  Where they find otherwise they just return, and
 * the access that is repeated faults again.
 */
#include "vm/fault.h"

#include "arch/syscall.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "vm/area_priv.h"
#include "vm/object.h"
#include "vm/pt_priv.h"
#include "vm/tlb.h"

struct fault {
	struct vmspace *vs;
	uaddr_t addr; /* of the page */
	enum fault_access access;
	bool sleep; /* the slow way */
	/* a copy of the area, true while its sequence is seq: */
	struct area *area;
	uint32_t seq;
	uint32_t flags;
	struct object *object;
	uint64_t index;
};

void (*fault_signal_hook)(struct frame *f, enum fault_result why, uaddr_t addr);

/* False: it changes right now. */
static always_inline bool snapshot(struct fault *ft, struct area *a)
{
	uint32_t seq = atomic32_load_acquire(&a->seq.seq);
	uaddr_t start = READ_ONCE(a->start);

	ft->area = a;
	ft->seq = seq;
	ft->flags = READ_ONCE(a->flags);
	ft->object = READ_ONCE(a->object);
	ft->index = a->pgoff + ((ft->addr - start) >> PAGE_SHIFT);
	return !(seq & 1) && ft->addr >= start &&
	       ft->addr < READ_ONCE(a->end) && !seq_read_retry(&a->seq, seq);
}

static bool still_so(const struct fault *ft)
{
	return atomic32_load(&ft->area->seq.seq) == ft->seq;
}

static bool permitted(const struct fault *ft)
{
	if (likely(ft->access == FAULT_WRITE))
		return ft->flags & AREA_W;
	if (ft->access == FAULT_EXEC)
		return ft->flags & AREA_X;
	return ft->flags & (AREA_R | AREA_W | AREA_X);
}

static unsigned alloc_flags(const struct fault *ft)
{
	return ALLOC_MOVABLE | (ft->sleep ? 0 : ALLOC_TRY);
}

static enum fault_result no_memory(const struct fault *ft)
{
	return ft->sleep ? FAULT_NO_MEMORY : FAULT_RETRY_SLEEPING;
}

static unsigned rights(const struct fault *ft)
{
	return pt_rights(ft->flags) | PT_YOUNG;
}

/*
 * Installing an entry where there is none.
 */

/* Under the region's lock.  -EAGAIN: not what it was. */
static always_inline int install_locked(struct fault *ft, struct pt_entry e,
					struct page *owned,
					struct pt_spare *spare)
{
	if (unlikely(!still_so(ft)))
		return -EAGAIN;
	if (owned && unlikely(!object_owns(ft->object, owned)))
		return -EAGAIN;
	return arch_pt_map(&ft->vs->pt, ft->addr, e, spare);
}

/* `owned`: the object's page that the entry maps, or NULL. */
static int install(struct fault *ft, struct pt_entry e, struct page *owned)
{
	struct spinlock *lock = pt_lock_of(ft->vs, ft->addr);
	struct pt_spare spare;
	int err;

	spare.n = 0;
	for (;;) {
		spin_lock(lock);
		err = install_locked(ft, e, owned, &spare);
		spin_unlock(lock);
		if (likely(err != -ENOMEM) ||
		    !pt_spare_add(ft->vs, &spare, alloc_flags(ft)))
			break;
	}
	if (unlikely(spare.n))
		pt_spare_drop(ft->vs, &spare);
	return err;
}

static enum fault_result replace(struct fault *ft);

static enum fault_result installed(struct fault *ft, int err)
{
	if (likely(!err) || err == -EAGAIN)
		return FAULT_OK;
	return err == -EEXIST ? replace(ft) : no_memory(ft);
}

static void make_anon(const struct fault *ft, struct page *p)
{
	p->flags |= PAGE_F_ANON;
	p->owner = (uintptr_t)ft->vs;
	p->index = ft->addr;
}

/* p is new; its reference passes to the page table. */
static enum fault_result install_anon(struct fault *ft, struct page *p)
{
	struct pt_entry e = { .pa = page_phys(p),
			      .prot = rights(ft) | PT_DIRTY };
	int err;

	make_anon(ft, p);
	err = install(ft, e, NULL);
	if (likely(!err))
		atomic_long_inc(&ft->vs->anon_pages);
	else
		page_put(p);
	return installed(ft, err);
}

static enum fault_result missing_anon(struct fault *ft)
{
	struct pt_entry zero = { .prot = (rights(ft) & ~PROT_W) | PT_NOREF };
	struct page *p;

	if (ft->access != FAULT_WRITE) {
		zero.pa = page_phys(page_zero);
		return installed(ft, install(ft, zero, NULL));
	}
	p = page_alloc(0, alloc_flags(ft) | ALLOC_ZERO);
	return likely(p) ? install_anon(ft, p) : no_memory(ft);
}

/* The object's page, with a reference. */
static enum fault_result object_get_page(struct fault *ft, struct page **out)
{
	int err;

	if (unlikely(ft->index >= object_size_pages(ft->object)))
		return FAULT_BUS;
	*out = object_peek(ft->object, ft->index);
	if (likely(*out))
		return FAULT_OK;
	if (!ft->sleep)
		return FAULT_RETRY_SLEEPING;
	err = object_page(ft->object, ft->index, out);
	if (err == -EINTR)
		return FAULT_INTERRUPTED;
	return !err ? FAULT_OK : err == -ENOMEM ? FAULT_NO_MEMORY : FAULT_BUS;
}

static struct page *copy_of(const struct fault *ft, struct page *old)
{
	struct page *p = page_alloc(0, alloc_flags(ft));
	char *from, *to;

	if (!p)
		return NULL;
	from = page_map_local(old);
	to = page_map_local(p);
	memcpy(to, from, PAGE_SIZE);
	page_unmap_local(to);
	page_unmap_local(from);
	return p;
}

/* What the object's own page may be mapped with: private ones are never
 * written, shared ones only once they are known to be dirty. */
static unsigned object_rights(const struct fault *ft)
{
	unsigned r = rights(ft);

	if (!(ft->flags & AREA_SHARED))
		return r & ~PROT_W;
	if (ft->access == FAULT_WRITE)
		return r | (r & PROT_W ? PT_DIRTY : 0);
	return ft->object->ops->write_page ? r & ~PROT_W : r;
}

static enum fault_result missing_object(struct fault *ft)
{
	enum fault_result res;
	struct pt_entry e;
	struct page *p, *copy;
	int err;

	res = object_get_page(ft, &p);
	if (res != FAULT_OK)
		return res;
	if (ft->access == FAULT_WRITE && !(ft->flags & AREA_SHARED)) {
		copy = copy_of(ft, p);
		page_put(p);
		return copy ? install_anon(ft, copy) : no_memory(ft);
	}
	if (ft->access == FAULT_WRITE)
		object_dirty(ft->object, p);
	e = (struct pt_entry){ .pa = page_phys(p), .prot = object_rights(ft) };
	err = install(ft, e, p);
	if (likely(!err))
		atomic_long_inc(&ft->vs->file_pages);
	else
		page_put(p);
	return installed(ft, err);
}

/*
 * Changing an entry that is there.
 */

/* Whether the anonymous page may become this entry's own. */
static bool reusable(const struct fault *ft, const struct page *p)
{
	return (p->flags & PAGE_F_ANON) &&
	       (p->owner == (uintptr_t)ft->vs || atomic32_load(&p->refs) == 1);
}

static void put_entry(struct fault *ft, struct pt_entry e)
{
	struct pt_entry old;

	arch_pt_replace(&ft->vs->pt, ft->addr, e, &old);
	tlb_flush(ft->vs, ft->addr, ft->addr + PAGE_SIZE);
}

/* Gives the entry what it lacks, if no copy is needed for that.  Under the
 * region's lock. */
static bool upgrade_locked(struct fault *ft, struct pt_entry e)
{
	struct page *p = e.prot & PT_NOREF ? NULL : page_of_phys(e.pa);
	unsigned want = rights(ft);

	if (ft->access == FAULT_WRITE && !(e.prot & PROT_W)) {
		if (!p)
			return false;
		if (ft->flags & AREA_SHARED)
			object_dirty(ft->object, p);
		else if (reusable(ft, p))
			make_anon(ft, p);
		else
			return false;
		want |= PT_DIRTY;
	} else {
		want &= ~PROT_W | (e.prot & PROT_W);
	}
	want |= e.prot & (PT_NOREF | PT_DIRTY);
	if (want != e.prot)
		put_entry(ft, (struct pt_entry){ e.pa, want });
	else /* another thread did it: only this CPU's translation is old */
		tlb_flush(ft->vs, ft->addr, ft->addr + PAGE_SIZE);
	return true;
}

/* Puts p in the place of what stood there; false: it is not what it was.  In
 * between nothing stands there: a CPU that already writes to p must not meet
 * one that still reads the old page. */
static bool swap_copy(struct fault *ft, struct pt_entry was, struct page *p)
{
	struct spinlock *lock = pt_lock_of(ft->vs, ft->addr);
	struct pt_entry e = { page_phys(p), rights(ft) | PT_DIRTY }, none;
	bool same;

	make_anon(ft, p);
	spin_lock(lock);
	same = still_so(ft) && arch_pt_swap(&ft->vs->pt, ft->addr, was.pa,
					    (struct pt_entry){ was.pa, 0 });
	if (same) {
		tlb_flush(ft->vs, ft->addr, ft->addr + PAGE_SIZE);
		arch_pt_replace(&ft->vs->pt, ft->addr, e, &none);
	}
	spin_unlock(lock);
	return same;
}

/* The old page's reference is held. */
static enum fault_result copy_on_write(struct fault *ft, struct pt_entry was,
				       struct page *old)
{
	struct page *p = old ? copy_of(ft, old)
			     : page_alloc(0, alloc_flags(ft) | ALLOC_ZERO);

	if (!p)
		return no_memory(ft);
	if (!swap_copy(ft, was, p)) {
		page_put(p);
		return FAULT_OK;
	}
	if (!old || !(old->flags & PAGE_F_ANON))
		atomic_long_inc(&ft->vs->anon_pages);
	if (!old)
		return FAULT_OK;
	if (!(old->flags & PAGE_F_ANON))
		atomic_long_dec(&ft->vs->file_pages);
	page_put(old); /* the entry's */
	return FAULT_OK;
}

static enum fault_result replace(struct fault *ft)
{
	struct spinlock *lock = pt_lock_of(ft->vs, ft->addr);
	enum fault_result res;
	struct pt_entry e;
	struct page *old;

	spin_lock(lock);
	if (!still_so(ft) || !arch_pt_lookup(&ft->vs->pt, ft->addr, &e) ||
	    upgrade_locked(ft, e)) {
		spin_unlock(lock);
		return FAULT_OK;
	}
	old = e.prot & PT_NOREF ? NULL : page_of_phys(e.pa);
	if (old)
		page_get(old);
	/* What another thread writes must not come after the copy. */
	if (unlikely(READ_ONCE(ft->vs->forking)))
		tlb_flush(ft->vs, ft->addr, ft->addr + PAGE_SIZE);
	spin_unlock(lock);
	res = copy_on_write(ft, e, old);
	if (old)
		page_put(old);
	return res;
}

/*
 * The two ways.
 */

static always_inline enum fault_result resolve(struct fault *ft, bool present)
{
	if (unlikely(!permitted(ft)))
		return FAULT_PROTECTION;
	if (present)
		return replace(ft);
	return ft->object ? missing_object(ft) : missing_anon(ft);
}

static enum fault_result fast(struct fault *ft, bool present)
{
	enum fault_result res = FAULT_RETRY_SLEEPING;
	struct area *a;

	ft->sleep = false;
	rcu_read_lock();
	a = area_peek(ft->vs, ft->addr);
	if (likely(a) && likely(snapshot(ft, a)))
		res = resolve(ft, present);
	rcu_read_unlock();
	return res;
}

/* Whether the area above is a stack that may reach down to addr.  Linux's
 * rules: RLIMIT_STACK, and a gap to what lies below. */
static bool may_grow(const struct area *a, struct area *below, uaddr_t addr)
{
	struct vmspace *vs = a->vs;

	if (addr < VMSPACE_MIN_ADDR || a->end - addr > vs->limit_stack)
		return false;
	if (((a->start - addr) >> PAGE_SHIFT) + vs->total_pages >
	    vs->limit_as >> PAGE_SHIFT)
		return false;
	return !below || (below->flags & AREA_GROWSDOWN) ||
	       !area_accessible(below) ||
	       addr - below->end >= VMSPACE_STACK_GAP;
}

static void grow_stack(struct vmspace *vs, uaddr_t addr)
{
	struct area *a;

	rwlock_write(&vs->map_lock);
	a = area_find(vs, addr);
	if (a && a->start > addr && (a->flags & AREA_GROWSDOWN) &&
	    may_grow(a, area_prev(a), addr))
		area_set_range(a, addr, a->end);
	rwlock_write_end(&vs->map_lock);
}

static enum fault_result slow(struct fault *ft, bool present)
{
	struct vmspace *vs = ft->vs;
	enum fault_result res = FAULT_NO_AREA;
	struct area *a;

	ft->sleep = true;
	rwlock_read(&vs->map_lock);
	a = area_find(vs, ft->addr);
	if (a && a->start > ft->addr && (a->flags & AREA_GROWSDOWN)) {
		rwlock_read_end(&vs->map_lock);
		grow_stack(vs, ft->addr);
		rwlock_read(&vs->map_lock);
		a = area_find(vs, ft->addr);
	}
	if (a && a->start <= ft->addr && snapshot(ft, a))
		res = resolve(ft, present);
	rwlock_read_end(&vs->map_lock);
	return res;
}

enum fault_result fault_in(struct vmspace *vs, uaddr_t addr,
			   enum fault_access access)
{
	struct fault ft = { .vs = vs,
			    .addr = addr & PAGE_MASK,
			    .access = access };

	might_sleep();
	return slow(&ft, false);
}

/* The page that addr is mapped to, if the access is allowed; referenced. */
static struct page *mapped_page(struct vmspace *vs, uaddr_t addr,
				enum fault_access access)
{
	struct spinlock *lock = pt_lock_of(vs, addr);
	unsigned need = access == FAULT_WRITE ? PROT_U | PROT_W : PROT_U;
	struct page *p = NULL;
	struct pt_entry e;

	spin_lock(lock);
	if (arch_pt_lookup(&vs->pt, addr, &e) && (e.prot & need) == need) {
		p = page_of_phys(e.pa);
		page_get(p);
	}
	spin_unlock(lock);
	return p;
}

enum fault_result fault_in_page(struct vmspace *vs, uaddr_t addr,
				enum fault_access access, struct page **out)
{
	for (;;) {
		enum fault_result res;

		*out = mapped_page(vs, addr & PAGE_MASK, access);
		if (*out)
			return FAULT_OK;
		res = fault_in(vs, addr, access);
		if (res != FAULT_OK)
			return res;
	}
}

/* Memory is gone: somebody must go.  If that is the running thread, its
 * access does not come back. */
static bool out_of_memory(const struct fault_info *info)
{
	struct thread *t = thread_current();

	if (atomic32_load(&t->work) & WORK_KILLED)
		return info->user;
	if (!oom_kill())
		return false;
	return info->user || !(atomic32_load(&t->work) & WORK_KILLED);
}

static bool failed(struct frame *f, const struct fault_info *info,
		   enum fault_result why)
{
	if (why == FAULT_INTERRUPTED)
		return info->user; /* it dies on its way back */
	if (why == FAULT_NO_MEMORY && out_of_memory(info))
		return true;
	if (!info->user)
		return false;
	if (fault_signal_hook)
		fault_signal_hook(f, why, info->addr);
	return true;
}

bool trap_fault(struct frame *f, const struct fault_info *info)
{
	struct thread *t = thread_current();
	struct fault ft = {
		.vs = t->vmspace,
		.addr = info->addr & PAGE_MASK,
		.access = info->write  ? FAULT_WRITE
			  : info->exec ? FAULT_EXEC
				       : FAULT_READ,
	};
	enum fault_result res;

	if (unlikely(!ft.vs))
		return false;
	if (!info->user && (t->faults_off || preempt_atomic()))
		return false;
	res = fast(&ft, info->present);
	if (unlikely(res != FAULT_OK)) {
		if (res == FAULT_RETRY_SLEEPING)
			res = slow(&ft, info->present);
		if (res != FAULT_OK)
			return failed(f, info, res);
	}
	return true;
}
