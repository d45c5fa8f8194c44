/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of processes: each holds a reference on the struct. */
#include "proc/pidfd.h"

#include "arch/abi.h"
#include "lib/strbuf.h"

#include "proc/process.h"
#include "proc/process_priv.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/usercopy.h"

static unsigned pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct process *p = f->priv;

	poll_wait(pt, &p->end_wait);
	return READ_ONCE(p->zombie) ? POLLIN | POLLRDNORM : 0;
}

static void pidfd_show(struct file *f, struct strbuf *sb)
{
	const struct process *p = f->priv;
	int pid = pidfd_gone(p) ? -1 : p->pid;

	strbuf_printf(sb, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static void pidfd_release(struct file *f)
{
	process_put(f->priv);
}

static const struct file_ops pidfd_ops = {
	.poll = pidfd_poll,
	.show = pidfd_show,
	.release = pidfd_release,
};

int pidfd_create(struct process *p, uint32_t flags, struct file **out)
{
	int err = file_open_anon("[pidfd]", &pidfd_ops, p, O_RDWR | flags, out);

	if (!err)
		process_get(p);
	return err;
}

int pidfd_reserve(struct process *p, uaddr_t user, struct pidfd_slot *slot)
{
	int fd = fdtable_reserve(0, true), err;

	if (fd < 0)
		return fd;
	slot->fd = (unsigned)fd;
	err = pidfd_create(p, 0, &slot->file);
	if (err) {
		fdtable_release(slot->fd);
		slot->file = NULL;
		return err;
	}
	err = arch_put_user32(user, slot->fd);
	if (err)
		pidfd_settle(slot, false);
	return err;
}

void pidfd_settle(const struct pidfd_slot *slot, bool born)
{
	if (!slot->file)
		return;
	if (born) {
		fdtable_install(slot->fd, slot->file);
	} else {
		fdtable_release(slot->fd);
		file_put(slot->file);
	}
}

struct process *pidfd_process(const struct file *f)
{
	return f->ops == &pidfd_ops ? f->priv : NULL;
}

/* Process 1 alone has no parent while it lives. */
bool pidfd_gone(const struct process *p)
{
	return READ_ONCE(p->zombie) && !READ_ONCE(p->parent);
}

void pidfd_notify(struct process *p)
{
	waitq_wake_key(&p->end_wait, ~0u, POLLIN | POLLRDNORM);
}
