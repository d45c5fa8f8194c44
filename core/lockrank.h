/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of all locks: a thread that holds a lock may take only locks of
 * higher rank, or of the same rank at a higher address.  DEBUG builds check it
 * on every acquisition.  Sleeping locks come first: none may be taken under a
 * spinlock.
 */
#pragma once

enum lock_rank {
	RANK_NONE, /* not checked */

	/* sleeping locks, outermost first */
	RANK_EXEC,       /* a process replacing itself */
	RANK_HOTPLUG,    /* devices come and go: /dev changes under it */
	RANK_RENAME,     /* two directories at once */
	RANK_FILE_POS,   /* a file's position */
	RANK_MOUNT,      /* the mount tree changes */
	RANK_INODE,      /* a directory's or file's content; parents first */
	RANK_MAP,        /* a vmspace's areas */
	RANK_OBJECT_IO,  /* filling pages of an object */
	RANK_TTY,        /* a terminal's first open and last close */
	RANK_EPOLL,      /* which files are watched by which epolls */
	RANK_DEVICE,     /* a device's own mutex */
	RANK_MUTEX_LEAF, /* takes no other sleeping lock */

	RANK_FIRST_SPIN,
	/* spinlocks, outermost first */
	RANK_PROCESS, /* the process tree, groups, sessions */
	RANK_SIGNAL,  /* a thread group's signals */
	RANK_ACTIONS, /* what is done with them */
	RANK_FDTABLE,
	RANK_MOUNT_HASH,
	RANK_DENTRY,
	RANK_INODE_META,   /* times, sizes, link counts */
	RANK_OBJECT_LIST,  /* objects whose pages can be dropped */
	RANK_OBJECT_AREAS, /* who maps an object */
	RANK_PT,           /* a region of a page table */
	RANK_OBJECT,       /* an object's index */
	RANK_FUTEX,        /* two at once by address */
	RANK_PIPE,
	RANK_IPC,          /* a System V object */
	RANK_IPC_UNDO,     /* a process's list of adjustments */
	RANK_PORT,         /* a device's queues */
	RANK_NOTIFY_LIST,  /* watches of an inode */
	RANK_NOTIFY_QUEUE, /* an inotify's events and watches */
	RANK_NOTIFY,       /* watches of supers and users */
	RANK_POLL,
	RANK_WAITQ,
	RANK_EPOLL_READY, /* taken in a wait queue's callback */
	RANK_RUNQUEUE,
	RANK_TIMER,
	RANK_VMAP,
	RANK_SLAB,
	RANK_ZONE,     /* the page allocator */
	RANK_RANDOM,   /* the base key */
	RANK_IRQ,      /* interrupt descriptors */
	RANK_IRQ_CHIP, /* a controller's registers */
	RANK_RCU,
	RANK_LOG,  /* the log itself: anybody may print */
	RANK_UART, /* a polled console: the log writes to it */
	RANK_COUNT
};
