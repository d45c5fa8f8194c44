/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio-console (virtio 1.1, 5.3), with several ports where the host has
 * them: port M of device N is /dev/vportNpM, and /dev/virtio-ports/NAME leads
 * there when the host gave it a name.
 *
 * Messages of the control queue are handled by a work item, one at a time
 * under control_lock.  Probe handles the first ones itself and returns when
 * the host has said all that it had to say, so that the ports that exist at
 * boot can be opened as soon as drivers are up.
 */
#include "arch/cpu.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "core/print.h"
#include "core/timer.h"
#include "drivers/console/virtio_console_priv.h"
#include "mm/kmalloc.h"
#include "mm/page.h"

#define F_MULTIPORT BIT(1)

#define CONFIG_MAX_PORTS 4 /* offset of max_nr_ports */

#define PORT_QUEUE_SIZE    32
#define CONTROL_QUEUE_SIZE 32
#define CONTROL_BUF_LEN    (PAGE_SIZE / CONTROL_QUEUE_SIZE)
#define CONTROL_TIMEOUT    NSEC_PER_SEC
#define SETTLE_TIMEOUT     (100 * NSEC_PER_MSEC)
#define MINORS_PER_DEVICE  32

struct control_message {
	uint32_t id;
	uint16_t event;
	uint16_t value;
};

static unsigned major;
static unsigned device_count;

/* Sending control messages */

static bool has_control_room(struct vconsole *vc)
{
	struct control_message *m;
	bool ready, again;
	uint32_t len;

	do {
		spin_lock(&vc->queue_lock);
		m = virtqueue_take(vc->control_tx, &len);
		ready = vc->control_tx->free_count || vc->control_tx->broken;
		again = m || (!ready && virtqueue_interrupt_on(vc->control_tx));
		spin_unlock(&vc->queue_lock);
		kfree(m);
	} while (again);
	return ready;
}

static int queue_control(struct vconsole *vc, struct control_message *m)
{
	struct virtqueue *vq = vc->control_tx;
	struct virtqueue_seg seg = { arch_virt_to_phys(m), sizeof(*m) };
	bool needed = false;
	int err;

	spin_lock(&vc->queue_lock);
	err = virtqueue_add(vq, &seg, 1, 0, m);
	if (!err)
		needed = virtqueue_kick_needed(vq);
	spin_unlock(&vc->queue_lock);
	if (needed)
		virtio_notify(vq);
	return err;
}

void virtio_console_control(struct vconsole *vc, uint32_t id,
			    enum control_event event, uint16_t value)
{
	nsec_t deadline = clock_monotonic() + CONTROL_TIMEOUT;
	struct control_message *m;
	int err = -ENOMEM;

	if (!vc->multiport)
		return;
	m = kmalloc(sizeof(*m), 0);
	if (m) {
		*m = (struct control_message){ id, event, value };
		do {
			err = waitq_wait_deadline(&vc->control_wait,
						  has_control_room(vc),
						  THREAD_BLOCKED, deadline);
			if (!err)
				err = queue_control(vc, m);
		} while (err == -ENOSPC);
	}
	if (err) {
		kfree(m);
		print("%s: control message %u lost: %d\n", vc->vd->dev.name,
		      event, err);
	}
}

/* Receiving them */

static void port_add(struct vport *p)
{
	struct vconsole *vc = p->vc;
	int err = 0;

	if (!p->node.name) {
		fmt_snprintf(p->node_name, sizeof(p->node_name), "vport%up%u",
			     vc->number, p->id);
		p->node = (struct devfs_node){
			.name = p->node_name,
			.type = S_IFCHR,
			.mode = 0600,
			.major = major,
			.minor = vc->number * MINORS_PER_DEVICE + p->id,
			.ops = &virtio_port_ops,
			.priv = p,
		};
		err = devfs_add(&p->node);
		if (err)
			p->node.name = NULL;
	}
	if (err)
		print("%s: port %u: %d\n", vc->vd->dev.name, p->id, err);
	else
		virtio_port_set_added(p, true);
	virtio_console_control(vc, p->id, CONTROL_PORT_READY, !err);
}

static void port_unlink(struct vport *p)
{
	if (!p->link.name)
		return;
	devfs_remove(&p->link);
	p->link.name = NULL;
}

