/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmsg(2) and recvmsg(2): vectors, addresses and control messages (cmsg(3)),
 * which carry descriptors and credentials.
 */

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "sched/cred.h"
#include "sys/poll.h"
#include "sys/sock.h"
#include "sys/syscalls.h"
#include "sys/vectors.h"
#include "vfs/file.h"
#include "vm/usercopy.h"

#define CONTROL_MAX 20480u

#define CMSG_ALIGN(n) ALIGN_UP((size_t)(n), sizeof(size_t))
#define CMSG_HEAD     CMSG_ALIGN(sizeof(struct abi_cmsghdr))

/*
 * Sending.
 */

static int take_rights(struct socket_msg *m, const int32_t *fds, size_t n)
{
	struct socket_files *files;
	size_t size = sizeof(*files) + n * sizeof(files->file[0]);

	if (n > SCM_MAX_FD || m->files)
		return -EINVAL;
	if (!n)
		return 0;
	files = kmalloc(size, 0);
	if (!files)
		return -ENOMEM;
	for (files->count = 0; files->count < n; files->count++) {
		struct file *f = fdtable_file(thread_current()->files,
					      (unsigned)fds[files->count]);

		if (!f) {
			socket_files_put(files);
			return -EBADF;
		}
		files->file[files->count] = f;
	}
	m->files = files;
	return 0;
}

/* Only the mighty may say that they are somebody else. */
static int take_cred(struct socket_msg *m, const struct ucred *c)
{
	const struct cred *own = cred_current();

	if (c->pid != socket_pid() && !cred_capable(own, CAP_SYS_ADMIN))
		return -EPERM;
	if (c->uid != own->uid && c->uid != own->euid && c->uid != own->suid &&
	    !cred_capable(own, CAP_SETUID))
		return -EPERM;
	if (c->gid != own->gid && c->gid != own->egid && c->gid != own->sgid &&
	    !cred_capable(own, CAP_SETGID))
		return -EPERM;
	m->cred = *c;
	m->has_cred = true;
	return 0;
}

static int take_one(struct socket_msg *m, const struct abi_cmsghdr *h,
		    const char *data, size_t len)
{
	if (h->level != SOL_SOCKET)
		return 0;
	if (h->type == SCM_RIGHTS)
		return take_rights(m, (const int32_t *)data,
				   len / sizeof(int32_t));
	if (h->type == SCM_CREDENTIALS && len == sizeof(struct ucred))
		return take_cred(m, (const struct ucred *)data);
	return -EINVAL;
}

static int parse_control(struct socket_msg *m, const char *buf, size_t len)
{
	size_t at = 0;
	int err = 0;

	while (!err && len - at >= sizeof(struct abi_cmsghdr)) {
		const struct abi_cmsghdr *h = (const void *)(buf + at);

		if (h->len < sizeof(*h) || h->len > len - at)
			return -EINVAL;
		err = take_one(m, h, buf + at + CMSG_HEAD,
			       h->len - MIN(h->len, CMSG_HEAD));
		at += MIN(CMSG_ALIGN(h->len), len - at);
	}
	return err;
}

static int get_control(struct socket_msg *m, const struct abi_msghdr *hdr)
{
	char *buf;
	int err;

	if (!hdr->control || !hdr->control_len)
		return 0;
	if (hdr->control_len > CONTROL_MAX)
		return -ENOBUFS;
	buf = kmalloc(hdr->control_len, 0);
	if (!buf)
		return -ENOBUFS;
	err = copy_from_user(buf, hdr->control, hdr->control_len);
	if (!err)
		err = parse_control(m, buf, hdr->control_len);
	kfree(buf);
	return err;
}

static int get_vectors(struct vectors *v, struct iter *it,
		       const struct abi_msghdr *hdr)
{
	int err;

	if (hdr->iov_len > IOV_MAX)
		return -EMSGSIZE;
	err = vectors_get(v, hdr->iov, hdr->iov_len);
	if (!err)
		iter_user_vec(it, v->vec, v->n);
	return err;
}

