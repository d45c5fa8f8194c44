/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inotify: what is told of files, directories, moves and ends; the queue.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "show.h"

#ifndef IN_MASK_CREATE
#	define IN_MASK_CREATE 0x10000000
#endif

static int in;

static void print_mask(unsigned mask)
{
	static const char *const names[] = {
		"access", "modify",  "attrib",      "close_write",
		"close",  "open",    "moved_from",  "moved_to",
		"create", "delete",  "delete_self", "move_self",
		"?",      "unmount", "overflow",    "ignored",
	};

	for (unsigned i = 0; i < 16; i++)
		if (mask & 1u << i)
			printf(" %s", names[i]);
	if (mask & IN_ISDIR)
		printf(" dir");
	if (mask & ~(0xffffu | IN_ISDIR))
		printf(" and %x", mask & ~(0xffffu | IN_ISDIR));
}

/* All that is there; cookies are numbered in the order they come. */
static void events(const char *what)
{
	static unsigned seen[64], seen_count;
	char buf[8192];
	ssize_t n;

	printf("%s:\n", what);
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			struct inotify_event *e = (void *)p;
			unsigned c = 0;

			printf("  %d", e->wd);
			print_mask(e->mask);
			while (e->cookie && c < seen_count &&
			       seen[c] != e->cookie)
				c++;
			if (e->cookie && c == seen_count)
				seen[seen_count++] = e->cookie;
			if (e->cookie)
				printf(" #%u", c);
			if (e->len)
				printf(" '%s' %u", e->name, e->len);
			printf("\n");
			p += sizeof(*e) + e->len;
		}
	}
	if (n < 0 && errno != EAGAIN)
		printf("  %s\n", strerror(errno));
}

static int watch(const char *name, unsigned mask)
{
	int wd = inotify_add_watch(in, name, mask);

	if (wd < 0)
		printf("watch %s %x: %s\n", name, mask, strerror(errno));
	else
		printf("watch %s %x: %d\n", name, mask, wd);
	return wd;
}

