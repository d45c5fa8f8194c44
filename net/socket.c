/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets as files, and what is the same in all families.  The table of
 * families is constant.
 */
#include "net/socket.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "sched/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/poll.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

#define BUFFER_DEFAULT 212992u

#define FAMILY(x) extern const struct socket_family family_##x;
#include "net/families.def"
#undef FAMILY

static const struct socket_family *const families[] = {
#define FAMILY(x) &family_##x,
#include "net/families.def"
#undef FAMILY
};

static const struct file_ops socket_file_ops;

int (*socket_pid)(void);

void socket_cred_current(struct ucred *out)
{
	const struct cred *c = cred_current();

	*out = (struct ucred){ socket_pid ? socket_pid() : 0, c->euid,
			       c->egid };
}

void socket_init(struct socket *s, const struct socket_ops *ops, int family,
		 int type, int protocol)
{
	s->ops = ops;
	s->family = (uint16_t)family;
	s->type = (uint16_t)type;
	s->protocol = protocol;
	mutex_init(&s->lock, RANK_FILE_POS); /* bind makes a file */
	waitq_init(&s->wait);
	s->send_limit = s->recv_limit = BUFFER_DEFAULT;
	s->send_timeout = s->recv_timeout = NSEC_FOREVER;
	s->peer_cred = (struct ucred){ 0, UINT32_MAX, UINT32_MAX };
}

int socket_take_error(struct socket *s)
{
	int err = READ_ONCE(s->error);

	if (likely(!err))
		return 0;
	WRITE_ONCE(s->error, 0);
	return -err;
}

nsec_t socket_deadline(nsec_t timeout)
{
	return timeout == NSEC_FOREVER ? NSEC_FOREVER
				       : clock_monotonic() + timeout;
}

int socket_wait_error(int err, nsec_t timeout)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	/* A call with a time limit is not made again. */
	return err == -ERESTARTSYS && timeout != NSEC_FOREVER ? -EINTR : err;
}

void socket_files_put(struct socket_files *files)
{
	if (!files)
		return;
	for (unsigned i = 0; i < files->count; i++)
		file_put(files->file[i]);
	kfree(files);
}

struct socket *socket_of(const struct file *f)
{
	return f->ops == &socket_file_ops ? f->priv : NULL;
}

/*
 * Birth.
 */

/* The socket passes on success only. */
static int make_file(struct socket *s, uint32_t flags, struct file **out)
{
	struct inode *ino;
	int err = file_anon_inode(S_IFSOCK | 0777, &ino);

	if (err)
		return err;
	ino->file_ops = &socket_file_ops;
	err = file_open_inode("socket", ino, O_RDWR | (flags & O_NONBLOCK),
			      out);
	if (err) {
		inode_put(ino);
		return err;
	}
	(*out)->priv = s;
	s->file = *out;
	return 0;
}

static int make_socket(int family, int type, int protocol, struct socket **out)
{
	if (family < 0 || family >= AF_LIMIT)
		return -EAFNOSUPPORT;
	if (type < 1 || type > SOCK_SEQPACKET)
		return type >= 0 && type <= 10 ? -ESOCKTNOSUPPORT : -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i]->family == family)
			return families[i]->create(type, protocol, out);
	return -EAFNOSUPPORT;
}

int socket_create(int family, int type, int protocol, struct file **out)
{
	struct socket *s;
	int err;

	if (type & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	err = make_socket(family, type & SOCK_TYPE_MASK, protocol, &s);
	if (err)
		return err;
	err = make_file(s, (uint32_t)type, out);
	if (err)
		s->ops->release(s);
	return err;
}

int socket_pair(int family, int type, int protocol, struct file *out[2])
{
	struct socket *a, *b;
	int err = socket_create(family, type, protocol, &out[0]);

	if (err)
		return err;
	err = socket_create(family, type, protocol, &out[1]);
	if (err) {
		file_put(out[0]);
		return err;
	}
	a = out[0]->priv;
	b = out[1]->priv;
	err = a->ops->pair ? a->ops->pair(a, b) : -EOPNOTSUPP;
	if (err) {
		file_put(out[0]);
		file_put(out[1]);
	}
	return err;
}

/*
 * Calls.
 */

int socket_bind(struct socket *s, const struct socket_addr *a)
{
	int err;

	mutex_lock(&s->lock);
	err = s->ops->bind(s, a);
	mutex_unlock(&s->lock);
	return err;
}

int socket_listen(struct socket *s, int backlog)
{
	int err;

	if (!s->ops->listen)
		return -EOPNOTSUPP;
	/* A negative number is a very large one. */
	backlog = (int)MIN((unsigned)backlog, (unsigned)SOMAXCONN);
	mutex_lock(&s->lock);
	err = s->ops->listen(s, backlog);
	mutex_unlock(&s->lock);
	return err;
}

int socket_connect(struct socket *s, const struct socket_addr *a)
{
	return s->ops->connect(s, a, s->file->flags & O_NONBLOCK);
}

int socket_accept(struct socket *s, int flags, struct file **out)
{
	struct socket *new;
	int err;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	if (!s->ops->accept)
		return -EOPNOTSUPP;
	err = s->ops->accept(s, s->file->flags & O_NONBLOCK, &new);
	if (err)
		return err;
	err = make_file(new, (uint32_t)flags, out);
	if (err)
		new->ops->release(new);
	return err;
}

int socket_name(struct socket *s, bool peer, struct socket_addr *out)
{
	return s->ops->name(s, peer, out);
}

ssize_t socket_send(struct socket *s, struct socket_msg *m)
{
	if (s->file->flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	return s->ops->send(s, m);
}

ssize_t socket_recv(struct socket *s, struct socket_msg *m)
{
	if (s->file->flags & O_NONBLOCK)
		m->flags |= MSG_DONTWAIT;
	return s->ops->recv(s, m);
}

int socket_shutdown(struct socket *s, int how)
{
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	return s->ops->shutdown(s, how);
}

/*
 * As a file.
 */

static ssize_t socket_read(struct file *f, struct iter *to, off_t *pos)
{
	struct socket_msg m = { .data = to };
	ssize_t n = to->count ? socket_recv(f->priv, &m) : 0;

	socket_files_put(m.files); /* nobody can take them */
	return n;
}

static ssize_t socket_write(struct file *f, struct iter *from, off_t *pos)
{
	struct socket_msg m = { .data = from };

	return socket_send(f->priv, &m);
}

static unsigned socket_poll(struct file *f, struct poll_table *pt)
{
	struct socket *s = f->priv;

	poll_wait(pt, &s->wait);
	return s->ops->poll(s, pt);
}

static long socket_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
	struct socket *s = f->priv;
	int n = -ENOTTY;

	if (cmd == FIONREAD && s->ops->bytes_in)
		n = s->ops->bytes_in(s);
	else if (cmd == SIOCOUTQ && s->ops->bytes_out)
		n = s->ops->bytes_out(s);
	return n < 0 ? n : arch_put_user32(arg, (uint32_t)n);
}

static void socket_release(struct file *f)
{
	struct socket *s = f->priv;

	if (s)
		s->ops->release(s);
}

static const struct file_ops socket_file_ops = {
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.release = socket_release,
};