static void port_remove(struct vport *p)
{
	virtio_port_set_added(p, false);
	virtio_tty_hangup(p);
	port_unlink(p);
	if (!p->node.name)
		return;
	devfs_remove(&p->node);
	p->node.name = NULL;
}

/* The name comes from the host: one component of printable characters. */
static bool name_ok(const char *name, size_t len)
{
	if (len == 0 || len >= PORT_NAME_SIZE || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == '/')
			return false;
	}
	return true;
}

static void port_set_name(struct vport *p, const char *name, size_t size)
{
	size_t len = strnlen(name, size);
	int err;

	port_unlink(p);
	if (!name_ok(name, len)) {
		print("%s: port %u: no such name\n", p->vc->vd->dev.name,
		      p->id);
		return;
	}
	fmt_snprintf(p->link_name, sizeof(p->link_name), "virtio-ports/%.*s",
		     (int)len, name);
	fmt_snprintf(p->link_target, sizeof(p->link_target), "../%s",
		     p->node_name);
	p->link = (struct devfs_node){
		.name = p->link_name,
		.type = S_IFLNK,
		.mode = 0777,
		.link = p->link_target,
	};
	err = devfs_add(&p->link);
	if (!err)
		return;
	p->link.name = NULL;
	print("%s: %s: %d\n", p->vc->vd->dev.name, p->link_name, err);
}

/* `size` bytes of text follow the message. */
static void handle(struct vconsole *vc, const struct control_message *m,
		   const char *text, size_t size)
{
	struct vport *p = &vc->ports[m->id];

	switch (m->event) {
	case CONTROL_PORT_ADD: port_add(p); break;
	case CONTROL_PORT_REMOVE: port_remove(p); break;
	case CONTROL_PORT_OPEN:
		virtio_port_set_host(p, m->value);
		if (!m->value)
			virtio_tty_hangup(p);
		break;
	case CONTROL_CONSOLE_PORT: virtio_tty_add(p); break;
	case CONTROL_RESIZE: virtio_tty_resize(p, text, size); break;
	case CONTROL_PORT_NAME: port_set_name(p, text, size); break;
	default: break;
	}
}

static void give_control(struct vconsole *vc, char *buf)
{
	struct virtqueue *vq = vc->control_rx;
	struct virtqueue_seg seg = { arch_virt_to_phys(buf), CONTROL_BUF_LEN };
	bool needed = false;

	spin_lock(&vc->queue_lock);
	if (!virtqueue_add(vq, &seg, 0, 1, buf))
		needed = virtqueue_kick_needed(vq);
	spin_unlock(&vc->queue_lock);
	if (needed)
		virtio_notify(vq);
}

/* The next message; NULL: none, and an interrupt will come. */
static char *take_control(struct vconsole *vc, uint32_t *len)
{
	char *buf;

	spin_lock(&vc->queue_lock);
	do {
		buf = virtqueue_take(vc->control_rx, len);
	} while (!buf && virtqueue_interrupt_on(vc->control_rx));
	spin_unlock(&vc->queue_lock);
	return buf;
}

/* Handles all messages that have come; returns how many. */
static unsigned handle_all(struct vconsole *vc)
{
	struct control_message m;
	unsigned count = 0;
	uint32_t len;
	char *buf;

	mutex_lock(&vc->control_lock);
	while ((buf = take_control(vc, &len))) {
		count++;
		if (len >= sizeof(m)) {
			/* Copied: the device could change it meanwhile. */
			memcpy(&m, buf, sizeof(m));
			if (m.id < vc->port_count)
				handle(vc, &m, buf + sizeof(m),
				       len - sizeof(m));
		}
		give_control(vc, buf);
	}
	mutex_unlock(&vc->control_lock);
	return count;
}

static void control_work(struct work *w)
{
	handle_all(container_of(w, struct vconsole, work));
}

static void control_received(struct virtqueue *vq)
{
	struct vconsole *vc = vq->ctx;

	work_queue(&vc->work);
}

static void control_sent(struct virtqueue *vq)
{
	struct vconsole *vc = vq->ctx;

	waitq_wake_all(&vc->control_wait);
}

/* Probing */

static bool control_drained(struct vconsole *vc)
{
	bool drained;

	has_control_room(vc);
	spin_lock(&vc->queue_lock);
	drained = !virtqueue_in_flight(vc->control_tx);
	spin_unlock(&vc->queue_lock);
	return drained;
}

