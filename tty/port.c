/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals of drivers.  Output is moved by whoever has just made some, under
 * a mutex that keeps it in order: a piece is looked at in the terminal's ring,
 * offered to the driver, and taken out as far as the driver took it.
 */
#include "tty/port.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "mm/kmalloc.h"
#include "sched/mutex.h"
#include "tty/ldisc.h"
#include "tty/tty_priv.h"

#define PIECE 256

/* A terminal and what belongs to its line. */
struct line {
	struct tty tty;
	struct mutex out_lock;
	struct tty_port *port; /* constant */
};

static struct line *line_of(struct tty *tty)
{
	return container_of(tty, struct line, tty);
}

/* *at: the position of the first one. */
static size_t peek(struct tty *tty, uint8_t *buf, size_t len, uint32_t *at)
{
	size_t n = 0;

	spin_lock(&tty->lock);
	*at = tty->out_tail;
	while (!tty->stopped && n < len && tty->out_tail + n != tty->out_head) {
		buf[n] = tty->out[(tty->out_tail + n) % TTY_OUT_SIZE];
		n++;
	}
	spin_unlock(&tty->lock);
	return n;
}

/* A flush may have emptied the ring meanwhile; what is there then is new. */
static void drop(struct tty *tty, size_t n, uint32_t at)
{
	spin_lock(&tty->lock);
	if (tty->out_tail == at)
		tty->out_tail += n;
	spin_unlock(&tty->lock);
}

static void line_start(struct tty *tty)
{
	struct line *l = line_of(tty);
	uint8_t piece[PIECE];
	size_t n, taken = 0;
	uint32_t at;

	mutex_lock(&l->out_lock);
	do {
		n = peek(tty, piece, sizeof(piece), &at);
		taken = n ? l->port->ops->write(l->port, piece, n) : 0;
		drop(tty, taken, at);
	} while (n && taken == n);
	mutex_unlock(&l->out_lock);
	waitq_wake_all(&tty->writable);
}

static int line_open(struct tty *tty)
{
	struct tty_port *p = line_of(tty)->port;

	return p->ops->open ? p->ops->open(p) : 0;
}

static void line_close(struct tty *tty)
{
	struct tty_port *p = line_of(tty)->port;

	if (p->ops->close)
		p->ops->close(p);
}

static void line_unthrottle(struct tty *tty)
{
	struct tty_port *p = line_of(tty)->port;

	if (p->ops->unthrottle)
		p->ops->unthrottle(p);
}

static bool line_drained(struct tty *tty)
{
	struct tty_port *p = line_of(tty)->port;

	return !p->ops->drained || p->ops->drained(p);
}

static void line_release(struct tty *tty)
{
	kfree(line_of(tty));
}

static const struct tty_ops line_ops = {
	.open = line_open,
	.close = line_close,
	.start = line_start,
	.unthrottle = line_unthrottle,
	.drained = line_drained,
	.release = line_release,
};

static int port_file_open(struct inode *ino, struct file *f)
{
	struct tty_port *p = devfs_priv(ino);

	return p ? tty_open(p->tty, f) : -ENXIO;
}

static const struct file_ops port_file_ops = TTY_FILE_OPS(port_file_open);

static struct spinlock ports_lock = SPINLOCK(RANK_PIPE);
/* protected by ports_lock; only grows, in order of arrival: */
static struct tty_port *ports, **ports_end = &ports;

static void link_port(struct tty_port *p)
{
	spin_lock(&ports_lock);
	*ports_end = p;
	ports_end = &p->next;
	spin_unlock(&ports_lock);
}

struct tty_port *tty_port_find(const char *name, size_t len)
{
	struct tty_port *p;

	spin_lock(&ports_lock);
	for (p = ports; p && name; p = p->next)
		if (strlen(p->name) == len && !memcmp(p->name, name, len))
			break;
	spin_unlock(&ports_lock);
	return p;
}

int tty_port_add(struct tty_port *p)
{
	struct line *l = kzalloc(sizeof(*l), 0);
	int err = -ENOMEM;

	if (!l)
		return err;
	l->port = p;
	mutex_init(&l->out_lock, RANK_MUTEX_LEAF);
	err = tty_create(&l->tty, &line_ops, p);
	if (err) {
		kfree(l);
		return err;
	}
	l->tty.major = p->major;
	l->tty.minor = p->minor;
	p->tty = &l->tty;
	p->node = (struct devfs_node){
		.name = p->name,
		.type = S_IFCHR,
		.mode = 0620,
		.major = p->major,
		.minor = p->minor,
		.ops = &port_file_ops,
		.priv = p,
	};
	err = devfs_add(&p->node);
	if (err) {
		tty_put(&l->tty);
		return err;
	}
	link_port(p);
	return 0;
}

size_t tty_port_receive(struct tty_port *p, const uint8_t *buf, size_t len)
{
	return tty_receive(p->tty, buf, len);
}

void tty_port_ready(struct tty_port *p)
{
	line_start(p->tty);
}

void tty_port_hangup(struct tty_port *p)
{
	tty_hangup(p->tty);
}

void tty_port_set_size(struct tty_port *p, unsigned rows, unsigned cols)
{
	struct winsize ws = { .rows = (uint16_t)rows, .cols = (uint16_t)cols };

	tty_set_winsize(p->tty, &ws);
}
