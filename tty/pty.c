/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pseudo terminals.  The slave is a terminal; what is its line is the master,
 * a file of /dev/ptmx: its writes are the slave's input, its reads take the
 * slave's output.
 *
 * A pair lives while the master or a file of the slave is open; its number N
 * and the node /dev/pts/N go with the master.  Numbers have slots that stay
 * for ever, since somebody may be about to open the node that is just going;
 * the slot's pair is looked up under slots_lock.
 */
#include "arch/user.h"
#include "lib/fmt.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/stat.h"
#include "core/panic.h"
#include "core/print.h"
#include "mm/kmalloc.h"
#include "tty/ldisc.h"
#include "tty/tty_priv.h"
#include "vfs/devfs.h"
#include "vfs/fdtable.h"
#include "vfs/inode.h"
#include "vfs/path.h"
#include "vfs/poll.h"
#include "vm/iter.h"

#define PTMX_MAJOR  5
#define PTMX_MINOR  2
#define SLAVE_MAJOR 136
#define SLOTS_MAX   1024
#define PIECE       256

struct slot {
	struct devfs_node node;
	char name[16];
	struct pty *pty; /* protected by slots_lock */
};

struct pty {
	struct tty tty;
	uint32_t number;
	/* protected by tty.lock: */
	bool locked; /* the slave may not be opened yet */
	bool packet;
	uint8_t packet_status;
	bool was_opened;
	struct waitq master; /* its readers and writers */
};

static struct mutex slots_lock = MUTEX(slots_lock, RANK_MOUNT);
/* protected by slots_lock: */
static struct slot *slots[SLOTS_MAX];

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* The slave as a terminal */

static int slave_first_open(struct tty *tty)
{
	spin_lock(&tty->lock);
	tty->other_closed = false;
	pty_of(tty)->was_opened = true;
	spin_unlock(&tty->lock);
	return 0;
}

static void slave_wake_master(struct tty *tty)
{
	waitq_wake_all(&pty_of(tty)->master);
}

static void slave_packet(struct tty *tty, uint8_t what)
{
	static const uint8_t opposite[][2] = {
		{ TIOCPKT_STOP, TIOCPKT_START },
		{ TIOCPKT_START, TIOCPKT_STOP },
	};
	struct pty *pty = pty_of(tty);

	if (!pty->packet)
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(opposite); i++)
		if (what == opposite[i][0])
			pty->packet_status &= ~opposite[i][1];
	pty->packet_status |= what;
}

static void slave_release(struct tty *tty)
{
	kfree(pty_of(tty));
}

static const struct tty_ops slave_ops = {
	.open = slave_first_open,
	.close = slave_wake_master,
	.start = slave_wake_master,
	.unthrottle = slave_wake_master,
	.packet = slave_packet,
	.release = slave_release,
};

static struct pty *slot_pty(uint32_t number)
{
	struct pty *pty = NULL;

	mutex_lock(&slots_lock);
	if (number < SLOTS_MAX && slots[number])
		pty = slots[number]->pty;
	if (pty)
		tty_get(&pty->tty);
	mutex_unlock(&slots_lock);
	return pty;
}

static int slave_open(struct inode *ino, struct file *f)
{
	struct pty *pty = slot_pty(ino->minor);
	int err;

	if (!pty)
		return -EIO;
	err = READ_ONCE(pty->locked) ? -EIO : tty_open(&pty->tty, f);
	tty_put(&pty->tty);
	return err;
}

static const struct file_ops slave_file_ops = TTY_FILE_OPS(slave_open);

/* Numbers */

static struct slot *new_slot(uint32_t number)
{
	struct slot *s = kzalloc(sizeof(*s), 0);

	if (!s)
		return NULL;
	fmt_snprintf(s->name, sizeof(s->name), "pts/%u", number);
	s->node = (struct devfs_node){
		.name = s->name,
		.type = S_IFCHR,
		.mode = 0620,
		.major = SLAVE_MAJOR,
		.minor = number,
		.ops = &slave_file_ops,
	};
	return s;
}

