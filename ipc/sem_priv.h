/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of semaphores. */
#pragma once

#include "lib/list.h"

#include "ipc/ipc.h"
#include "ipc/sem.h"
#include "sched/thread.h"

struct sem_undo_list;

struct semaphore {
	int32_t value;
	int32_t pid;        /* of the last operation */
	int32_t next_dirty; /* index; SEM_CLEAN, SEM_DIRTY_END */
	/* Whom it keeps waiting, by ticket: */
	struct list zeroes; /* those that change nothing */
	struct list changes;
};

#define SEM_CLEAN     (-1)
#define SEM_DIRTY_END (-2)

struct sem_set {
	struct ipc_object ipc;
	/* protected by ipc.lock: */
	struct semaphore *sem;
	nsec_t otime, ctime; /* since 1970 */
	struct list undos;
	uint64_t next_ticket;
	int first_dirty; /* semaphores whose waiters shall be looked at */
	/* constant: */
	int count;
};

/* What one process has to take back of one set.  On both lists, or freed: it
 * goes under the set's lock, with the list's inside. */
struct sem_undo {
	struct list in_set;
	struct list in_list;
	/* alive as long as this is on their lists: */
	struct sem_set *set;
	struct sem_undo_list *list;
	int16_t adjust[];
};

/* On the waiter's stack, while it waits: protected by the set's lock. */
struct sem_waiter {
	struct list node;
	const struct sembuf *ops;
	unsigned count;
	bool alters;
	int pid;
	struct sem_undo *undo;        /* NULL: nothing to take back */
	const struct sembuf *blocked; /* the operation that must wait */
	uint64_t ticket;
	struct thread *thread;
	int result; /* SEM_WAITING, then what semop returns */
};

#define SEM_WAITING 1

extern struct ipc_table sem_table;

static inline struct sem_set *sem_set_of(struct ipc_object *o)
{
	return container_of(o, struct sem_set, ipc);
}

static inline int sem_lock(int id, struct sem_set **out)
{
	struct ipc_object *o;
	int err = ipc_lock(&sem_table, id, &o);

	if (!err)
		*out = sem_set_of(o);
	return err;
}

/* The value of semaphore num changed, or may have. */
void sem_mark_locked(struct sem_set *s, int num);
/* Lets go on who can, after marking. */
void sem_settle_locked(struct sem_set *s);
/* The running task's list, made if need be; -ENOMEM. */
int must_check sem_undo_own_list(struct sem_undo_list **out);
/* Its adjustments of this set, made if need be.  The set may be unlocked
 * meanwhile; on failure (-EIDRM, -ENOMEM) it stays so. */
int must_check sem_undo_get(struct sem_undo_list *l, struct sem_set *s,
			    struct sem_undo **out);
/* What all processes had to take back of the semaphore, or of all (-1), is
 * forgotten. */
void sem_undo_clear_locked(struct sem_set *s, int num);
/* The set goes. */
void sem_undo_drop_locked(struct sem_set *s);
void sem_undo_init(void);
int sem_current_pid(void);
