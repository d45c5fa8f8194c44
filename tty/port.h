/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver of a line gives to have it as a terminal, and what it gets.
 *
 * The driver embeds a struct tty_port, fills its first part and adds it; from
 * then on /dev/NAME is a terminal.  The driver brings input with
 * tty_port_receive() and says with tty_port_ready() that its write has room
 * again.  Both come from thread context; a driver hears of bytes in an
 * interrupt queues work first.
 */
#pragma once

#include "lib/types.h"

#include "vfs/devfs.h"

struct tty;
struct tty_port;

struct tty_port_ops {
	/* First open, last close; may sleep. */
	int (*open)(struct tty_port *p);
	void (*close)(struct tty_port *p);
	/* Takes up to len bytes and returns how many; never waits for the
	 * line, but may sleep.  Fewer: calls tty_port_ready() later. */
	size_t (*write)(struct tty_port *p, const uint8_t *buf, size_t len);
	/* Everything that write took has left. */
	bool (*drained)(struct tty_port *p);
	/* tty_port_receive() has room again.  May sleep. */
	void (*unthrottle)(struct tty_port *p);
};

struct tty_port {
	/* the driver's, constant: */
	const char *name; /* "hvc0" */
	unsigned major, minor;
	const struct tty_port_ops *ops;
	/* tty/port.c's: */
	struct tty *tty;
	struct tty_port *next;
	struct devfs_node node;
};

/* 0, -ENOMEM, -EEXIST. */
int must_check tty_port_add(struct tty_port *p);
/* The one of that name; NULL: there is none.  Without a name, the first. */
struct tty_port *tty_port_find(const char *name, size_t len);
/* Bytes of the line; returns how many there was room for. */
size_t tty_port_receive(struct tty_port *p, const uint8_t *buf, size_t len);
void tty_port_ready(struct tty_port *p);
/* The line is gone. */
void tty_port_hangup(struct tty_port *p);
void tty_port_set_size(struct tty_port *p, unsigned rows, unsigned cols);
