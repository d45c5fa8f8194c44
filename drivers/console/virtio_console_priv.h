/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio-console inside: the device with its control queue
 * (virtio_console.c), and its ports as character devices (virtio_port.c).
 *
 * A port exists from probe on, with its two queues, but shows under /dev only
 * between the host's PORT_ADD and PORT_REMOVE.  It costs no buffers until it
 * is used: those for reading come with the first open for reading and stay
 * with the device; those for writing live from the write until the host has
 * taken them.
 *
 * A port that the host calls a console is /dev/hvcN as well, a terminal
 * (virtio_tty.c), and is used through that alone.
 */
#pragma once

#include "lib/types.h"

#include "core/spinlock.h"
#include "drivers/bus/virtio.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "sched/work.h"
#include "tty/port.h"
#include "vfs/devfs.h"

#define PORTS_MAX      16
#define PORT_NAME_SIZE 64

/* Events of the control queue (virtio 1.1, 5.3.6.2). */
enum control_event {
	CONTROL_DEVICE_READY = 0,
	CONTROL_PORT_ADD = 1,
	CONTROL_PORT_REMOVE = 2,
	CONTROL_PORT_READY = 3,
	CONTROL_CONSOLE_PORT = 4,
	CONTROL_RESIZE = 5,
	CONTROL_PORT_OPEN = 6,
	CONTROL_PORT_NAME = 7,
};

struct vport {
	/* constant after probe: */
	struct vconsole *vc;
	uint32_t id;
	struct virtqueue *rx, *tx;
	struct waitq readable; /* woken with POLLIN ... */
	struct waitq writable; /* ... and POLLOUT */

	struct spinlock lock; /* taken in no interrupt */
	/* protected by lock, as are both queues: */
	bool added; /* between PORT_ADD and PORT_REMOVE */
	bool host_open;
	bool host_was_open; /* before that, reading and writing wait */
	size_t tx_bytes;    /* with the device */

	struct mutex open_lock;
	/* protected by open_lock: */
	bool rx_filled;
	unsigned opens;

	struct mutex read_lock; /* held over a copy to user memory */
	/* protected by read_lock; rx_left is looked at without: */
	char *rx_buf; /* what is being read */
	uint32_t rx_off, rx_left;

	/* constant once is_tty is set: */
	bool is_tty;
	char tty_name[16];
	struct tty_port tty;
	struct work tty_work; /* moves bytes between it and the queues */

	/* protected by the device's control_lock: */
	struct devfs_node node, link;
	char node_name[24];
	char link_name[PORT_NAME_SIZE + 16];
	char link_target[32];
};

struct vconsole {
	/* constant after probe: */
	struct virtio_device *vd;
	unsigned number; /* N of vportNpM */
	bool multiport;
	unsigned port_count;
	struct virtqueue *control_rx, *control_tx;
	char *control_buf; /* one page of receive buffers */
	struct work work;
	struct waitq control_wait; /* for room in control_tx */

	struct spinlock queue_lock;
	/* protected by queue_lock: control_rx, control_tx */

	struct mutex control_lock; /* one message is handled at a time */

	struct vport ports[PORTS_MAX];
};

/* Sends a control message; one that cannot be sent is reported and lost.
 * May sleep. */
void virtio_console_control(struct vconsole *vc, uint32_t id,
			    enum control_event event, uint16_t value);

extern const struct file_ops virtio_port_ops;

/* Fills the fields that are constant, and those under lock. */
void virtio_port_init(struct vport *p, struct vconsole *vc, uint32_t id);

/* The host opened or closed its side, or the port came or went. */
void virtio_port_set_host(struct vport *p, bool open);
void virtio_port_set_added(struct vport *p, bool added);

/* One more and one less user of the port; the first gives the device receive
 * buffers if it will `read`. */
int must_check virtio_port_begin(struct vport *p, bool read);
void virtio_port_end(struct vport *p);
/* Sends what there is room for now and returns how much; 0: the writable queue
 * is woken when there is some. */
size_t virtio_port_send(struct vport *p, const void *buf, size_t len);
/* Hands received bytes to `take` until nothing has come or it refuses some;
 * true: nothing has, and the readable queue is woken by more. */
bool virtio_port_pull(struct vport *p,
		      size_t (*take)(struct vport *p, const void *buf,
				     size_t len));
/* Everything sent has been taken by the host, or it is gone. */
bool virtio_port_drained(struct vport *p);

/* The host says that it is a console, and how large. */
void virtio_tty_add(struct vport *p);
void virtio_tty_resize(struct vport *p, const void *data, size_t size);
/* The port's state has changed: bytes may be moved. */
void virtio_tty_kick(struct vport *p);
void virtio_tty_hangup(struct vport *p);

/* Callbacks of the queues. */
void virtio_port_received(struct virtqueue *vq);
void virtio_port_sent(struct virtqueue *vq);
