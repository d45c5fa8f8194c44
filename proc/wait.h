/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for children, and telling parents. */
#pragma once

#include "lib/types.h"

#include "sched/thread.h"

struct process;
struct task;

/* What was learnt about a child. */
struct wait_result {
	int pid;
	uint32_t uid;
	int status; /* wait4's word */
	int code;   /* CLD_* */
	struct thread_times times;
};

struct wait_request {
	int type; /* P_ALL, P_PID, P_PGID, P_PIDFD */
	int id;
	const struct process *process; /* of P_PIDFD */
	unsigned options; /* WNOHANG WEXITED WSTOPPED WCONTINUED WNOWAIT */
};

/* 1 with *r filled; 0: nothing yet and WNOHANG; -ECHILD; -ERESTARTSYS. */
int must_check wait_for_child(const struct wait_request *rq,
			      struct wait_result *r);

/* The running process's last thread is gone: its children find a new parent,
 * its own is told or, where it does not care, spared. */
void wait_process_ended(struct process *p);
/* One of several threads is gone: what it forked is another one's now. */
void wait_thread_ended(struct task *t);
/* It stopped or went on (code CLD_*): its parent is told. */
void wait_notify_parent(struct process *p, int code, int status);
