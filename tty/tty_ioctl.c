/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl_tty(2).  tty_ioctl() is for files of the terminal itself; a pty's
 * master passes what it does not know to tty_ioctl_on() with its slave.
 */
#include "arch/user.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "core/panic.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "tty/ldisc.h"
#include "tty/tty_priv.h"
#include "vm/usercopy.h"

static const struct {
	uint32_t rate;
	uint32_t code;
} rates[] = {
	{ 0, 0 },           { 50, 1 },         { 75, 2 },
	{ 110, 3 },         { 134, 4 },        { 150, 5 },
	{ 200, 6 },         { 300, 7 },        { 600, 8 },
	{ 1200, 9 },        { 1800, 10 },      { 2400, 11 },
	{ 4800, 12 },       { 9600, 13 },      { 19200, 14 },
	{ 38400, 15 },      { 57600, 010001 }, { 115200, 010002 },
	{ 230400, 010003 },
};

/* The speeds in words, from the code in cflag. */
static void set_speed(struct termios2 *t)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rates); i++)
		if (rates[i].code == (t->cflag & CBAUD))
			t->ispeed = t->ospeed = rates[i].rate;
}

static long get_termios(struct tty *tty, uaddr_t arg, size_t size)
{
	struct termios2 t;

	spin_lock(&tty->lock);
	t = tty->termios;
	spin_unlock(&tty->lock);
	return copy_to_user(arg, &t, size);
}

static long get_termio(struct tty *tty, uaddr_t arg)
{
	struct termios2 t = tty->termios;
	struct termio old = {
		.iflag = (uint16_t)t.iflag,
		.oflag = (uint16_t)t.oflag,
		.cflag = (uint16_t)t.cflag,
		.lflag = (uint16_t)t.lflag,
		.line = t.line,
	};

	memcpy(old.cc, t.cc, sizeof(old.cc));
	return copy_to_user(arg, &old, sizeof(old));
}

/* How a set command treats what waits: its number past the plain one. */
enum { NOW, WAIT, WAIT_AND_FLUSH };

static long apply(struct tty *tty, const struct termios2 *t, unsigned how)
{
	long err = tty_job_check(tty, SIGTTOU);

	if (!err && how != NOW)
		err = tty_drain(tty);
	if (err)
		return err;
	spin_lock(&tty->lock);
	if (how == WAIT_AND_FLUSH)
		ldisc_flush_in_locked(tty);
	ldisc_set_termios_locked(tty, t);
	spin_unlock(&tty->lock);
	tty_after(tty);
	return 0;
}

static long set_termios(struct tty *tty, uaddr_t arg, size_t size, unsigned how)
{
	struct termios2 t = tty->termios;

	if (copy_from_user(&t, arg, size))
		return -EFAULT;
	set_speed(&t);
	return apply(tty, &t, how);
}

static long set_termio(struct tty *tty, uaddr_t arg, unsigned how)
{
	struct termios2 t = tty->termios;
	struct termio new;

	if (copy_from_user(&new, arg, sizeof(new)))
		return -EFAULT;
	t.iflag = (t.iflag & ~0xffffu) | new.iflag;
	t.oflag = (t.oflag & ~0xffffu) | new.oflag;
	t.cflag = (t.cflag & ~0xffffu) | new.cflag;
	t.lflag = (t.lflag & ~0xffffu) | new.lflag;
	t.line = new.line;
	memcpy(t.cc, new.cc, sizeof(new.cc));
	set_speed(&t);
	return apply(tty, &t, how);
}

static long flush(struct tty *tty, unsigned long which)
{
	int err = tty_job_check(tty, SIGTTOU);

	if (err)
		return err;
	if (which > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&tty->lock);
	if (which != TCOFLUSH)
		ldisc_flush_in_locked(tty);
	if (which != TCIFLUSH)
		ldisc_flush_out_locked(tty);
	spin_unlock(&tty->lock);
	tty_after(tty);
	return 0;
}

static long flow(struct tty *tty, unsigned long what)
{
	int err = tty_job_check(tty, SIGTTOU);

	if (err)
		return err;
	if (what > TCION)
		return -EINVAL;
	spin_lock(&tty->lock);
	switch (what) {
	case TCOOFF: ldisc_stop_locked(tty); break;
	case TCOON: ldisc_start_locked(tty); break;
	default:
		ldisc_send_locked(
			tty, tty->termios.cc[what == TCIOFF ? VSTOP : VSTART]);
	}
	spin_unlock(&tty->lock);
	tty_after(tty);
	return 0;
}

