/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls about memory: arguments are checked in Linux's order, so that
 * the same mistake gives the same errno, and turned into one call of vm/.
 */
#include "arch/atomic.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "abi/resource.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/rcu.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vm/object.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

static_assert(ABI_PROT_READ == AREA_R && ABI_PROT_WRITE == AREA_W &&
		      ABI_PROT_EXEC == AREA_X,
	      "prot bits are area bits");
static_assert(ABI_PROT_GROWSDOWN == VMSPACE_PROT_GROWSDOWN, "the same");

#define PROT_MASK (ABI_PROT_READ | ABI_PROT_WRITE | ABI_PROT_EXEC)

static struct vmspace *current_vmspace(void)
{
	return thread_current()->vmspace;
}

static uint64_t lock_limit(void)
{
	return process_current()->limit[RLIMIT_MEMLOCK].cur;
}

/* Whether anything may be locked at all. */
static bool can_lock(void)
{
	return lock_limit() || cred_capable(cred_current(), CAP_IPC_LOCK);
}

/* ... so many bytes more. */
static bool may_lock(const struct vmspace *vs, size_t more)
{
	if (cred_capable(cred_current(), CAP_IPC_LOCK))
		return true;
	return (vs->locked_pages << PAGE_SHIFT) + more <= lock_limit();
}

/*
 * mmap
 */

/* AREA_X where what can be read can be executed (personality(2)). */
static uint32_t implied(uint32_t prot)
{
	return (prot & AREA_R) && personality_reads_execute() ? AREA_X : 0;
}

static uint32_t area_flags(int prot, int flags)
{
	uint32_t f = prot & PROT_MASK;

	f |= flags & MAP_GROWSDOWN ? AREA_GROWSDOWN : 0;
	f |= flags & MAP_LOCKED ? AREA_LOCKED : 0;
	f |= flags & MAP_NORESERVE ? AREA_NORESERVE : 0;
	return f | current_vmspace()->default_flags;
}

/* Anonymous memory: private needs nothing, shared an object of its own. */
static int back_anon(struct map_request *rq, int flags)
{
	rq->flags |= AREA_MAY_R | AREA_MAY_W | AREA_MAY_X;
	rq->pgoff = 0;
	if ((flags & MAP_TYPE) == MAP_PRIVATE)
		return 0;
	if ((flags & MAP_TYPE) != MAP_SHARED || (flags & MAP_GROWSDOWN))
		return -EINVAL;
	rq->flags |= AREA_SHARED;
	rq->object = object_create_anon(ALIGN_UP(rq->len, PAGE_SIZE));
	return rq->object ? 0 : -ENOMEM;
}

static int back_file(struct map_request *rq, int flags, struct file *f)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (flags & ~MAP_LEGACY_MASK)
			return -EOPNOTSUPP;
		/* fall through */
	case MAP_SHARED: rq->flags |= AREA_SHARED; break;
	case MAP_PRIVATE: break;
	default: return -EINVAL;
	}
	if (flags & MAP_GROWSDOWN)
		return -EINVAL;
	if (rq->pgoff + (ALIGN_UP(rq->len, PAGE_SIZE) >> PAGE_SHIFT) >
	    INT64_MAX >> PAGE_SHIFT)
		return -EOVERFLOW;
	return file_mmap(f, rq);
}

static int check_place(const struct map_request *rq)
{
	size_t len = ALIGN_UP(rq->len, PAGE_SIZE);

	if (rq->len == 0)
		return -EINVAL;
	if (len == 0)
		return -ENOMEM;
	if (rq->pgoff + (len >> PAGE_SHIFT) < rq->pgoff)
		return -EOVERFLOW;
	if (len > USER_END || (rq->fixed && rq->addr > USER_END - len))
		return -ENOMEM;
	if (rq->fixed && !IS_ALIGNED(rq->addr, PAGE_SIZE))
		return -EINVAL;
	return 0;
}

