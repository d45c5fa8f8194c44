/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of tty/. */
#pragma once

#include "tty/tty.h"
#include "vfs/file.h"

/* Operations of every terminal's files but for how they are opened. */
ssize_t tty_read(struct file *f, struct iter *to, off_t *pos);
ssize_t tty_write(struct file *f, struct iter *from, off_t *pos);
unsigned tty_poll(struct file *f, struct poll_table *pt);
int tty_fsync(struct file *f, bool data_only);
void tty_release(struct file *f);

#define TTY_FILE_OPS(open_fn)                                                \
	{                                                                    \
		.open = (open_fn), .release = tty_release, .read = tty_read, \
		.write = tty_write, .poll = tty_poll, .ioctl = tty_ioctl,    \
		.fsync = tty_fsync,                                          \
	}

/* Whether the running process may use its terminal so: 0, or `sig` was sent
 * to its group (-ERESTARTSYS), or it cannot be (-EIO).  In tty_job.c. */
int must_check tty_job_check(struct tty *tty, int sig);
/* The running process's controlling terminal, referenced; NULL: none. */
struct tty *tty_job_terminal(void);
/* A session's leader without terminal opens one. */
void tty_job_opened(struct tty *tty, const struct file *f);
/* TIOCSCTTY, TIOCNOTTY, TIOCSPGRP. */
int must_check tty_job_acquire(struct tty *tty, const struct file *f,
			       bool steal);
int must_check tty_job_release(struct tty *tty);
int must_check tty_job_set_group(struct tty *tty, int pgrp);
/* The line is gone: leader and foreground group are told. */
void tty_job_hangup(struct tty *tty);
void tty_job_add(struct tty *tty);
void tty_job_remove(struct tty *tty);
void tty_job_init(void);

/* Waits until all output has left; 0 or -ERESTARTSYS. */
int must_check tty_drain(struct tty *tty);
/* The same, at most until the deadline: -ETIMEDOUT. */
int must_check tty_drain_until(struct tty *tty, nsec_t deadline);

/* Functions of pty.c: /dev/ptmx and the nodes of /dev/pts. */
void pty_init(void);