static long set_winsize(struct tty *tty, uaddr_t arg)
{
	struct winsize ws;

	if (copy_from_user(&ws, arg, sizeof(ws)))
		return -EFAULT;
	tty_set_winsize(tty, &ws);
	return 0;
}

static long get_number(struct tty *tty, unsigned cmd, uaddr_t arg)
{
	uint32_t n;

	spin_lock(&tty->lock);
	switch (cmd) {
	case FIONREAD: n = ldisc_count_locked(tty); break;
	case TIOCOUTQ: n = tty->out_head - tty->out_tail; break;
	case TIOCGETD: n = tty->termios.line; break;
	default: n = tty->exclusive; break;
	}
	spin_unlock(&tty->lock);
	return arch_put_user32(arg, n);
}

static long set_exclusive(struct tty *tty, bool on)
{
	spin_lock(&tty->lock);
	tty->exclusive = on;
	spin_unlock(&tty->lock);
	return 0;
}

static long get_device(struct tty *tty, uaddr_t arg)
{
	return arch_put_user32(arg, (tty->minor & 0xff) | tty->major << 8 |
					    (tty->minor & ~0xffu) << 12);
}

/* Sessions and groups as the running process's own terminal tells them;
 * `master` asks for its slave's. */
static long get_job(struct tty *tty, unsigned cmd, uaddr_t arg, bool master)
{
	struct process *p = process_current();
	int session = READ_ONCE(tty->session), pgrp = READ_ONCE(tty->pgrp);

	if (!master && (p->no_terminal || session != p->session))
		return -ENOTTY;
	if (cmd == TIOCGSID && !session)
		return -ENOTTY;
	return arch_put_user32(arg,
			       (uint32_t)(cmd == TIOCGSID ? session : pgrp));
}

static long set_job(struct tty *tty, uaddr_t arg)
{
	uint32_t pgrp;
	int err = arch_get_user32(arg, &pgrp);

	return err ? err : tty_job_set_group(tty, (int)pgrp);
}

/* Settings; -ENOTTY when it is none of them. */
static long settings(struct tty *tty, unsigned cmd, uaddr_t arg)
{
	switch (cmd) {
	case TCGETS: return get_termios(tty, arg, TERMIOS_SIZE);
	case TCGETS2: return get_termios(tty, arg, sizeof(struct termios2));
	case TCGETA: return get_termio(tty, arg);
	case TCSETS:
	case TCSETSW:
	case TCSETSF: return set_termios(tty, arg, TERMIOS_SIZE, cmd - TCSETS);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios(tty, arg, sizeof(struct termios2),
				   cmd - TCSETS2);
	case TCSETA:
	case TCSETAW:
	case TCSETAF: return set_termio(tty, arg, cmd - TCSETA);
	case TIOCGWINSZ:
		return copy_to_user(arg, &tty->winsize, sizeof(tty->winsize));
	case TIOCSWINSZ: return set_winsize(tty, arg);
	case TIOCEXCL:
	case TIOCNXCL: return set_exclusive(tty, cmd == TIOCEXCL);
	default: return -ENOTTY;
	}
}

long tty_ioctl_on(struct tty *tty, unsigned cmd, uaddr_t arg)
{
	switch (cmd) {
	case TCFLSH: return flush(tty, arg);
	case TCXONC: return flow(tty, arg);
	case TCSBRK:
	case TCSBRKP: return tty_drain(tty);
	case TIOCSBRK:
	case TIOCCBRK: return 0;
	case FIONREAD:
	case TIOCOUTQ:
	case TIOCGETD:
	case TIOCGEXCL: return get_number(tty, cmd, arg);
	case TIOCGPGRP:
	case TIOCGSID: return get_job(tty, cmd, arg, true);
	case TIOCSPGRP: return set_job(tty, arg);
	case TIOCGDEV: return get_device(tty, arg);
	default: return settings(tty, cmd, arg);
	}
}

long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	struct tty *tty = tty_of_file(f);

	if (tty_hung_up(f))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (cmd) {
	case TIOCSCTTY: return tty_job_acquire(tty, f, arg == 1);
	case TIOCNOTTY: return tty_job_release(tty);
	case TIOCGPGRP:
	case TIOCGSID: return get_job(tty, cmd, arg, false);
	default: return tty_ioctl_on(tty, cmd, arg);
	}
}