static void drop_backing(struct map_request *rq)
{
	if (rq->object)
		object_put(rq->object);
	if (rq->backing)
		backing_put(rq->backing);
}

static long map(struct map_request *rq, int flags, struct file *f)
{
	struct vmspace *vs = current_vmspace();
	uaddr_t at = 0;
	int err = check_place(rq);

	if (err)
		return err;
	if ((flags & MAP_LOCKED) && !can_lock())
		return -EPERM;
	if ((rq->flags & AREA_LOCKED) && !may_lock(vs, rq->len))
		return -EAGAIN;
	err = f ? back_file(rq, flags, f) : back_anon(rq, flags);
	if (rq->flags & AREA_MAY_X)
		rq->flags |= implied(rq->flags);
	if (!err) {
		err = vmspace_map(vs, rq, &at);
		drop_backing(rq);
	}
	return err ? err : (long)at;
}

long sys_mmap(uaddr_t addr, size_t len, int prot, int flags, int fd,
	      unsigned long off)
{
	struct map_request rq = {
		.addr = addr,
		.len = len,
		.flags = area_flags(prot, flags),
		.fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE),
		.noreplace = flags & MAP_FIXED_NOREPLACE,
		.populate =
			(flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE,
		.pgoff = off >> PAGE_SHIFT,
	};
	struct fdref ref;
	long res;

	if (off & ~PAGE_MASK)
		return -EINVAL;
	if (flags & MAP_32BIT) {
		rq.low = ARCH_MAP_32BIT_START;
		rq.high = ARCH_MAP_32BIT_END;
	}
	if (flags & MAP_ANONYMOUS) {
		/* There are no huge pages to be had. */
		return flags & MAP_HUGETLB ? -ENOMEM : map(&rq, flags, NULL);
	}
	ref = fdtable_get((unsigned)fd);
	if (!ref.file)
		return -EBADF;
	res = flags & MAP_HUGETLB ? -EINVAL : map(&rq, flags, ref.file);
	fdtable_put(ref);
	return res;
}

long sys_munmap(uaddr_t addr, size_t len)
{
	return vmspace_unmap(current_vmspace(), addr, len);
}

long sys_mremap(uaddr_t old, size_t old_len, size_t new_len, int flags,
		uaddr_t new_addr)
{
	struct remap_request rq = { old, old_len, new_len, flags, new_addr };
	uaddr_t at;
	int err = vmspace_remap(current_vmspace(), &rq, &at);

	return err ? err : (long)at;
}

long sys_mprotect(uaddr_t addr, size_t len, int prot)
{
	const int grows = ABI_PROT_GROWSDOWN | ABI_PROT_GROWSUP;

	if ((prot & grows) == grows)
		return -EINVAL;
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (len == 0)
		return 0;
	if (addr + ALIGN_UP(len, PAGE_SIZE) <= addr)
		return -ENOMEM;
	if (prot & ~(PROT_MASK | ABI_PROT_SEM | grows))
		return -EINVAL;
	if (prot & ABI_PROT_GROWSUP)
		return -EINVAL; /* no area grows that way */
	prot |= (int)implied((uint32_t)prot);
	return vmspace_protect(current_vmspace(), addr, len,
			       (uint32_t)prot & ~(uint32_t)ABI_PROT_SEM);
}

/* No protection keys: only "none" (-1) is one. */
long sys_pkey_mprotect(uaddr_t addr, size_t len, int prot, int key)
{
	return key == -1 ? sys_mprotect(addr, len, prot) : -EINVAL;
}

long sys_pkey_alloc(unsigned long flags, unsigned long rights)
{
	return flags || (rights & ~3ul) ? -EINVAL : -ENOSPC;
}

long sys_pkey_free(int key)
{
	return -EINVAL;
}

long sys_brk(uaddr_t brk)
{
	return (long)vmspace_set_brk(current_vmspace(), brk);
}

long sys_madvise(uaddr_t addr, size_t len, int advice)
{
	return vmspace_advise(current_vmspace(), addr, len, advice);
}

