/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal: input and output rings, the line discipline's state between
 * them, and the session that it controls.
 *
 * Bytes from the line (a driver, a pty's master) go through ldisc_receive()
 * into `in`, and as echo into `out`; what programs write goes through
 * ldisc_write() into `out`, from where ops->start moves it on.  All of that is
 * under `lock`, a spinlock taken in no interrupt.  Signals are collected there
 * and sent after it is released.
 *
 * A terminal is counted; the list of all of them, and each one's session and
 * foreground group, are protected by process_lock.  Hanging up raises
 * `generation`: files opened before it see the end for ever.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/list.h"
#include "lib/types.h"

#include "abi/termios.h"
#include "core/spinlock.h"
#include "mm/page.h"
#include "proc/siginfo.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

struct file;
struct file_ops;
struct inode;
struct iter;
struct poll_table;
struct tty;

#define TTY_IN_SIZE   4096u
#define TTY_OUT_SIZE  (2 * PAGE_SIZE)
#define TTY_OUT_ORDER 1

struct tty_ops {
	/* First open and last close; may sleep.  NULL: nothing to do. */
	int (*open)(struct tty *tty);
	void (*close)(struct tty *tty);
	/* There is output, or it was let go on; may sleep. */
	void (*start)(struct tty *tty);
	/* There is room for input again; may sleep. */
	void (*unthrottle)(struct tty *tty);
	/* Output left what `out` holds for the line; NULL: it has. */
	bool (*drained)(struct tty *tty);
	/* Nobody holds it any more. */
	void (*release)(struct tty *tty);
	/* Something for packet mode's reader (TIOCPKT_*); lock held.  NULL:
	 * there is no packet mode. */
	void (*packet)(struct tty *tty, uint8_t what);
};

struct tty {
	struct atomic32 refs;
	/* constant after tty_init_one: */
	const struct tty_ops *ops;
	void *priv;
	uint32_t major, minor;
	bool no_control; /* never becomes a controlling terminal by open */
	bool is_pty;

	/* protected by process_lock: */
	struct list node;  /* of all terminals */
	int session, pgrp; /* 0: none */

	struct mutex open_lock;
	/* protected by open_lock: */
	uint32_t opens;

	struct spinlock lock;
	/* protected by lock: */
	struct termios2 termios;
	struct winsize winsize;
	uint32_t generation;
	bool exclusive;
	bool other_closed; /* the line is gone: -EIO when nothing is left */
	bool stopped;      /* ^S */
	bool lnext;        /* the next character is literal */
	bool erasing;      /* in an ECHOPRT sequence */
	bool full;         /* input was refused: unthrottle */
	bool xoff_sent;
	uint8_t utf8_left;
	uint32_t column, canon_column;
	uint32_t in_tail, in_canon, in_head; /* taken, ends of lines, put */
	uint32_t out_tail, out_head;
	sigset_t signals; /* to be sent to the foreground group */
	uint8_t *in;
	uint8_t *out;
	uint64_t marks[TTY_IN_SIZE / 64]; /* characters that end a line */

	struct waitq readable, writable;
};

/* What an open file of a terminal knows; file->priv. */
struct tty_file {
	struct tty *tty; /* holds a reference */
	uint32_t generation;
};

/* Fills a zeroed terminal: one reference, usual settings; -ENOMEM. */
int must_check tty_create(struct tty *tty, const struct tty_ops *ops,
			  void *priv);
static inline struct tty *tty_get(struct tty *tty)
{
	atomic32_inc(&tty->refs);
	return tty;
}
void tty_put(struct tty *tty);

/* Gives f a reference on tty and counts the open; used by every terminal's
 * own open operation.  -EBUSY (exclusive), -EIO, -ENOMEM. */
int must_check tty_open(struct tty *tty, struct file *f);

/* NULL when the file is no terminal. */
struct tty *tty_of_file(const struct file *f);
/* Whether it was hung up after this open. */
bool tty_hung_up(const struct file *f);

/* Ends all opens; the session is told and loses it. */
void tty_hangup(struct tty *tty);
/* The line brings bytes; returns how many there was room for.  May sleep. */
size_t tty_receive(struct tty *tty, const uint8_t *buf, size_t len);
/* Moves what waits in `out` to buf (the line's side). */
size_t tty_take_output(struct tty *tty, uint8_t *buf, size_t len);
void tty_set_winsize(struct tty *tty, const struct winsize *ws);
/* Wakes readers and writers, sends signals, starts output: after a change
 * under lock. */
void tty_after(struct tty *tty);
void tty_wake(struct tty *tty);

/* In tty_ioctl.c: of its own files, and for a pty from its master. */
long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg);
long tty_ioctl_on(struct tty *tty, unsigned cmd, uaddr_t arg);

/* In dev_tty.c, at boot: /dev/tty, /dev/ptmx. */
void tty_init(void);
