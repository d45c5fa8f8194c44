/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user address space: areas and the page table under them.
 *
 * Areas never overlap; neighbours that are compatible always merge.  They are
 * changed under `map_lock` held for writing, and looked up without it under
 * RCU by a sequence of each area's own (HOUSE §12.9): it is odd while the area
 * changes and while it is in no tree, and never goes back, so an area may be
 * used again in the same vmspace without a grace period.  A page-table entry
 * is changed under the lock of its region,
 * pt_lock[(addr / ARCH_PT_REGION) % VMSPACE_PT_LOCKS], after the area's
 * sequence was found unchanged; a writer moves the sequence before it touches
 * the entries.
 *
 * An exclusive anonymous page knows its vmspace and address; a shared one
 * (after fork) has neither, and is copied on write unless its count is 1.
 */
#pragma once

#include "arch/mmu.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"

#include "core/seqlock.h"
#include "core/spinlock.h"
#include "sched/mutex.h"
#include "sched/rcu.h"
#include "vm/backing.h"

#define VMSPACE_PT_LOCKS  8
#define VMSPACE_MAX_AREAS 65530             /* vm.max_map_count */
#define VMSPACE_STACK_GAP (256 * PAGE_SIZE) /* kept free below a stack */
#define VMSPACE_MIN_ADDR  0x10000ul         /* vm.mmap_min_addr */

struct strbuf;
struct area;
struct object;

enum {
	AREA_R = PROT_R,
	AREA_W = PROT_W,
	AREA_X = PROT_X,
	AREA_SHARED = 1 << 8,
	AREA_GROWSDOWN = 1 << 9, /* a stack */
	AREA_MAY_R = 1 << 10,
	AREA_MAY_W = 1 << 11,
	AREA_MAY_X = 1 << 12,
	AREA_STACK = 1 << 13, /* named in /proc/PID/maps */
	AREA_HEAP = 1 << 14,
	AREA_NORESERVE = 1 << 15,
	AREA_LOCKED = 1 << 16,
	AREA_DONTFORK = 1 << 17,
	AREA_WIPEONFORK = 1 << 18,
	AREA_DONTDUMP = 1 << 19,
	AREA_VDSO = 1 << 20,
};

struct area {
	struct rb_node node;
	uaddr_t start, end; /* page aligned, [start, end) */
	uint32_t flags;
	struct seqcount seq;
	uint64_t pgoff;          /* page number in the object at start */
	struct object *object;   /* NULL: anonymous private */
	struct backing *backing; /* NULL: no file */
	struct vmspace *vs;      /* constant after init */
	struct list object_node; /* protected by object->areas_lock */
	struct rcu_head rcu;     /* next: also the vmspace's spare ones */
};

struct vmspace {
	struct atomic32 refs;  /* keep the struct */
	struct atomic32 users; /* threads and others that keep its contents */
	struct rwlock map_lock;
	/* protected by map_lock; descended under RCU: */
	struct rb_root areas;
	/* protected by map_lock: */
	uint32_t area_count, spare_count;
	struct rcu_head *spare_areas;
	/* No gap above gap_hint (and below mmap_base) is over gap_max long. */
	uaddr_t gap_hint, gap_max;
	uint64_t total_pages, locked_pages, data_pages, stack_pages;
	uaddr_t mmap_base; /* mappings grow down from here */
	uaddr_t brk_start, brk;
	uint32_t default_flags; /* of new areas: AREA_LOCKED after mlockall */
	bool membarrier;        /* registered for private expedited ones */
	bool forking; /* read-only entries may still be written through */

	struct arch_pt pt;
	struct spinlock pt_lock[VMSPACE_PT_LOCKS];
	struct atomic_long anon_pages, file_pages, table_pages; /* resident */

	/* set by exec, read by procfs: */
	uaddr_t arg_start, arg_end, env_start, env_end, stack_top;
	uaddr_t code_start, code_end, data_start, data_end;
	struct backing *exe;
	uint8_t auxv[512];
	uint32_t auxv_len;
	/* limits, copied from the process when they change */
	uint64_t limit_as, limit_data, limit_stack;
};