static long send_one(struct socket *s, const struct abi_msghdr *hdr,
		     unsigned flags)
{
	struct socket_addr a;
	struct vectors v;
	struct iter it;
	struct socket_msg m = { .data = &it, .flags = flags };
	long n = 0;

	if (hdr->name && hdr->name_len) {
		n = sock_get_addr(&a, hdr->name, hdr->name_len);
		m.name = &a;
	}
	if (!n)
		n = get_vectors(&v, &it, hdr);
	if (n)
		return n;
	n = get_control(&m, hdr);
	if (!n)
		n = socket_send(s, &m);
	socket_files_put(m.files);
	vectors_free(&v);
	return n;
}

long sys_sendmsg(int fd, uaddr_t user, unsigned flags)
{
	struct abi_msghdr hdr;
	struct sock_ref ref;
	long n = sock_get(fd, &ref);

	if (n)
		return n;
	n = copy_from_user(&hdr, user, sizeof(hdr));
	if (!n)
		n = send_one(ref.s, &hdr, flags);
	sock_put(&ref);
	return sock_sent(n, flags);
}

static long send_many(struct socket *s, uaddr_t user, unsigned count,
		      unsigned flags)
{
	struct abi_mmsghdr mm;
	unsigned done = 0;
	long n = 0;

	for (; done < count; done++, user += sizeof(mm)) {
		n = copy_from_user(&mm, user, sizeof(mm));
		if (!n)
			n = send_one(s, &mm.hdr, flags);
		if (n < 0)
			break;
		mm.len = (uint32_t)n;
		n = copy_to_user(user + offsetof(struct abi_mmsghdr, len),
				 &mm.len, sizeof(mm.len));
		if (n)
			break;
	}
	return done ? done : n;
}

long sys_sendmmsg(int fd, uaddr_t user, unsigned count, unsigned flags)
{
	struct sock_ref ref;
	long n = sock_get(fd, &ref);

	if (n)
		return n;
	n = send_many(ref.s, user, MIN(count, (unsigned)IOV_MAX), flags);
	sock_put(&ref);
	return sock_sent(n, flags);
}

/*
 * Receiving.
 */

/* Where control messages go. */
struct control {
	uaddr_t at;
	size_t left, used;
	unsigned out_flags;
};

/* Room for a message of len bytes, cut if need be; false: not even its head. */
static bool put_head(struct control *c, int type, size_t len)
{
	struct abi_cmsghdr h = { CMSG_HEAD + len, SOL_SOCKET, type };

	if (c->left < CMSG_HEAD ||
	    copy_to_user(c->at + c->used, &h, sizeof(h))) {
		c->out_flags |= MSG_CTRUNC;
		return false;
	}
	return true;
}

static void advance(struct control *c, size_t len)
{
	size_t step = MIN(CMSG_ALIGN(CMSG_HEAD + len), c->left);

	c->used += step;
	c->left -= step;
}

static void put_cred(struct control *c, const struct ucred *cred)
{
	if (!put_head(c, SCM_CREDENTIALS, sizeof(*cred)))
		return;
	if (c->left < CMSG_HEAD + sizeof(*cred) ||
	    copy_to_user(c->at + c->used + CMSG_HEAD, cred, sizeof(*cred))) {
		c->out_flags |= MSG_CTRUNC;
		return;
	}
	advance(c, sizeof(*cred));
}

static bool put_fd(uaddr_t at, struct file *f, bool cloexec)
{
	int32_t fd = fdtable_reserve(0, cloexec);

	if (fd < 0)
		return false;
	if (copy_to_user(at, &fd, sizeof(fd))) {
		fdtable_release((unsigned)fd);
		return false;
	}
	fdtable_install((unsigned)fd, file_get(f));
	return true;
}

/* As many as fit; the others are closed. */
static void put_rights(struct control *c, struct socket_files *files,
		       bool cloexec)
{
	size_t room = c->left < CMSG_HEAD ? 0 : c->left - CMSG_HEAD;
	unsigned n = 0, fit = (unsigned)MIN(room / sizeof(int32_t),
					    (size_t)files->count);
	uaddr_t at = c->at + c->used + CMSG_HEAD;

	while (n < fit &&
	       put_fd(at + n * sizeof(int32_t), files->file[n], cloexec))
		n++;
	if (n < files->count)
		c->out_flags |= MSG_CTRUNC;
	if (n && put_head(c, SCM_RIGHTS, n * sizeof(int32_t)))
		advance(c, n * sizeof(int32_t));
}