static int take_slot(struct pty *pty)
{
	uint32_t n;
	int err;

	for (n = 0; n < SLOTS_MAX && slots[n] && slots[n]->pty; n++)
		;
	if (n == SLOTS_MAX)
		return -ENOSPC;
	if (!slots[n])
		slots[n] = new_slot(n);
	if (!slots[n])
		return -ENOMEM;
	pty->number = pty->tty.minor = n;
	err = devfs_add(&slots[n]->node);
	if (!err)
		slots[n]->pty = pty;
	return err;
}

static void give_slot(struct pty *pty)
{
	struct slot *s = slots[pty->number];

	mutex_lock(&slots_lock);
	devfs_remove(&s->node);
	s->pty = NULL;
	mutex_unlock(&slots_lock);
}

/* The master */

static int master_open(struct inode *ino, struct file *f)
{
	struct pty *pty = kzalloc(sizeof(*pty), 0);
	int err;

	if (!pty)
		return -ENOMEM;
	err = tty_create(&pty->tty, &slave_ops, pty);
	if (err) {
		kfree(pty);
		return err;
	}
	waitq_init(&pty->master);
	pty->locked = true;
	pty->tty.major = SLAVE_MAJOR;
	pty->tty.is_pty = true;
	pty->tty.termios.cflag &= ~HUPCL;
	mutex_lock(&slots_lock);
	err = take_slot(pty);
	mutex_unlock(&slots_lock);
	if (err) {
		tty_put(&pty->tty);
		return err;
	}
	f->priv = pty;
	f->mode = (f->mode & ~FMODE_SEEK) | FMODE_NOPOS_LOCK | FMODE_NOPREAD;
	return 0;
}

static void master_release(struct file *f)
{
	struct pty *pty = f->priv;

	spin_lock(&pty->tty.lock);
	pty->tty.other_closed = true;
	spin_unlock(&pty->tty.lock);
	give_slot(pty);
	tty_hangup(&pty->tty);
	tty_put(&pty->tty);
}

/* No file of the slave is open any more, though there was one. */
static bool slave_gone(const struct pty *pty)
{
	return READ_ONCE(pty->was_opened) && !READ_ONCE(pty->tty.opens);
}

static bool master_readable(struct pty *pty)
{
	bool yes;

	spin_lock(&pty->tty.lock);
	yes = !ldisc_out_empty_locked(&pty->tty) || pty->packet_status;
	spin_unlock(&pty->tty.lock);
	return yes;
}

/* Packet mode's status byte, if there is news; 0: none. */
static uint8_t take_status(struct pty *pty)
{
	uint8_t status;

	spin_lock(&pty->tty.lock);
	status = pty->packet_status;
	pty->packet_status = 0;
	spin_unlock(&pty->tty.lock);
	return status;
}

static ssize_t take_output(struct pty *pty, struct iter *to)
{
	uint8_t piece[PIECE], status = take_status(pty);
	size_t done = 0, n;

	if (READ_ONCE(pty->packet)) {
		if (iter_copy_to(to, &status, 1) < 1)
			return -EFAULT;
		if (status)
			return 1;
		done = 1;
	}
	while (to->count) {
		n = tty_take_output(&pty->tty, piece,
				    MIN(to->count, sizeof(piece)));
		if (!n)
			break;
		if (iter_copy_to(to, piece, n) < n)
			return done ? (ssize_t)done : -EFAULT;
		done += n;
	}
	return done;
}

static ssize_t master_read(struct file *f, struct iter *to, off_t *pos)
{
	struct pty *pty = f->priv;
	bool gone;
	ssize_t n;
	int err;

	if (!to->count)
		return 0;
	for (;;) {
		gone = slave_gone(pty);
		if (master_readable(pty)) {
			n = take_output(pty, to);
			if (n)
				break;
		}
		if (gone)
			return -EIO;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = waitq_wait_interruptible(
			&pty->master, master_readable(pty) || slave_gone(pty));
		if (err)
			return err;
	}
	tty_after(&pty->tty);
	return n;
}

static bool master_writable(struct pty *pty)
{
	bool yes;

	spin_lock(&pty->tty.lock);
	yes = ldisc_has_room_locked(&pty->tty);
	spin_unlock(&pty->tty.lock);
	return yes || slave_gone(pty);
}

