/* SPDX-License-Identifier: BSD-2-Clause */
/* AF_UNIX sockets: what each call answers, and what arrives. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scratch.h"

static int pair(int type, int sv[2])
{
	return socketpair(AF_UNIX, type, 0, sv);
}

static struct sockaddr_un name_of(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, path);
	return a;
}

static int bind_to(int fd, const char *path)
{
	struct sockaddr_un a = name_of(path);

	return bind(fd, (void *)&a, sizeof(a));
}

static int connect_to(int fd, const char *path)
{
	struct sockaddr_un a = name_of(path);

	return connect(fd, (void *)&a, sizeof(a));
}

static int abstract(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->sun_path + 1, name, strlen(name));
	return (int)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static void show_name(int fd, int peer)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if ((peer ? getpeername : getsockname)(fd, (void *)&a, &len))
		printf("  no name: %s\n", error_name(errno));
	else
		printf("  name: len %u family %u '%s' '%s'\n", len,
		       a.sun_family, a.sun_path, len > 3 ? a.sun_path + 1 : "");
}

static int events(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static int option(int fd, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -1 : v;
}

static int set_option(int fd, int name, int v)
{
	return setsockopt(fd, SOL_SOCKET, name, &v, sizeof(v));
}

static char buf[300000];

static void streams(void)
{
	int sv[2], n;

	TRY(pair(SOCK_STREAM, sv));
	TRY(events(sv[0]));
	TRY(write(sv[0], "hello", 5));
	TRY(write(sv[0], " world", 6));
	TRY(events(sv[1]));
	TRY(ioctl(sv[1], FIONREAD, &n));
	TRY(n);
	TRY(recv(sv[1], buf, 3, MSG_PEEK));
	TRY(recv(sv[1], buf, 100, MSG_PEEK));
	TRY(read(sv[1], buf, 7));
	printf("%.7s\n", buf);
	TRY(recv(sv[1], buf, 100, 0));
	printf("%.4s\n", buf);
	TRY(recv(sv[1], buf, 100, MSG_DONTWAIT));
	TRY(recv(sv[1], buf, 0, MSG_DONTWAIT));
	TRY(send(sv[0], buf, 0, 0));
	TRY(recv(sv[1], buf, 1, MSG_OOB));
	TRY(pread(sv[0], buf, 1, 0));
	TRY(lseek(sv[0], 0, SEEK_CUR));
	TRY(shutdown(sv[0], 7));
	TRY(shutdown(sv[0], SHUT_WR));
	TRY(events(sv[0]));
	TRY(events(sv[1]));
	TRY(read(sv[1], buf, 10));
	TRY(send(sv[0], "x", 1, MSG_NOSIGNAL));
	TRY(write(sv[1], "back", 4));
	TRY(read(sv[0], buf, 10));
	TRY(close(sv[0]));
	TRY(events(sv[1]));
	TRY(send(sv[1], "x", 1, MSG_NOSIGNAL));
	TRY(read(sv[1], buf, 10));
	TRY(close(sv[1]));
	pair(SOCK_STREAM, sv);
	TRY(write(sv[0], "unread", 6));
	TRY(close(sv[1]));
	pair(SOCK_STREAM, sv);
	TRY(write(sv[1], "unread", 6));
	TRY(close(sv[0]));
	TRY(events(sv[1]));
	TRY(option(sv[1], SO_ERROR));
	TRY(option(sv[1], SO_ERROR));
	TRY(read(sv[1], buf, 10));
	close(sv[1]);
	pair(SOCK_STREAM, sv);
	TRY(write(sv[1], "unread", 6));
	TRY(close(sv[0]));
	TRY(read(sv[1], buf, 10));
	TRY(read(sv[1], buf, 10));
	close(sv[1]);
}

static void *write_much(void *arg)
{
	int fd = *(int *)arg;
	static char much[300000];

	for (int i = 0; i < (int)sizeof(much); i++)
		much[i] = (char)(i % 251);
	for (int i = 0; i < 5; i++)
		if (write(fd, much, sizeof(much)) != sizeof(much))
			printf("short\n");
	close(fd);
	return NULL;
}

static void much(void)
{
	long total = 0, n, bad = 0;
	int sv[2];
	pthread_t t;

	pair(SOCK_STREAM, sv);
	pthread_create(&t, NULL, write_much, &sv[0]);
	TRY(recv(sv[1], buf, 250000, MSG_WAITALL));
	total = 250000;
	while ((n = read(sv[1], buf, 70001)) > 0) {
		for (int i = 0; i < n; i++)
			bad += buf[i] != (char)((total + i) % 300000 % 251);
		total += n;
	}
	pthread_join(t, NULL);
	printf("%ld bytes, %ld wrong\n", total, bad);
	close(sv[1]);
	pair(SOCK_STREAM, sv);
	fcntl(sv[0], F_SETFL, O_NONBLOCK);
	while ((n = write(sv[0], buf, 1000)) > 0)
		;
	TRY(n);
	printf("%s\n", error_name(errno));
	TRY(events(sv[0]));
	while (recv(sv[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	TRY(events(sv[0]));
	close(sv[0]);
	close(sv[1]);
}

static void packets(int type)
{
	int sv[2];

	printf("packets of type %d\n", type);
	TRY(pair(type, sv));
	TRY(events(sv[0]));
	TRY(send(sv[0], "one", 3, 0));
	TRY(send(sv[0], "two two", 7, 0));
	TRY(send(sv[0], "", 0, 0));
	TRY(recv(sv[1], buf, 100, MSG_PEEK));
	TRY(recv(sv[1], buf, 100, 0));
	TRY(recv(sv[1], buf, 3, MSG_TRUNC | MSG_PEEK));
	TRY(recv(sv[1], buf, 3, 0));
	TRY(recv(sv[1], buf, 3, 0));
	TRY(recv(sv[1], buf, 3, MSG_DONTWAIT));
	TRY(send(sv[0], buf, sizeof(buf), 0));
	TRY(shutdown(sv[0], SHUT_WR));
	TRY(send(sv[0], "x", 1, MSG_NOSIGNAL));
	TRY(events(sv[0]));
	TRY(events(sv[1]));
	TRY(recv(sv[1], buf, 3, MSG_DONTWAIT));
	TRY(close(sv[0]));
	TRY(events(sv[1]));
	TRY(send(sv[1], "x", 1, MSG_NOSIGNAL));
	TRY(send(sv[1], "x", 1, MSG_NOSIGNAL));
	close(sv[1]);
}

static void servers(void)
{
	int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0), s, d;
	struct sockaddr_un a;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct stat st;

	TRY(fcntl(l, F_GETFD));
	TRY(socket(AF_UNIX, SOCK_STREAM, 5));
	TRY(socket(AF_UNIX, 4, 0));
	TRY(socket(77, SOCK_STREAM, 0));
	TRY(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
	TRY(listen(l, 5));
	TRY(accept(l, NULL, NULL));
	TRY(events(l));
	TRY(connect_to(c, "sock"));
	TRY(bind_to(l, "sock"));
	TRY(bind_to(l, "sock2"));
	TRY(bind_to(c, "sock"));
	show("sock");
	TRY(open("sock", O_RDWR));
	TRY(connect_to(c, "sock"));
	show_name(l, 0);
	show_name(l, 1);
	show_name(c, 0);
	TRY(listen(l, 5));
	TRY(events(l));
	TRY(option(l, SO_ACCEPTCONN));
	TRY(connect_to(c, "sock"));
	TRY(connect_to(c, "sock"));
	TRY(events(l));
	TRY(write(c, "early", 5));
	len = sizeof(a);
	s = accept4(l, (void *)&a, &len, SOCK_CLOEXEC);
	TRY(len);
	TRY(fcntl(s, F_GETFD));
	TRY(fcntl(s, F_GETFL));
	TRY(read(s, buf, 10));
	show_name(s, 0);
	show_name(s, 1);
	show_name(c, 1);
	len = sizeof(cred);
	TRY(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	TRY(cred.pid == getpid() && cred.uid == getuid());
	TRY(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	TRY(cred.pid == getpid() && cred.gid == getgid());
	TRY(fstat(s, &st));
	printf("%o\n", st.st_mode);
	d = socket(AF_UNIX, SOCK_DGRAM, 0);
	TRY(connect_to(d, "sock"));
	TRY(send(d, "x", 1, 0));
	TRY(listen(d, 1));
	TRY(accept(d, NULL, NULL));
	close(d);
	close(s);
	close(c);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	TRY(send(c, "x", 1, 0));
	TRY(recv(c, buf, 1, 0));
	TRY(events(c));
	TRY(connect_to(c, "sock"));
	TRY(fcntl(l, F_SETFL, O_NONBLOCK));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	TRY(listen(l, 0));
	TRY(connect_to(s, "sock"));
	TRY(close(l));
	TRY(read(c, buf, 1));
	TRY(connect_to(s, "sock"));
	close(s);
	close(c);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	TRY(touch("plain"));
	TRY(connect_to(s, "plain"));
	TRY(connect_to(s, "nothing"));
	TRY(unlink("sock"));
	TRY(unlink("plain"));
	len = (socklen_t)abstract(&a, "dunlin-test");
	TRY(bind(s, (void *)&a, len));
	show_name(s, 0);
	l = socket(AF_UNIX, SOCK_STREAM, 0);
	TRY(bind(l, (void *)&a, len));
	TRY(listen(s, 1));
	TRY(connect(l, (void *)&a, len));
	show_name(l, 1);
	TRY(bind(l, (void *)&a, 2));
	TRY(getsockname(l, (void *)&a, &len));
	TRY(len);
	a.sun_family = 7;
	TRY(bind(l, (void *)&a, 10));
	TRY(bind(l, (void *)&a, 200));
	TRY(connect(l, NULL, 5));
	close(s);
	close(l);
}

static void datagrams(void)
{
	int a = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int b = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), n = 0;
	struct sockaddr_un to = name_of("a"), from;
	socklen_t len = sizeof(from);

	TRY(bind_to(a, "a"));
	TRY(sendto(b, "anonymous", 9, 0, (void *)&to, sizeof(to)));
	TRY(recvfrom(a, buf, 100, 0, (void *)&from, &len));
	TRY(len);
	TRY(bind_to(b, "b"));
	TRY(sendto(b, "named", 5, 0, (void *)&to, sizeof(to)));
	len = sizeof(from);
	TRY(recvfrom(a, buf, 100, 0, (void *)&from, &len));
	printf("%d '%s'\n", len, from.sun_path);
	TRY(send(b, "x", 1, 0));
	TRY(connect_to(b, "a"));
	TRY(send(b, "x", 1, 0));
	TRY(connect_to(a, "b"));
	to = name_of("b");
	n = socket(AF_UNIX, SOCK_DGRAM, 0);
	TRY(sendto(n, "x", 1, 0, (void *)&to, sizeof(to)));
	TRY(connect_to(n, "b"));
	close(n);
	for (n = 0; send(b, "x", 1, 0) == 1; n++)
		;
	printf("%d, then %s\n", n, error_name(errno));
	TRY(events(b));
	TRY(recv(a, buf, 1, 0));
	TRY(events(b));
	TRY(events(a));
	to.sun_family = AF_UNSPEC;
	TRY(connect(b, (void *)&to, 2));
	TRY(send(b, "x", 1, 0));
	TRY(connect_to(b, "a"));
	TRY(close(a));
	TRY(send(b, "x", 1, 0));
	TRY(send(b, "x", 1, 0));
	TRY(connect_to(b, "a"));
	TRY(unlink("a"));
	TRY(unlink("b"));
	close(b);
}

static void options(void)
{
	struct timeval tv = { 0, 20000 };
	socklen_t len = sizeof(tv);
	int sv[2];

	pair(SOCK_SEQPACKET, sv);
	TRY(option(sv[0], SO_TYPE));
	TRY(option(sv[0], SO_DOMAIN));
	TRY(option(sv[0], SO_PROTOCOL));
	TRY(option(sv[0], SO_SNDBUF));
	TRY(option(sv[0], SO_RCVBUF));
	TRY(set_option(sv[0], SO_SNDBUF, 10000));
	TRY(option(sv[0], SO_SNDBUF));
	TRY(set_option(sv[0], SO_SNDBUF, 1));
	TRY(option(sv[0], SO_SNDBUF));
	TRY(set_option(sv[0], SO_RCVBUF, 1));
	TRY(option(sv[0], SO_RCVBUF));
	TRY(set_option(sv[0], SO_REUSEADDR, 1));
	TRY(option(sv[0], SO_REUSEADDR));
	TRY(set_option(sv[0], 999, 1));
	TRY(option(sv[0], 999));
	TRY(set_option(0, SO_TYPE, 1));
	TRY(setsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	tv.tv_usec = 0;
	TRY(getsockopt(sv[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	TRY(tv.tv_usec);
	TRY(recv(sv[0], buf, 1, 0));
	TRY(setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &len, 2));
	close(sv[0]);
	close(sv[1]);
}

static union {
	char buf[200];
	struct cmsghdr align;
} control;

static struct iovec iov[2];

static struct msghdr message(size_t control_len)
{
	iov[0] = (struct iovec){ buf, 3 };
	iov[1] = (struct iovec){ buf + 10, 4 };
	return (struct msghdr){ .msg_iov = iov,
				.msg_iovlen = 2,
				.msg_control = control_len ? control.buf : NULL,
				.msg_controllen = control_len };
}

static long send_fds(int to, const int *fds, int n)
{
	struct msghdr m = message(CMSG_SPACE(n * sizeof(int)));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(to, &m, 0);
}

static int got[10];

static void recv_fds(int from, size_t room, int flags)
{
	struct msghdr m = message(room);
	long n;

	memset(control.buf, 0, sizeof(control.buf));
	n = recvmsg(from, &m, flags);
	printf("  recvmsg: %ld, control %zu, flags %x, name %u\n", n,
	       m.msg_controllen, m.msg_flags, m.msg_namelen);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); n >= 0 && c;
	     c = CMSG_NXTHDR(&m, c)) {
		printf("  cmsg len %zu level %d type %d\n", c->cmsg_len,
		       c->cmsg_level, c->cmsg_type);
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(got, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
		else
			printf("  my pid %d uid %d\n",
			       ((struct ucred *)CMSG_DATA(c))->pid == getpid(),
			       ((struct ucred *)CMSG_DATA(c))->uid == getuid());
	}
}

static void rights(int type)
{
	int sv[2], p[2], bad = 999, two[2];

	printf("rights over type %d\n", type);
	pair(type, sv);
	if (pipe(p))
		return;
	two[0] = p[0];
	two[1] = p[1];
	TRY(send_fds(sv[0], &bad, 1));
	TRY(send_fds(sv[0], two, 2));
	TRY(send(sv[0], "after", 5, 0));
	recv_fds(sv[1], sizeof(control.buf), MSG_PEEK);
	close(got[0]);
	close(got[1]);
	recv_fds(sv[1], sizeof(control.buf), MSG_CMSG_CLOEXEC);
	TRY(fcntl(got[0], F_GETFD));
	close(p[0]);
	close(p[1]);
	TRY(write(got[1], "through", 7));
	TRY(read(got[0], buf, 100));
	recv_fds(sv[1], sizeof(control.buf), 0);
	two[0] = got[0];
	two[1] = got[1];
	TRY(send_fds(sv[0], two, 2));
	recv_fds(sv[1], CMSG_SPACE(0) + 4, 0);
	close(got[0]);
	TRY(send_fds(sv[0], two, 2));
	recv_fds(sv[1], 0, 0);
	TRY(send_fds(sv[0], two, 2));
	TRY(read(sv[1], buf, 100));
	TRY(send_fds(sv[0], two, 1));
	close(two[0]);
	close(sv[0]);
	close(sv[1]);
	TRY(write(two[1], "x", 1) == 1 || errno == EPIPE);
	close(two[1]);
}

static void credentials(void)
{
	struct msghdr m = message(CMSG_SPACE(sizeof(struct ucred)));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct ucred me = { getpid(), getuid(), getgid() };
	int sv[2];

	pair(SOCK_DGRAM, sv);
	c->cmsg_len = CMSG_LEN(sizeof(me));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	memcpy(CMSG_DATA(c), &me, sizeof(me));
	TRY(sendmsg(sv[0], &m, 0));
	recv_fds(sv[1], sizeof(control.buf), 0);
	TRY(set_option(sv[1], SO_PASSCRED, 1));
	TRY(option(sv[1], SO_PASSCRED));
	TRY(send(sv[0], "y", 1, 0));
	recv_fds(sv[1], sizeof(control.buf), 0);
	close(sv[0]);
	close(sv[1]);
}

static void many(void)
{
	struct mmsghdr mm[3];
	struct iovec v[3];
	int sv[2];

	memset(mm, 0, sizeof(mm));
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ buf, (size_t)i + 1 };
		mm[i].msg_hdr.msg_iov = &v[i];
		mm[i].msg_hdr.msg_iovlen = 1;
	}
	pair(SOCK_DGRAM, sv);
	TRY(sendmmsg(sv[0], mm, 3, 0));
	printf("%u %u %u\n", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
	v[1].iov_len = 1;
	TRY(recvmmsg(sv[1], mm, 2, 0, NULL));
	printf("%u %u %x\n", mm[0].msg_len, mm[1].msg_len,
	       mm[1].msg_hdr.msg_flags);
	TRY(recvmmsg(sv[1], mm, 3, MSG_WAITFORONE, NULL));
	close(sv[0]);
	close(sv[1]);
}

static volatile int pipes;

static void on_pipe(int sig)
{
	pipes++;
}

static void broken(void)
{
	int sv[2];

	signal(SIGPIPE, on_pipe);
	pair(SOCK_STREAM, sv);
	close(sv[1]);
	TRY(write(sv[0], "x", 1));
	TRY(send(sv[0], "x", 1, 0));
	TRY(pipes);
	TRY(send(sv[0], "x", 1, MSG_NOSIGNAL));
	TRY(pipes);
	close(sv[0]);
}

/* Rings of sockets that only hold each other. */
static void rings(void)
{
	int sv[2], other[2], n = 0;

	for (int i = 0; i < 100; i++) {
		pair(SOCK_STREAM, sv);
		pair(SOCK_DGRAM, other);
		n += send_fds(sv[0], &sv[1], 1) == 7;
		n += send_fds(sv[0], &other[1], 1) == 7;
		n += send_fds(other[0], &sv[1], 1) == 7;
		close(sv[0]);
		close(sv[1]);
		close(other[0]);
		close(other[1]);
	}
	printf("rings: %d\n", n);
	pair(SOCK_STREAM, sv);
	TRY(send_fds(sv[0], &sv[0], 1));
	recv_fds(sv[1], sizeof(control.buf), 0);
	TRY(write(got[0], "x", 1));
	TRY(read(sv[1], buf, 1));
	close(sv[0]);
	TRY(close(got[0]));
	TRY(read(sv[1], buf, 1));
	close(sv[1]);
}

