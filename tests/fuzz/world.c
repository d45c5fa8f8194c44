/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker starts with.  Nothing of it must succeed: others may be at the
 * same files, and limits may be reached. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"

#define CAP_SYS_NICE 23

static int sink; /* what may fail */

static void files(void)
{
	int fd = open("f0", O_RDWR | O_CREAT, 0666);

	sink = ftruncate(fd, 20000);
	sink = (int)write(fd, "some words\n", 11);
	close(fd);
	close(open("f1", O_RDWR | O_CREAT, 0666));
	mkdir("d0", 0777);
	mkdir("d1", 0777);
	mkdir("d1/d2", 0777);
	mkdir("m0", 0777);
	mkdir("m1", 0777);
	close(open("d0/f0", O_RDWR | O_CREAT, 0666));
	sink = symlink("d0/f0", "link");
	sink = symlink("loop", "loop");
	mkfifo("fifo", 0666);
}

static void listener(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	a.sun_path[1] = (char)getpid();
	bind(fd, (void *)&a, sizeof(a));
	listen(fd, 5);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	sink = connect(fd, (void *)&a, sizeof(a));
}

static void terminal(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return;
	sink = unlockpt(fd);
	open(ptsname(fd), O_RDWR | O_NOCTTY | O_NONBLOCK);
}

static void watched(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int outer = epoll_create1(0), inner = epoll_create1(0);

	for (ev.data.fd = 0; ev.data.fd < outer; ev.data.fd++)
		epoll_ctl(ev.data.fd % 2 ? outer : inner, EPOLL_CTL_ADD,
			  ev.data.fd, &ev);
	epoll_ctl(outer, EPOLL_CTL_ADD, inner, &ev);
}

/* A descriptor of each kind; which number is which does not vary. */
static void descriptors(void)
{
	int two[2];
	sigset_t set;

	close_range(0, ~0u, 0);
	for (int i = 0; i < 3; i++)
		open("/dev/null", O_RDWR);
	open("f0", O_RDWR);
	open("f0", O_RDONLY | O_DIRECT);
	open("f1", O_RDWR | O_APPEND);
	open("d0", O_RDONLY | O_DIRECTORY);
	open(".", O_RDONLY | O_DIRECTORY);
	open("f0", O_PATH);
	open(".", O_TMPFILE | O_RDWR, 0600);
	sink = pipe2(two, O_NONBLOCK);
	sink = pipe2(two, O_NONBLOCK | O_DIRECT);
	sink = pipe(two);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, two);
	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, two);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, two);
	listener();
	eventfd(0, EFD_NONBLOCK);
	eventfd(3, EFD_SEMAPHORE);
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	signalfd(-1, &set, SFD_NONBLOCK);
	sink = ftruncate(memfd_create("m", MFD_ALLOW_SEALING), 8192);
	sink = inotify_add_watch(inotify_init1(IN_NONBLOCK), ".",
				 IN_ALL_EVENTS);
	syscall(SYS_pidfd_open, getpid(), 0);
	terminal();
	open("fifo", O_RDWR | O_NONBLOCK);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self/mem", O_RDWR);
	open("/proc/self/fd", O_RDONLY);
	open("/dev/zero", O_RDWR);
	open("/dev/urandom", O_RDONLY);
	watched();
}

static void *map(unsigned long at, size_t len, int prot, int flags, int fd)
{
	return mmap((void *)at, len, prot, flags | MAP_FIXED, fd, 0);
}

static void memory(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	unsigned long at = PLAY_BASE, part = PLAY_SIZE / 8;
	int fd = open("f0", O_RDWR);

	map(DATA_BASE, DATA_SIZE, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(STACK_BASE, STACKS * STACK_SIZE, rw, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1);
	map(at, part, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(at + part, part, rw, MAP_SHARED | MAP_ANONYMOUS, -1);
	map(at + 2 * part, part, rw, MAP_SHARED, fd);
	map(at + 3 * part, part, rw, MAP_PRIVATE, fd);
	map(at + 4 * part, part, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(at + 5 * part, part, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(at + 6 * part, part / 2, rw,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1);
	close(fd);
}

static void limit(int what, rlim_t n)
{
	struct rlimit r = { n, n };

	setrlimit(what, &r);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t none;

	for (int i = 1; i < NSIG; i++) {
		switch (i) {
		case SIGSEGV:
		case SIGBUS:
		case SIGILL:
		case SIGFPE:
		case SIGTRAP:
		case SIGABRT: signal(i, SIG_DFL); break;
		default: sigaction(i, &sa, NULL);
		}
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* When memory is short workers go first, not who watches them. */
static void be_expendable(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	sink = (int)write(fd, "500", 3);
	close(fd);
}

void world_make(struct dice *d)
{
	setsid();
	be_expendable();
	signals();
	files();
	/* A busy real-time thread is not to outdo who watches. */
	prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0);
	limit(RLIMIT_RTPRIO, 10);
	limit(RLIMIT_NICE, 20);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NPROC, 100);
	limit(RLIMIT_AS, 96 << 20);
	limit(RLIMIT_FSIZE, 1 << 20);
	if (dice_one_in(d, 2))
		sink = setgid(1000) | setuid(1000);
	else
		sink = setgid(0) | setuid(0);
	descriptors();
	limit(RLIMIT_NOFILE, FD_MAX);
	memory();
	values_fill(d);
}