long sys_msync(uaddr_t addr, size_t len, int flags)
{
	size_t whole = ALIGN_UP(len, PAGE_SIZE);

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    !IS_ALIGNED(addr, PAGE_SIZE) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -EINVAL;
	if (addr + whole < addr)
		return -ENOMEM;
	return vmspace_sync(current_vmspace(), addr, whole, flags & MS_SYNC);
}

#define MINCORE_CHUNK 512 /* pages looked at between two copies */

long sys_mincore(uaddr_t addr, size_t len, uaddr_t vec)
{
	size_t pages = (len >> PAGE_SHIFT) + ((len & ~PAGE_MASK) != 0);
	unsigned char *buf;
	long err = 0;

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (!usercopy_range_ok(addr, len))
		return -ENOMEM;
	if (!usercopy_range_ok(vec, pages))
		return -EFAULT;
	buf = kmalloc(MINCORE_CHUNK, 0);
	if (!buf)
		return -EAGAIN;
	while (pages && !err) {
		size_t n = MIN(pages, (size_t)MINCORE_CHUNK);

		err = vmspace_resident(current_vmspace(), addr, n, buf);
		if (!err)
			err = copy_to_user(vec, buf, n);
		addr += n * PAGE_SIZE;
		vec += n;
		pages -= n;
	}
	kfree(buf);
	return err;
}

/*
 * Locking: pages are never taken away while they are mapped, so this brings
 * them in and keeps the books.
 */

static long lock(uaddr_t addr, size_t len)
{
	struct vmspace *vs = current_vmspace();

	if (!can_lock())
		return -EPERM;
	if (!may_lock(vs, ALIGN_UP(len + (addr & ~PAGE_MASK), PAGE_SIZE)))
		return -ENOMEM;
	return vmspace_lock(vs, addr, len, true);
}

long sys_mlock(uaddr_t addr, size_t len)
{
	return lock(addr, len);
}

long sys_mlock2(uaddr_t addr, size_t len, int flags)
{
	return flags & ~MLOCK_ONFAULT ? -EINVAL : lock(addr, len);
}

long sys_munlock(uaddr_t addr, size_t len)
{
	return vmspace_lock(current_vmspace(), addr, len, false);
}

long sys_mlockall(int flags)
{
	struct vmspace *vs = current_vmspace();

	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) ||
	    flags == MCL_ONFAULT)
		return -EINVAL;
	if (!can_lock())
		return -EPERM;
	if ((flags & MCL_CURRENT) &&
	    !may_lock(vs, vs->total_pages << PAGE_SHIFT))
		return -ENOMEM;
	vs->default_flags = flags & MCL_FUTURE ? AREA_LOCKED : 0;
	return flags & MCL_CURRENT ? vmspace_lock_all(vs, true) : 0;
}

long sys_munlockall(void)
{
	struct vmspace *vs = current_vmspace();

	vs->default_flags = 0;
	return vmspace_lock_all(vs, false);
}

long sys_membarrier(int cmd, unsigned flags, int cpu)
{
	const int known = MEMBARRIER_GLOBAL | MEMBARRIER_GLOBAL_EXPEDITED |
			  MEMBARRIER_REGISTER_GLOBAL_EXPEDITED |
			  MEMBARRIER_PRIVATE_EXPEDITED |
			  MEMBARRIER_REGISTER_PRIVATE_EXPEDITED;

	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_QUERY: return known;
	case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED: return 0;
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
		current_vmspace()->membarrier = true;
		return 0;
	case MEMBARRIER_PRIVATE_EXPEDITED:
		if (!current_vmspace()->membarrier)
			return -EPERM;
		vmspace_barrier(current_vmspace());
		return 0;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED:
		smp_mb();
		if (cpu_count > 1)
			rcu_synchronize(); /* every CPU switched since */
		return 0;
	default: return -EINVAL;
	}
}