static ssize_t put_input(struct file *f, const uint8_t *buf, size_t len)
{
	struct pty *pty = f->priv;
	size_t done = 0;
	int err = 0;

	while (done < len) {
		if (slave_gone(pty))
			err = -EIO;
		else
			done += tty_receive(&pty->tty, buf + done, len - done);
		if (err || done == len)
			break;
		err = f->flags & O_NONBLOCK
			      ? -EAGAIN
			      : waitq_wait_interruptible(&pty->master,
							 master_writable(pty));
		if (err)
			break;
	}
	return done ? (ssize_t)done : err;
}

static ssize_t master_write(struct file *f, struct iter *from, off_t *pos)
{
	uint8_t piece[PIECE];
	ssize_t total = 0, put;
	size_t n;

	while (from->count) {
		n = iter_copy_from(from, piece,
				   MIN(from->count, sizeof(piece)));
		put = n ? put_input(f, piece, n) : -EFAULT;
		if (put < 0)
			return total ? total : put;
		total += put;
		if ((size_t)put < n)
			break;
	}
	return total;
}

static unsigned master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *pty = f->priv;
	unsigned events = 0;

	poll_wait(pt, &pty->master);
	if (master_readable(pty))
		events |= POLLIN | POLLRDNORM;
	if (READ_ONCE(pty->packet_status))
		events |= POLLPRI;
	if (slave_gone(pty))
		events |= POLLHUP;
	if (master_writable(pty))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static long set_bool(struct pty *pty, uaddr_t arg, bool *what)
{
	uint32_t on;
	int err = arch_get_user32(arg, &on);

	if (err)
		return err;
	spin_lock(&pty->tty.lock);
	*what = on;
	if (what == &pty->packet)
		pty->packet_status = 0;
	spin_unlock(&pty->tty.lock);
	return 0;
}

/* TIOCGPTPEER: a descriptor for the slave, whatever /dev/pts is now. */
static long open_peer(struct pty *pty, uint32_t flags)
{
	char name[24];
	struct file *f;
	int err;

	fmt_snprintf(name, sizeof(name), "/dev/pts/%u", pty->number);
	err = path_open(AT_FDCWD, name, flags & ~O_CLOEXEC, 0, &f);
	if (err)
		return err;
	err = fdtable_add(f, flags & O_CLOEXEC);
	if (err < 0)
		file_put(f);
	return err;
}

static long master_count(struct pty *pty, uaddr_t arg)
{
	uint32_t n;

	spin_lock(&pty->tty.lock);
	n = pty->tty.out_head - pty->tty.out_tail;
	spin_unlock(&pty->tty.lock);
	return arch_put_user32(arg, n);
}

static long send_signal(struct pty *pty, unsigned long sig)
{
	if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP)
		return -EINVAL;
	spin_lock(&pty->tty.lock);
	pty->tty.signals |= SIGSET(sig);
	spin_unlock(&pty->tty.lock);
	tty_after(&pty->tty);
	return 0;
}

static long master_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	struct pty *pty = f->priv;

	switch (cmd) {
	case TIOCGPTN: return arch_put_user32(arg, pty->number);
	case TIOCSPTLCK: return set_bool(pty, arg, &pty->locked);
	case TIOCGPTLCK: return arch_put_user32(arg, pty->locked);
	case TIOCPKT: return set_bool(pty, arg, &pty->packet);
	case TIOCGPKT: return arch_put_user32(arg, pty->packet);
	case TIOCGPTPEER: return open_peer(pty, (uint32_t)arg);
	case TIOCSIG: return send_signal(pty, arg);
	case FIONREAD: return master_count(pty, arg);
	case TIOCSCTTY:
	case TIOCNOTTY: return -ENOTTY;
	default: return tty_ioctl_on(&pty->tty, cmd, arg);
	}
}

static const struct file_ops master_ops = {
	.open = master_open,
	.release = master_release,
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
};

static struct devfs_node ptmx = {
	.name = "ptmx",
	.type = S_IFCHR,
	.mode = 0666,
	.major = PTMX_MAJOR,
	.minor = PTMX_MINOR,
	.ops = &master_ops,
};

void pty_init(void)
{
	int err = devfs_add(&ptmx);

	if (err)
		print("ptmx: %d\n", err);
}