int must_check vmspace_create(struct vmspace **out);
void vmspace_get_user(struct vmspace *vs);
/* Last user: all areas, pages and tables are freed.  May sleep. */
void vmspace_put_user(struct vmspace *vs);
void vmspace_get(struct vmspace *vs);
void vmspace_put(struct vmspace *vs);
/* Makes it the running thread's (exec); the old one, if any, and its user
 * reference are the caller's.  Never sleeps. */
struct vmspace *must_check vmspace_activate(struct vmspace *vs);

struct map_request {
	uaddr_t addr;      /* hint, or the place with fixed */
	uaddr_t low, high; /* it lies in between; high 0: anywhere */
	size_t len;        /* bytes, rounded up to pages by vmspace_map */
	uint32_t flags;    /* AREA_* */
	bool fixed, noreplace;
	bool populate;
	struct object *object;   /* NULL: anonymous; a reference is taken */
	struct backing *backing; /* a reference is taken */
	uint64_t pgoff;
};

/* All take map_lock themselves and may sleep. */
int must_check vmspace_map(struct vmspace *vs, const struct map_request *rq,
			   uaddr_t *out);
int must_check vmspace_unmap(struct vmspace *vs, uaddr_t addr, size_t len);
/* shmdt: every area of the first mapping of that kind at or above addr whose
 * object's page 0 would lie at addr.  -EINVAL: there is none. */
int must_check vmspace_unmap_kind(struct vmspace *vs, uaddr_t addr,
				  const struct backing_ops *kind);
#define VMSPACE_PROT_GROWSDOWN 0x01000000u /* with AREA_R.. in prot */
int must_check vmspace_protect(struct vmspace *vs, uaddr_t addr, size_t len,
			       uint32_t prot);
struct remap_request {
	uaddr_t old;
	size_t old_len, new_len; /* bytes */
	int flags;               /* MREMAP_* */
	uaddr_t new_addr;        /* with MREMAP_FIXED; a hint with _DONTUNMAP */
};
/* mremap(2); the range may span several areas. */
int must_check vmspace_remap(struct vmspace *vs, const struct remap_request *rq,
			     uaddr_t *out);
/* mlock, munlock: pages are brought in and stay (they always stay). */
int must_check vmspace_lock(struct vmspace *vs, uaddr_t addr, size_t len,
			    bool on);
int must_check vmspace_lock_all(struct vmspace *vs, bool on);
/* mincore: one byte for each page of [addr, addr + pages), bit 0: resident.
 * -ENOMEM: not all is mapped. */
int must_check vmspace_resident(struct vmspace *vs, uaddr_t addr, size_t pages,
				unsigned char *out);
/* msync; `write`: MS_SYNC.  -ENOMEM: not all is mapped. */
int must_check vmspace_sync(struct vmspace *vs, uaddr_t addr, size_t len,
			    bool write);
/* advice: MADV_* of abi/mman.h */
int must_check vmspace_advise(struct vmspace *vs, uaddr_t addr, size_t len,
			      int advice);
uaddr_t vmspace_set_brk(struct vmspace *vs, uaddr_t brk);
/* fork: a copy with pages shared copy-on-write. */
int must_check vmspace_fork(struct vmspace *vs, struct vmspace **out);

/* The area that holds addr, or the first above it (NULL: none).  map_lock is
 * held. */
struct area *vmspace_find_locked(struct vmspace *vs, uaddr_t addr);
struct area *vmspace_next_locked(struct vmspace *vs, struct area *a);

/* A full barrier on every CPU that runs in it (membarrier(2)). */
void vmspace_barrier(struct vmspace *vs);

/* Print /proc/PID/maps, smaps and smaps_rollup. */
void vmspace_maps_show(struct vmspace *vs, struct strbuf *sb);
void vmspace_smaps_show(struct vmspace *vs, struct strbuf *sb);
void vmspace_rollup_show(struct vmspace *vs, struct strbuf *sb);

/* Copies to or from another vmspace's memory (ptrace, /proc/PID/mem, exec's
 * new stack); bytes copied. */
size_t vmspace_access(struct vmspace *vs, uaddr_t addr, void *buf, size_t len,
		      bool write);