static void begin(void)
{
	in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

static void files(void)
{
	char buf[16], name[64];
	int fd, other;

	begin();
	make_file("f", "0123");
	watch(".", IN_ALL_EVENTS);
	watch("f", IN_ALL_EVENTS);
	fd = open("f", O_RDWR);
	events("open");
	read(fd, buf, 4);
	read(fd, buf, 4);
	events("read, and the end");
	pread(fd, buf, 1, 0);
	write(fd, "x", 1);
	write(fd, "y", 1);
	events("read, write, write");
	ftruncate(fd, 2);
	truncate("f", 1);
	events("truncate twice");
	fallocate(fd, 0, 0, 100);
	events("fallocate");
	fchmod(fd, 0600);
	fchown(fd, 0, 0);
	futimens(fd, NULL);
	events("chmod, chown, utimens");
	utimensat(AT_FDCWD, "f",
		  (struct timespec[]){ { 1, 0 }, { 0, UTIME_OMIT } }, 0);
	utimensat(AT_FDCWD, "f",
		  (struct timespec[]){ { 0, UTIME_OMIT }, { 1, 0 } }, 0);
	events("one time each");
	close(fd);
	events("close");
	close(open("f", O_PATH));
	events("by path only");
	close(open("new", O_CREAT | O_WRONLY, 0600));
	events("create");
	fd = open("new", O_RDONLY);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	other = open(name, O_RDONLY);
	close(fd);
	close(other);
	events("reopened");
	link("f", "hard");
	symlink("f", "soft");
	mkfifo("fifo", 0600);
	mkdir("sub", 0700);
	events("link, symlink, mkfifo, mkdir");
	watch("soft", IN_ALL_EVENTS);
	watch("soft", IN_ALL_EVENTS | IN_DONT_FOLLOW);
	fd = open("hard", O_RDONLY);
	close(fd);
	events("the other name");
	unlink("hard");
	events("unlink one name");
	fd = open("sub", O_RDONLY);
	syscall(SYS_getdents64, fd, buf, sizeof(buf));
	{
		char big[1024];

		syscall(SYS_getdents64, fd, big, sizeof(big));
	}
	close(fd);
	events("read a directory");
	fd = open("f", O_RDONLY);
	events("open");
	unlink("f");
	events("unlink while open");
	read(fd, buf, 1);
	events("still used");
	close(fd);
	events("closed");
	unlink("soft");
	unlink("fifo");
	rmdir("sub");
	unlink("new");
	events("all gone");
	close(in);
}

static void moves(void)
{
	begin();
	mkdir("a", 0700);
	mkdir("b", 0700);
	mkdir("a/d", 0700);
	make_file("a/x", "");
	make_file("b/y", "");
	watch("a", IN_ALL_EVENTS);
	watch("b", IN_ALL_EVENTS);
	watch("a/x", IN_ALL_EVENTS);
	watch("b/y", IN_ALL_EVENTS);
	watch("a/d", IN_ALL_EVENTS);
	rename("a/x", "a/z");
	events("within");
	rename("a/z", "b/z");
	events("to the other");
	rename("a/d", "b/d");
	events("a directory");
	renameat2(AT_FDCWD, "b/z", AT_FDCWD, "b/d", RENAME_EXCHANGE);
	events("exchange");
	rename("b/d", "b/y");
	events("over a file");
	rename("b/y", "a_long_name_outside_of_both");
	events("out of sight");
	rename("a_long_name_outside_of_both", "a/back");
	events("and back");
	unlink("a/back");
	rmdir("b/z");
	rmdir("a");
	rmdir("b");
	events("gone");
	close(in);
}

static void masks(void)
{
	int wd, other;

	begin();
	make_file("f", "");
	mkdir("d", 0700);
	wd = watch("f", IN_OPEN);
	watch("f", IN_CLOSE | IN_MASK_ADD);
	close(open("f", O_RDONLY));
	events("both");
	watch("f", IN_MODIFY);
	close(open("f", O_RDONLY));
	events("neither");
	watch("f", IN_OPEN | IN_MASK_CREATE);
	watch("d", IN_CREATE | IN_MASK_CREATE | IN_ONLYDIR);
	watch("d", IN_MASK_ADD | IN_MASK_CREATE | IN_OPEN);
	watch("f", IN_OPEN | IN_ONLYDIR);
	watch("f", 0);
	watch("f", 0x00100000 | IN_OPEN);
	watch("none", IN_OPEN);
	show(inotify_add_watch(77, "f", IN_OPEN));
	show(inotify_add_watch(0, "f", IN_OPEN));
	show(inotify_add_watch(in, (void *)8, IN_OPEN));
	show(inotify_rm_watch(in, 99));
	show(inotify_rm_watch(77, 1));
	show(inotify_rm_watch(0, 1));
	show(inotify_init1(1));
	show(inotify_rm_watch(in, wd));
	show(inotify_rm_watch(in, wd));
	events("removed");
	watch("f", IN_OPEN | IN_ONESHOT);
	close(open("f", O_RDONLY));
	close(open("f", O_RDONLY));
	events("once");
	watch("d", IN_OPEN | IN_MODIFY | IN_CLOSE | IN_EXCL_UNLINK);
	other = open("d/x", O_CREAT | O_RDWR, 0600);
	write(other, "x", 1);
	unlink("d/x");
	write(other, "x", 1);
	close(other);
	events("not what has no name");
	other = open("d", O_RDONLY | O_DIRECTORY);
	rmdir("d");
	events("a directory that is open");
	close(other);
	events("no more");
	unlink("f");
	close(in);
}

static void queue(void)
{
	struct pollfd p = { .events = POLLIN };
	struct epoll_event ev = { .events = EPOLLIN };
	char buf[4096];
	int n, ep = epoll_create1(0), status, wd;

	begin();
	show(read(in, buf, 0));
	p.fd = in;
	printf("poll %d\n", poll(&p, 1, 0));
	epoll_ctl(ep, EPOLL_CTL_ADD, in, &ev);
	make_file("f", "abcdef");
	wd = watch(".", IN_OPEN | IN_MODIFY | IN_CREATE);
	close(open("f", O_RDONLY));
	close(open("f", O_RDONLY));
	close(open("f", O_RDONLY));
	printf("poll %d %x\n", poll(&p, 1, 0), p.revents);
	printf("epoll %d\n", epoll_wait(ep, &ev, 1, 0));
	ioctl(in, FIONREAD, &n);
	printf("%d bytes\n", n);
	show(read(in, buf, 15));
	show(read(in, buf, 31));
	show(read(in, buf, 32));
	show(read(in, buf, 4096));
	close(open("a_name_of_sixteen", O_CREAT | O_RDWR, 0600));
	close(open("f", O_RDONLY));
	ioctl(in, FIONREAD, &n);
	printf("%d bytes\n", n);
	show(read(in, buf, 100));
	show(read(in, (void *)8, 100));
	show(read(in, buf, 100));
	show(read(in, buf, 100));
	show(write(in, buf, 10));
	n = readlink("/proc/self/fd/0", buf, sizeof(buf));
	snprintf(buf, sizeof(buf), "/proc/self/fd/%d", in);
	n = readlink(buf, buf + 100, 100);
	printf("%.*s\n", n, buf + 100);
	fcntl(in, F_SETFL, 0);
	fflush(stdout);
	if (!fork()) {
		usleep(20000);
		close(open("f", O_RDONLY));
		_exit(0);
	}
	printf("blocking: %zd\n", read(in, buf, 100));
	wait(&status);
	fcntl(in, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 20000; i++) {
		make_file(i % 2 ? "a" : "b", "");
		if (i % 2)
			truncate("a", i);
	}
	for (int total = 0;;) {
		struct inotify_event *e = (void *)buf;
		int last = 0;

		n = read(in, buf, sizeof(buf));
		if (n < 0) {
			printf("%d events\n", total);
			break;
		}
		for (char *q = buf; q < buf + n;) {
			e = (void *)q;
			total++;
			last = e->mask;
			q += sizeof(*e) + e->len;
		}
		if (last & IN_Q_OVERFLOW)
			printf("overflow, %d\n", e->wd);
	}
	show(inotify_rm_watch(in, wd));
	unlink("a");
	unlink("b");
	unlink("f");
	unlink("a_name_of_sixteen");
	close(in);
	close(ep);
}

static void unmounting(void)
{
	begin();
	mkdir("m", 0700);
	if (mount("none", "m", "tmpfs", 0, NULL)) {
		printf("mount: %s\n", strerror(errno));
		return;
	}
	make_file("m/f", "");
	watch("m", IN_ALL_EVENTS);
	watch("m/f", IN_OPEN);
	watch(".", IN_DELETE_SELF);
	show(umount("m"));
	/* The order of the two is the file system's affair. */
	{
		char buf[512];
		ssize_t n = read(in, buf, sizeof(buf));
		int unmounted = 0, ignored = 0;

		for (char *p = buf; p < buf + n;) {
			struct inotify_event *e = (void *)p;

			unmounted += !!(e->mask & IN_UNMOUNT);
			ignored += !!(e->mask & IN_IGNORED);
			p += sizeof(*e) + e->len;
		}
		printf("%d unmounted, %d ignored\n", unmounted, ignored);
	}
	rmdir("m");
	events("afterwards");
	close(in);
}

int main(void)
{
	int fds[200], n = 0;

	enter_fresh_folder();
	files();
	moves();
	masks();
	queue();
	unmounting();
	while (n < 200 && (fds[n] = inotify_init()) >= 0)
		n++;
	printf("instances: %s\n", n > 100 ? strerror(errno) : "few");
	while (n--)
		close(fds[n]);
	return leave_folder();
}
