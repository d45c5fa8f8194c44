/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Job control: process groups, sessions, stopping and going on (credentials(7),
 * setpgid(2), signal(7)).
 *
 * A group is the processes that have its number in `pgrp`, a session those that
 * have its number in `session`; neither has an object of its own.  Terminals
 * (tty/) know the session that they control and its foreground group.
 *
 * All take process_lock themselves and may be called from any thread that
 * holds no spinlock.
 */
#pragma once

#include "lib/types.h"

#include "proc/siginfo.h"

struct process;
struct task;

/* setsid(2): the new session's number; -EPERM for a group's leader. */
int must_check job_new_session(void);
/* setpgid(2) by the running process: -ESRCH, -EPERM, -EACCES, -EINVAL. */
int must_check job_set_group(int pid, int pgrp);

/* Sends to all processes of a group, without asking for permission. */
void job_signal_group(int pgrp, int sig);
/* No process in it has its parent in another group of the same session. */
bool job_group_orphaned(int pgrp);
/* Whether such a group exists in that session. */
bool job_group_in_session(int pgrp, int session);

/* The default action of the four signals that stop, for the running task; it
 * is stopped by the next job_park(). */
void job_stop(struct task *t, int sig);
/* Waits here while the running task's process is stopped. */
void job_park(struct task *t);
/* Under process_lock, after a thread parked or went: true once when all that
 * are left have parked, and the parent is to be told. */
bool must_check job_all_stopped_locked(struct process *p);
/* SIGCONT was sent: wakes it, and its parent is told. */
void job_continue(struct process *p);

/* The process's last thread is gone, its children have not moved yet: notes
 * which groups may become orphans by it ... */
void job_leaving(struct process *p);
/* ... and now that they have: those with stopped members get SIGHUP, SIGCONT */
void job_left(struct process *p);

/* Set by tty/: a session's leader has ended. */
extern void (*job_session_hook)(int session);
/* Set by tty/: the device number of a session's terminal (0: none) and its
 * foreground group. */
extern uint32_t (*job_terminal_hook)(int session, int *pgrp);
