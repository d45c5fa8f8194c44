/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A console port as a terminal, /dev/hvcN.  One work item moves bytes both
 * ways whenever a queue, the host or the terminal has something to tell.
 *
 * What the terminal refuses stays in the receive buffer; unthrottle comes back
 * for it.
 */
#include "arch/atomic.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/print.h"
#include "drivers/console/virtio_console_priv.h"

#define HVC_MAJOR 229

static struct atomic32 console_count;

static struct vport *port_of(struct tty_port *tp)
{
	return container_of(tp, struct vport, tty);
}

static size_t take(struct vport *p, const void *buf, size_t len)
{
	return tty_port_receive(&p->tty, buf, len);
}

static void move(struct work *w)
{
	struct vport *p = container_of(w, struct vport, tty_work);

	(void)virtio_port_pull(p, take); /* what is refused comes later */
	tty_port_ready(&p->tty);
}

void virtio_tty_kick(struct vport *p)
{
	if (READ_ONCE(p->is_tty))
		work_queue(&p->tty_work);
}

static int tty_begin(struct tty_port *tp)
{
	int err = virtio_port_begin(port_of(tp), true);

	if (!err)
		virtio_tty_kick(port_of(tp)); /* asks for the interrupt */
	return err;
}

static void tty_end(struct tty_port *tp)
{
	virtio_port_end(port_of(tp));
}

static size_t tty_write(struct tty_port *tp, const uint8_t *buf, size_t len)
{
	return virtio_port_send(port_of(tp), buf, len);
}

static bool tty_drained(struct tty_port *tp)
{
	return virtio_port_drained(port_of(tp));
}

static void tty_unthrottle(struct tty_port *tp)
{
	virtio_tty_kick(port_of(tp));
}

static const struct tty_port_ops port_ops = {
	.open = tty_begin,
	.close = tty_end,
	.write = tty_write,
	.drained = tty_drained,
	.unthrottle = tty_unthrottle,
};

void virtio_tty_add(struct vport *p)
{
	unsigned number;
	int err;

	if (p->is_tty)
		return;
	number = atomic32_add_return(&console_count, 1) - 1;
	fmt_snprintf(p->tty_name, sizeof(p->tty_name), "hvc%u", number);
	work_init(&p->tty_work, move);
	p->tty = (struct tty_port){
		.name = p->tty_name,
		.major = HVC_MAJOR,
		.minor = number,
		.ops = &port_ops,
	};
	err = tty_port_add(&p->tty);
	if (err)
		print("%s: %d\n", p->tty_name, err);
	else
		WRITE_ONCE(p->is_tty, true);
}

/* Virtio 1.1, 5.3.6.2: columns first. */
void virtio_tty_resize(struct vport *p, const void *data, size_t size)
{
	uint16_t cols_rows[2];

	if (!p->is_tty || size < sizeof(cols_rows))
		return;
	memcpy(cols_rows, data, sizeof(cols_rows));
	tty_port_set_size(&p->tty, cols_rows[1], cols_rows[0]);
}

void virtio_tty_hangup(struct vport *p)
{
	if (p->is_tty)
		tty_port_hangup(&p->tty);
}
