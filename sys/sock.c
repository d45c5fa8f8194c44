/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about sockets (socket(2)), but those with a struct msghdr. */
#include "sys/sock.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/signal.h"
#include "core/entry.h"
#include "sys/syscalls.h"
#include "vfs/file.h"
#include "vm/iter.h"
#include "vm/usercopy.h"

#define OPTION_MAX 64u

int sock_get(int fd, struct sock_ref *out)
{
	out->fd = fdtable_get(fd);
	if (!out->fd.file)
		return -EBADF;
	out->s = socket_of(out->fd.file);
	if (out->s)
		return 0;
	fdtable_put(out->fd);
	return -ENOTSOCK;
}

int sock_get_addr(struct socket_addr *a, uaddr_t user, int len)
{
	if (len < 0 || len > SOCKET_ADDR_MAX)
		return -EINVAL;
	memset(a, 0, sizeof(*a));
	a->len = (uint32_t)len;
	return copy_from_user(a->bytes, user, (size_t)len);
}

int sock_put_addr(const struct socket_addr *a, uaddr_t user, uaddr_t len_at)
{
	int32_t room;

	if (copy_from_user(&room, len_at, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (copy_to_user(user, a->bytes, MIN((uint32_t)room, a->len)))
		return -EFAULT;
	return copy_to_user(len_at, &a->len, sizeof(a->len));
}

long sock_sent(long n, unsigned flags)
{
	if (unlikely(n == -EPIPE) && !(flags & MSG_NOSIGNAL))
		signal_raise(SIGPIPE);
	return n;
}

static long install(struct file *f, int flags)
{
	int fd = fdtable_add(f, flags & SOCK_CLOEXEC);

	if (fd < 0)
		file_put(f);
	return fd;
}

long sys_socket(int family, int type, int protocol)
{
	struct file *f;
	int err = socket_create(family, type, protocol, &f);

	return err ? err : install(f, type);
}

long sys_socketpair(int family, int type, int protocol, uaddr_t out)
{
	struct file *f[2];
	int32_t fd[2];
	int err = socket_pair(family, type, protocol, f);

	if (err)
		return err;
	fd[0] = (int)install(f[0], type);
	if (fd[0] < 0) {
		file_put(f[1]);
		return fd[0];
	}
	fd[1] = (int)install(f[1], type);
	if (fd[1] >= 0 && !copy_to_user(out, fd, sizeof(fd)))
		return 0;
	err = fd[1] < 0 ? fd[1] : -EFAULT;
	if (fd[1] >= 0)
		(void)!fdtable_close((unsigned)fd[1]);
	(void)!fdtable_close((unsigned)fd[0]);
	return err;
}

static long with_addr(int fd, uaddr_t addr, int len,
		      int (*call)(struct socket *, const struct socket_addr *))
{
	struct socket_addr a;
	struct sock_ref ref;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = sock_get_addr(&a, addr, len);
	if (!err)
		err = call(ref.s, &a);
	sock_put(&ref);
	return err;
}

long sys_bind(int fd, uaddr_t addr, int len)
{
	return with_addr(fd, addr, len, socket_bind);
}

long sys_connect(int fd, uaddr_t addr, int len)
{
	return with_addr(fd, addr, len, socket_connect);
}

long sys_listen(int fd, int backlog)
{
	struct sock_ref ref;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = socket_listen(ref.s, backlog);
	sock_put(&ref);
	return err;
}

long sys_accept4(int fd, uaddr_t addr, uaddr_t len_at, int flags)
{
	struct socket_addr a;
	struct sock_ref ref;
	struct file *f;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = socket_accept(ref.s, flags, &f);
	sock_put(&ref);
	if (err)
		return err;
	if (addr) {
		err = socket_name(socket_of(f), true, &a);
		if (err == -ENOTCONN)
			err = -ECONNABORTED;
		if (!err)
			err = sock_put_addr(&a, addr, len_at);
	}
	if (!err)
		return install(f, flags);
	file_put(f);
	return err;
}

long sys_accept(int fd, uaddr_t addr, uaddr_t len_at)
{
	return sys_accept4(fd, addr, len_at, 0);
}

static long get_name(int fd, bool peer, uaddr_t addr, uaddr_t len_at)
{
	struct socket_addr a;
	struct sock_ref ref;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = socket_name(ref.s, peer, &a);
	sock_put(&ref);
	return err ? err : sock_put_addr(&a, addr, len_at);
}

long sys_getsockname(int fd, uaddr_t addr, uaddr_t len_at)
{
	return get_name(fd, false, addr, len_at);
}

long sys_getpeername(int fd, uaddr_t addr, uaddr_t len_at)
{
	return get_name(fd, true, addr, len_at);
}

long sys_sendto(int fd, uaddr_t buf, size_t len, unsigned flags, uaddr_t addr,
		int addr_len)
{
	struct socket_addr a;
	struct sock_ref ref;
	struct iter it;
	struct socket_msg m = { .data = &it, .flags = flags };
	long n = sock_get(fd, &ref);

	if (n)
		return n;
	if (addr) {
		n = sock_get_addr(&a, addr, addr_len);
		m.name = &a;
	}
	iter_user(&it, buf, MIN(len, RW_MAX));
	if (!n)
		n = socket_send(ref.s, &m);
	sock_put(&ref);
	return sock_sent(n, flags);
}

long sys_recvfrom(int fd, uaddr_t buf, size_t len, unsigned flags, uaddr_t addr,
		  uaddr_t len_at)
{
	struct socket_addr a = { .len = 0 };
	struct sock_ref ref;
	struct iter it;
	struct socket_msg m = { .data = &it, .flags = flags };
	long n = sock_get(fd, &ref);

	if (n)
		return n;
	if (addr)
		m.name = &a;
	iter_user(&it, buf, MIN(len, RW_MAX));
	n = socket_recv(ref.s, &m);
	sock_put(&ref);
	socket_files_put(m.files);
	if (n >= 0 && addr && sock_put_addr(&a, addr, len_at))
		n = -EFAULT;
	return n;
}

long sys_shutdown(int fd, int how)
{
	struct sock_ref ref;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = socket_shutdown(ref.s, how);
	sock_put(&ref);
	return err;
}

long sys_setsockopt(int fd, int level, int name, uaddr_t value, int len)
{
	char in[OPTION_MAX] = { 0 };
	struct sock_ref ref;
	int err;

	if (len < 0)
		return -EINVAL;
	err = sock_get(fd, &ref);
	if (err)
		return err;
	len = MIN(len, (int)OPTION_MAX);
	err = copy_from_user(in, value, (size_t)len);
	if (!err)
		err = socket_set_option(ref.s, level, name, in, (unsigned)len);
	sock_put(&ref);
	return err;
}

long sys_getsockopt(int fd, int level, int name, uaddr_t value, uaddr_t len_at)
{
	char out[OPTION_MAX];
	struct sock_ref ref;
	int32_t len;
	unsigned size;
	int err = sock_get(fd, &ref);

	if (err)
		return err;
	err = copy_from_user(&len, len_at, sizeof(len));
	if (!err && len < 0)
		err = -EINVAL;
	size = MIN((unsigned)len, OPTION_MAX);
	if (!err)
		err = socket_get_option(ref.s, level, name, out, &size);
	sock_put(&ref);
	if (!err)
		err = copy_to_user(value, out, size);
	return err ? err : copy_to_user(len_at, &size, sizeof(size));
}
