/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals as the kernel keeps them: sets, actions, queues of what is pending.
 * The layouts that user space sees are built in sys/ and arch/. */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

#include "abi/signal.h"
#include "core/spinlock.h"

typedef uint64_t sigset_t; /* bit n-1: signal n */

#define SIGSET(sig) (1ull << ((sig)-1))

struct signal_action {
	uaddr_t handler; /* SIG_DFL, SIG_IGN or an address */
	uint32_t flags;
	uaddr_t restorer;
	sigset_t mask;
};

/* What a process does with each signal; processes made with CLONE_SIGHAND and
 * without CLONE_THREAD share one.  A process's pointer to it changes under
 * process_lock and its signal_lock; either keeps it. */
struct signal_actions {
	struct atomic32 refs;
	struct spinlock lock;
	/* protected by lock; a handler may be looked at without: */
	struct signal_action action[SIGMAX];
};

/* Neutral form of siginfo_t. */
struct signal_info {
	int32_t signo, code, errnum;
	int32_t pid;
	uint32_t uid;
	int32_t status;
	uaddr_t addr;
	uint64_t value;
	int32_t timer_id, overrun;
};

struct signal_entry {
	struct list node;
	struct signal_info info;
};

struct signal_queue {
	sigset_t set;
	struct list entries; /* of struct signal_entry; may lack some of set */
	uint32_t count;      /* entries */
};
