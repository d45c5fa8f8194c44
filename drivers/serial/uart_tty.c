/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One work item moves bytes both ways whenever the UART or the terminal has
 * something to tell.  What the terminal refuses stays in the UART's ring, and
 * what that has no room for at the sender.
 *
 * The line runs at 115200 8N1, whatever speed is asked for.  While nobody has
 * the terminal open nothing is received.
 */
#include "drivers/serial/uart_tty.h"

#include "abi/errno.h"
#include "core/print.h"
#include "drivers/serial/uart8250.h"
#include "sched/mutex.h"
#include "sched/work.h"
#include "tty/port.h"

#define TTY_MAJOR 4
#define TTY_MINOR 64
#define COM1_LINE 4
#define PIECE     64

static struct tty_port port;
static struct work work;
static struct mutex in_lock; /* one moves input at a time */

static void move_in(void)
{
	uint8_t piece[PIECE];
	size_t n, taken = 0;

	mutex_lock(&in_lock);
	do {
		n = uart8250_peek(piece, sizeof(piece));
		taken = n ? tty_port_receive(&port, piece, n) : 0;
		uart8250_drop(taken);
	} while (n && taken == n);
	mutex_unlock(&in_lock);
}

static void move(struct work *w)
{
	move_in();
	tty_port_ready(&port);
}

static void kick(void)
{
	work_queue(&work);
}

static int line_open(struct tty_port *p)
{
	uart8250_receive(true);
	kick(); /* the ring may still hold bytes */
	return 0;
}

static void line_close(struct tty_port *p)
{
	uart8250_receive(false);
}

static size_t line_write(struct tty_port *p, const uint8_t *buf, size_t len)
{
	return uart8250_send(buf, len);
}

static bool line_drained(struct tty_port *p)
{
	return uart8250_idle();
}

static void line_unthrottle(struct tty_port *p)
{
	kick();
}

static const struct tty_port_ops ops = {
	.open = line_open,
	.close = line_close,
	.write = line_write,
	.drained = line_drained,
	.unthrottle = line_unthrottle,
};

void uart_tty_init(void)
{
	int err = uart8250_start(COM1_LINE, kick);

	if (err == -ENODEV)
		return;
	work_init(&work, move);
	mutex_init(&in_lock, RANK_DEVICE);
	port = (struct tty_port){
		.name = "ttyS0",
		.major = TTY_MAJOR,
		.minor = TTY_MINOR,
		.ops = &ops,
	};
	if (!err)
		err = tty_port_add(&port);
	if (err)
		print("ttyS0: %d\n", err);
}
