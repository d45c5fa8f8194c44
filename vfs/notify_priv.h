/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches, between notify.c (which knows inodes) and inotify.c (which knows
 * who reads).  Locks: a list's, then an instance's, then notify.c's own.
 */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"

#include "core/spinlock.h"
#include "sched/waitq.h"
#include "vfs/notify.h"

struct event;
struct notify_user;

struct inotify {
	struct atomic32 refs; /* the file's and each watch's */
	struct spinlock lock;
	/* protected by lock: */
	struct list events;
	unsigned count;         /* of events */
	struct event *overflow; /* says that some are missing; queued or not */
	struct rb_root watches; /* by wd */
	int last_wd;

	struct waitq wait;
	struct notify_user *user; /* constant */
};

struct watch {
	struct atomic32 refs; /* one while it is in the lists */
	struct list in_inode;
	struct rb_node in_instance;
	struct list in_super;
	uint32_t mask; /* protected by the list's lock */
	bool dead;     /* it left the lists; by all locks */
	/* constant: */
	int wd;
	struct inotify *instance; /* holds a reference */
	struct inode *inode;      /* holds a reference */
};

/* What is told. */
struct notify_event {
	uint32_t mask, cookie;
	const char *name; /* NULL: about the file itself */
	size_t len;
	bool unlinked; /* the name is gone: IN_EXCL_UNLINK */
};

/* Puts it at the end of the queue.  Under a list's lock. */
void inotify_queue(struct inotify *g, int wd, const struct notify_event *e);
void inotify_put(struct inotify *g);
/* The watch gets a number and a place in the instance; the list is locked.
 * -ENOSPC: there are no more. */
int must_check inotify_enter_locked(struct watch *w);
/* The watch leaves the instance, if it has not yet; the list is locked. */
void inotify_forget_locked(struct watch *w);

/* The inode gets a watch, or its old one of that instance changes as IN_MASK_*
 * say: wd; -ENOMEM, -ENOSPC, -EEXIST. */
int must_check notify_add(struct inotify *g, struct inode *ino, uint32_t mask);
/* It ends, unless somebody else was first. */
void notify_end(struct watch *w);
void notify_put(struct watch *w);

/* One instance or watch more, against `limit`; false: too many. */
struct notify_user *notify_user_get(void); /* NULL: no memory */
void notify_user_put(struct notify_user *u);
bool must_check notify_charge_instance(struct notify_user *u, int n,
				       unsigned long limit);
bool must_check notify_charge_watch(struct notify_user *u, int n,
				    unsigned long limit);