/* The host answers a message before it gives it back; when all are back and
 * nothing has come, it has said everything. */
static void settle(struct vconsole *vc)
{
	nsec_t deadline = clock_monotonic() + SETTLE_TIMEOUT;
	bool drained;

	do {
		drained = control_drained(vc);
		if (!handle_all(vc) && drained)
			return;
		arch_cpu_relax();
	} while (clock_monotonic() < deadline);
	print("%s: the host is slow to name its ports\n", vc->vd->dev.name);
}

/* Queue of a port's receiving side; sending is the next one.  Queues 2 and 3
 * are the control queues. */
static unsigned port_queue(uint32_t id)
{
	return id == 0 ? 0 : 2 + 2 * id;
}

static int create_queue(struct vconsole *vc, unsigned index,
			void (*callback)(struct virtqueue *), void *ctx,
			struct virtqueue **out)
{
	struct virtio_queue_spec spec = {
		.index = index,
		.size = PORT_QUEUE_SIZE,
		.callback = callback,
		.ctx = ctx,
	};

	return virtio_queue_create(vc->vd, &spec, out);
}

static int create_ports(struct vconsole *vc)
{
	int err = 0;

	for (uint32_t id = 0; id < vc->port_count && !err; id++) {
		struct vport *p = &vc->ports[id];

		virtio_port_init(p, vc, id);
		err = create_queue(vc, port_queue(id), virtio_port_received, p,
				   &p->rx);
		if (!err)
			err = create_queue(vc, port_queue(id) + 1,
					   virtio_port_sent, p, &p->tx);
	}
	return err;
}

static int create_control(struct vconsole *vc)
{
	int err = create_queue(vc, 2, control_received, vc, &vc->control_rx);

	if (err)
		return err;
	err = create_queue(vc, 3, control_sent, vc, &vc->control_tx);
	if (err)
		return err;
	vc->control_buf = page_alloc_virt(0, ALLOC_ZERO);
	return vc->control_buf ? 0 : -ENOMEM;
}

static void count_ports(struct vconsole *vc)
{
	uint32_t max = 1;

	vc->multiport = virtio_has(vc->vd, F_MULTIPORT);
	if (vc->multiport)
		virtio_config(vc->vd, CONFIG_MAX_PORTS, &max, sizeof(max));
	vc->port_count = MIN(max, (uint32_t)PORTS_MAX);
	if (max > PORTS_MAX)
		print("%s: %u of %u ports used\n", vc->vd->dev.name, PORTS_MAX,
		      max);
}

static int set_up(struct vconsole *vc)
{
	int err = virtio_start(vc->vd, F_MULTIPORT);

	if (err)
		return err;
	count_ports(vc);
	err = create_ports(vc);
	if (!err && vc->multiport)
		err = create_control(vc);
	return err;
}

static void begin(struct vconsole *vc)
{
	virtio_ready(vc->vd);
	if (!vc->multiport) {
		/* The one port is there and open from the start. */
		port_add(&vc->ports[0]);
		virtio_port_set_host(&vc->ports[0], true);
		return;
	}
	for (unsigned i = 0; i < vc->control_rx->size; i++)
		give_control(vc, vc->control_buf + i * CONTROL_BUF_LEN);
	virtio_console_control(vc, 0, CONTROL_DEVICE_READY, 1);
	settle(vc);
}

static int probe(struct device *dev)
{
	struct vconsole *vc = kzalloc(sizeof(*vc), 0);
	int err;

	if (!vc)
		return -ENOMEM;
	vc->vd = virtio_of(dev);
	work_init(&vc->work, control_work);
	waitq_init(&vc->control_wait);
	spin_init(&vc->queue_lock, RANK_PORT);
	mutex_init(&vc->control_lock, RANK_HOTPLUG);
	err = set_up(vc);
	if (err) {
		virtio_stop(vc->vd);
		if (vc->control_buf)
			page_free_virt(vc->control_buf, 0);
		kfree(vc);
		return err;
	}
	if (!major)
		major = devfs_major_alloc();
	vc->number = device_count++;
	begin(vc);
	return 0;
}

static bool match(const struct device *dev)
{
	return dev->id == VIRTIO_ID_CONSOLE;
}

const struct driver virtio_console_driver = {
	.name = "virtio_console",
	.bus = BUS_VIRTIO,
	.match = match,
	.probe = probe,
};
