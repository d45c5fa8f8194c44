/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals as objects: made, opened, hung up, freed; and the way of bytes
 * between the line and the discipline.  Reading and writing by programs is in
 * tty_file.c, sessions and groups in tty_job.c.
 */
#include "tty/tty.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/panic.h"
#include "mm/kmalloc.h"
#include "proc/job.h"
#include "sched/cred.h"
#include "tty/ldisc.h"
#include "tty/tty_priv.h"
#include "vfs/file.h"
#include "vfs/poll.h"

#define CTRL(c) ((c)&0x1f)

static const struct termios2 usual = {
	.iflag = ICRNL | IXON,
	.oflag = OPOST | ONLCR,
	.cflag = B38400 | CS8 | CREAD | HUPCL,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		 IEXTEN,
	.cc = { [VINTR] = CTRL('C'),
		[VQUIT] = 0x1c,
		[VERASE] = 0x7f,
		[VKILL] = CTRL('U'),
		[VEOF] = CTRL('D'),
		[VMIN] = 1,
		[VSTART] = CTRL('Q'),
		[VSTOP] = CTRL('S'),
		[VSUSP] = CTRL('Z'),
		[VREPRINT] = CTRL('R'),
		[VDISCARD] = CTRL('O'),
		[VWERASE] = CTRL('W'),
		[VLNEXT] = CTRL('V') },
	.ispeed = 38400,
	.ospeed = 38400,
};

static void free_rings(struct tty *tty)
{
	if (tty->in)
		page_free_virt(tty->in, 0);
	if (tty->out)
		page_free_virt(tty->out, TTY_OUT_ORDER);
}

int tty_create(struct tty *tty, const struct tty_ops *ops, void *priv)
{
	tty->in = page_alloc_virt(0, 0);
	tty->out = page_alloc_virt(TTY_OUT_ORDER, 0);
	if (!tty->in || !tty->out) {
		free_rings(tty);
		return -ENOMEM;
	}
	atomic32_store(&tty->refs, 1);
	tty->ops = ops;
	tty->priv = priv;
	tty->termios = usual;
	mutex_init(&tty->open_lock, RANK_TTY);
	spin_init(&tty->lock, RANK_PIPE);
	waitq_init(&tty->readable);
	waitq_init(&tty->writable);
	tty_job_add(tty);
	return 0;
}

void tty_put(struct tty *tty)
{
	if (!atomic32_dec_and_test(&tty->refs))
		return;
	tty_job_remove(tty);
	free_rings(tty);
	if (tty->ops->release)
		tty->ops->release(tty);
}

static int count_open(struct tty *tty)
{
	int err = 0;

	mutex_lock(&tty->open_lock);
	if (tty->opens && READ_ONCE(tty->exclusive) &&
	    !cred_capable(cred_current(), CAP_SYS_ADMIN))
		err = -EBUSY;
	if (!err && tty->opens == 0 && tty->ops->open)
		err = tty->ops->open(tty);
	if (!err)
		tty->opens++;
	mutex_unlock(&tty->open_lock);
	return err;
}

int tty_open(struct tty *tty, struct file *f)
{
	struct tty_file *tf = kmalloc(sizeof(*tf), 0);
	int err;

	if (!tf)
		return -ENOMEM;
	err = count_open(tty);
	if (err) {
		kfree(tf);
		return err;
	}
	tf->tty = tty_get(tty);
	tf->generation = READ_ONCE(tty->generation);
	f->priv = tf;
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_NOPOS_LOCK | FMODE_NOPREAD;
	tty_job_opened(tty, f);
	return 0;
}

void tty_release(struct file *f)
{
	struct tty_file *tf = f->priv;
	struct tty *tty = tf->tty;

	mutex_lock(&tty->open_lock);
	if (--tty->opens == 0) {
		tty->exclusive = false;
		if (tty->ops->close)
			tty->ops->close(tty);
	}
	mutex_unlock(&tty->open_lock);
	kfree(tf);
	tty_put(tty);
}

struct tty *tty_of_file(const struct file *f)
{
	if (f->ops->read != tty_read)
		return NULL;
	return ((struct tty_file *)f->priv)->tty;
}

bool tty_hung_up(const struct file *f)
{
	const struct tty_file *tf = f->priv;

	return tf->generation != READ_ONCE(tf->tty->generation);
}

void tty_wake(struct tty *tty)
{
	waitq_wake_all(&tty->readable);
	waitq_wake_all(&tty->writable);
}

void tty_hangup(struct tty *tty)
{
	spin_lock(&tty->lock);
	tty->generation++;
	ldisc_flush_in_locked(tty);
	ldisc_set_termios_locked(tty, &usual);
	tty->stopped = false;
	spin_unlock(&tty->lock);
	tty_job_hangup(tty);
	tty_wake(tty);
	tty_after(tty); /* the line may go on: there is room again */
}

static void send_signals(struct tty *tty, sigset_t signals)
{
	static const uint8_t order[] = { SIGINT, SIGQUIT, SIGTSTP };

	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		if (signals & SIGSET(order[i]))
			job_signal_group(READ_ONCE(tty->pgrp), order[i]);
}

void tty_after(struct tty *tty)
{
	bool readable, output, room, unthrottle;
	sigset_t signals;

	spin_lock(&tty->lock);
	signals = tty->signals;
	tty->signals = 0;
	readable = ldisc_readable_locked(tty, 1);
	output = !ldisc_out_empty_locked(tty) && !tty->stopped;
	room = ldisc_out_room_locked(tty) > 0;
	unthrottle = tty->full && ldisc_has_room_locked(tty);
	if (unthrottle)
		tty->full = false;
	spin_unlock(&tty->lock);
	if (signals)
		send_signals(tty, signals);
	if (output && tty->ops->start)
		tty->ops->start(tty);
	if (readable)
		waitq_wake_key(&tty->readable, ~0u, POLLIN | POLLRDNORM);
	if (room)
		waitq_wake_key(&tty->writable, ~0u, POLLOUT | POLLWRNORM);
	if (unthrottle && tty->ops->unthrottle)
		tty->ops->unthrottle(tty);
}

size_t tty_receive(struct tty *tty, const uint8_t *buf, size_t len)
{
	size_t n;

	spin_lock(&tty->lock);
	n = ldisc_receive_locked(tty, buf, len);
	spin_unlock(&tty->lock);
	tty_after(tty);
	return n;
}

size_t tty_take_output(struct tty *tty, uint8_t *buf, size_t len)
{
	size_t n = 0;

	spin_lock(&tty->lock);
	while (n < len && tty->out_tail != tty->out_head)
		buf[n++] = tty->out[tty->out_tail++ % TTY_OUT_SIZE];
	spin_unlock(&tty->lock);
	return n;
}

void tty_set_winsize(struct tty *tty, const struct winsize *ws)
{
	bool changed;

	spin_lock(&tty->lock);
	changed = memcmp(&tty->winsize, ws, sizeof(*ws)) != 0;
	tty->winsize = *ws;
	spin_unlock(&tty->lock);
	if (changed)
		job_signal_group(READ_ONCE(tty->pgrp), SIGWINCH);
}