static void put_control(struct control *c, struct socket_msg *m)
{
	if (m->has_cred)
		put_cred(c, &m->cred);
	if (m->files)
		put_rights(c, m->files, m->flags & MSG_CMSG_CLOEXEC);
	socket_files_put(m->files);
}

static int put_name(const struct socket_addr *a, uaddr_t name, int room)
{
	if (!name)
		return 0;
	return copy_to_user(name, a->bytes, MIN(a->len, (uint32_t)room));
}

static long recv_into(struct socket *s, struct abi_msghdr *hdr,
		      struct socket_msg *m)
{
	struct control c = { .at = hdr->control,
			     .left = hdr->control ? hdr->control_len : 0 };
	struct vectors v;
	long n = get_vectors(&v, m->data, hdr);

	if (n)
		return n;
	n = socket_recv(s, m);
	vectors_free(&v);
	if (n < 0) {
		socket_files_put(m->files);
		return n;
	}
	put_control(&c, m);
	if (hdr->name && put_name(m->name, hdr->name, hdr->name_len))
		return -EFAULT;
	hdr->name_len = (int32_t)m->name->len;
	hdr->control_len = c.used;
	hdr->flags = m->out_flags | c.out_flags |
		     ((unsigned)m->flags & MSG_CMSG_CLOEXEC);
	return n;
}

static long recv_one(struct socket *s, uaddr_t user, unsigned flags)
{
	struct socket_addr a = { .len = 0 };
	struct iter it;
	struct socket_msg m = { .data = &it, .flags = flags, .name = &a };
	struct abi_msghdr hdr;
	long n = copy_from_user(&hdr, user, sizeof(hdr));

	if (n)
		return n;
	if (hdr.name_len < 0)
		return -EINVAL;
	n = recv_into(s, &hdr, &m);
	if (n < 0)
		return n;
	/* All but what it points to. */
	if (copy_to_user(user + offsetof(struct abi_msghdr, name_len),
			 &hdr.name_len, sizeof(hdr.name_len)) ||
	    copy_to_user(user + offsetof(struct abi_msghdr, control_len),
			 &hdr.control_len, sizeof(hdr.control_len)) ||
	    copy_to_user(user + offsetof(struct abi_msghdr, flags), &hdr.flags,
			 sizeof(hdr.flags)))
		return -EFAULT;
	return n;
}

long sys_recvmsg(int fd, uaddr_t user, unsigned flags)
{
	struct sock_ref ref;
	long n = sock_get(fd, &ref);

	if (n)
		return n;
	n = recv_one(ref.s, user, flags);
	sock_put(&ref);
	return n;
}

static long recv_many(struct socket *s, uaddr_t user, unsigned count,
		      unsigned flags, nsec_t deadline)
{
	unsigned done = 0;
	uint32_t len;
	long n = 0;

	for (; done < count; done++, user += sizeof(struct abi_mmsghdr)) {
		if (done && clock_monotonic() >= deadline)
			break;
		n = recv_one(s, user, flags & ~MSG_WAITFORONE);
		if (n < 0)
			break;
		len = (uint32_t)n;
		n = copy_to_user(user + offsetof(struct abi_mmsghdr, len), &len,
				 sizeof(len));
		if (n)
			break;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	return done ? done : n;
}

long sys_recvmmsg(int fd, uaddr_t user, unsigned count, unsigned flags,
		  uaddr_t timeout)
{
	struct sock_ref ref;
	nsec_t deadline;
	long n = poll_read_timeout(timeout, false, &deadline);

	if (n)
		return n;
	n = sock_get(fd, &ref);
	if (n)
		return n;
	n = recv_many(ref.s, user, MIN(count, (unsigned)IOV_MAX), flags,
		      deadline);
	sock_put(&ref);
	return n;
}
