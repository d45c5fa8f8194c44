/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables: small numbers for open files.
 *
 * A table belongs to the threads that share it (CLONE_FILES).  While only one
 * does, looking up a descriptor takes no lock and no reference: nobody else
 * can close it before the call ends.  Otherwise the look-up runs under RCU and
 * takes a reference.  fdtable_put undoes exactly what the look-up did.
 *
 * Growing publishes a bigger array; the old one is freed by RCU.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

#include "core/spinlock.h"
#include "sched/rcu.h"
#include "sched/thread.h"
#include "vfs/file.h"

struct fdarray {
	uint32_t size; /* constant */
	struct file **files;
	unsigned long *used;    /* a bit per descriptor: taken */
	unsigned long *cloexec; /* ... closed by exec */
	struct rcu_head rcu;
};

struct fdtable {
	struct atomic32 users; /* threads */
	bool was_shared;       /* readers without references may exist */
	struct fdarray *array; /* read under RCU */
	struct spinlock lock;
	/* protected by lock (and, while one user has it, that user's own): */
	uint32_t first_free; /* nothing below is free */
	uint32_t limit;      /* RLIMIT_NOFILE */
};

int must_check fdtable_create(uint32_t limit, struct fdtable **out);
/* RLIMIT_NOFILE changed. */
void fdtable_set_limit(struct fdtable *t, uint64_t limit);
/* fork: the same descriptors.  Descriptors from `end` on are left out. */
int must_check fdtable_copy(struct fdtable *from, uint32_t end,
			    struct fdtable **out);
/* CLONE_FILES. */
void fdtable_share(struct fdtable *t);
/* For others that look into it for a while, with its lock; false: it is gone
 * already.  Under RCU. */
bool must_check fdtable_try_share(struct fdtable *t);
/* The last user closes everything.  May sleep. */
void fdtable_put_table(struct fdtable *t);
/* The running thread's table for a new program: its own, without what was
 * marked close-on-exec.  -ENOMEM. */
int must_check fdtable_exec(void);
/* A private copy for the running thread if its table is shared. */
int must_check fdtable_unshare(uint32_t end);

struct fdref {
	struct file *file; /* NULL: bad descriptor */
	bool counted;
};

struct fdref fdtable_get_shared(struct fdtable *t, unsigned fd);

/* The running thread's descriptor, O_PATH ones too. */
static inline struct fdref fdtable_get_any(unsigned fd)
{
	struct fdtable *t = thread_current()->files;
	struct fdarray *a;

	if (unlikely(atomic32_load(&t->users) != 1))
		return fdtable_get_shared(t, fd);
	a = t->array;
	if (unlikely(fd >= a->size))
		return (struct fdref){ NULL, false };
	return (struct fdref){ a->files[fd], false };
}

static inline void fdtable_put(struct fdref ref)
{
	if (unlikely(ref.counted))
		file_put(ref.file);
}

/* One that can do more than be named. */
static inline struct fdref fdtable_get(unsigned fd)
{
	struct fdref ref = fdtable_get_any(fd);

	if (likely(ref.file && !(ref.file->mode & FMODE_PATH)))
		return ref;
	if (ref.file)
		fdtable_put(ref);
	return (struct fdref){ NULL, false };
}

/* A counted reference on another thread's (or the own) descriptor; NULL. */
struct file *fdtable_file(struct fdtable *t, unsigned fd);
/* The lowest used descriptor at or above fd; -1: none. */
int fdtable_next(struct fdtable *t, unsigned fd);

/* Reserves the lowest free descriptor at or above `from`; -EMFILE, -ENOMEM.
 * It is bad until fdtable_install, which takes over a reference. */
int must_check fdtable_reserve(unsigned from, bool cloexec);
void fdtable_install(unsigned fd, struct file *f);
void fdtable_release(unsigned fd);
/* Both at once; the reference passes only on success. */
int must_check fdtable_add(struct file *f, bool cloexec);

int must_check fdtable_close(unsigned fd); /* -EBADF */
/* close_range(2): closes, or marks close-on-exec. */
void fdtable_close_range(unsigned first, unsigned last, bool mark);
/* dup2/dup3: f (a reference is taken) as descriptor fd; -EBADF over the
 * limit, -EBUSY while fd is being opened. */
int must_check fdtable_replace(unsigned fd, struct file *f, bool cloexec);
int must_check fdtable_cloexec(unsigned fd); /* 0, 1 or -EBADF */
int must_check fdtable_set_cloexec(unsigned fd, bool on);