static void watched(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), sv[2];

	pair(SOCK_STREAM, sv);
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, sv[0], &ev));
	TRY(epoll_wait(ep, &ev, 1, 0));
	TRY(ev.events);
	TRY(epoll_wait(ep, &ev, 1, 0));
	TRY(write(sv[1], "x", 1));
	TRY(epoll_wait(ep, &ev, 1, 0));
	TRY(ev.events);
	TRY(close(sv[1]));
	TRY(epoll_wait(ep, &ev, 1, 0));
	TRY(ev.events);
	close(sv[0]);
	TRY(epoll_wait(ep, &ev, 1, 0));
	close(ep);
}

static void talk(void)
{
	int l = socket(AF_UNIX, SOCK_STREAM, 0), s, c;
	long sum = 0;

	bind_to(l, "talk");
	listen(l, 10);
	fflush(stdout);
	if (fork() == 0) {
		c = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect_to(c, "talk"))
			_exit(1);
		for (int i = 0; i < 1000; i++) {
			if (write(c, &i, sizeof(i)) != sizeof(i) ||
			    read(c, &i, sizeof(i)) != sizeof(i))
				_exit(2);
			i--;
		}
		_exit(0);
	}
	s = accept(l, NULL, NULL);
	for (int i; read(s, &i, sizeof(i)) == sizeof(i);) {
		sum += i++;
		if (write(s, &i, sizeof(i)) < 0)
			break;
	}
	wait(&c);
	printf("talk: %ld, %d\n", sum, c);
	close(s);
	close(l);
	unlink("talk");
}

int main(void)
{
	scratch_enter();
	signal(SIGPIPE, SIG_IGN);
	streams();
	much();
	packets(SOCK_DGRAM);
	packets(SOCK_SEQPACKET);
	servers();
	datagrams();
	options();
	rights(SOCK_STREAM);
	rights(SOCK_DGRAM);
	credentials();
	many();
	broken();
	rings();
	watched();
	talk();
	scratch_leave();
	return 0;
}
