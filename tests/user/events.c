/* SPDX-License-Identifier: BSD-2-Clause */
/* eventfd, timerfd, signalfd, memfd and epoll: what each call answers. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

#include "scratch.h"

static uint64_t value;

static long take(int fd)
{
	return read(fd, &value, sizeof(value)) < 0 ? -1 : (long)value;
}

static long give(int fd, uint64_t v)
{
	return write(fd, &v, sizeof(v));
}

static int polled(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static void eventfds(void)
{
	int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
	int sem = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
	char small[4];

	TRY(eventfd(0, 0x10));
	TRY(fcntl(fd, F_GETFD));
	TRY(polled(fd));
	TRY(take(fd));
	TRY(take(fd));
	TRY(polled(fd));
	TRY(give(fd, 5));
	TRY(give(fd, 6));
	TRY(take(fd));
	TRY(give(fd, UINT64_MAX - 1));
	TRY(polled(fd));
	TRY(give(fd, 1));
	TRY(give(fd, UINT64_MAX));
	TRY(read(fd, small, sizeof(small)));
	TRY(write(fd, small, sizeof(small)));
	TRY(pread(fd, &value, 8, 0));
	TRY(lseek(fd, 0, SEEK_SET) == 0 || errno == ESPIPE);
	TRY(take(sem));
	TRY(take(sem));
	TRY(take(sem));
	close(fd);
	close(sem);
}

static void *give_later(void *arg)
{
	usleep(20000);
	give(*(int *)arg, 7);
	return NULL;
}

static void blocking(void)
{
	int fd = eventfd(0, 0);
	pthread_t t;

	pthread_create(&t, NULL, give_later, &fd);
	TRY(take(fd));
	pthread_join(t, NULL);
	close(fd);
}

static struct itimerspec in_ms(int value_ms, int interval_ms)
{
	return (struct itimerspec){
		.it_interval = { 0, interval_ms * 1000000l },
		.it_value = { 0, value_ms * 1000000l },
	};
}

static void timerfds(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec set = in_ms(10, 10), old;
	struct timespec now;

	TRY(timerfd_create(99, 0));
	TRY(timerfd_create(CLOCK_MONOTONIC, 1));
	TRY(timerfd_gettime(0, &old));
	TRY(take(fd));
	TRY(timerfd_settime(fd, 0, &set, NULL));
	TRY(polled(fd));
	usleep(55000);
	TRY(polled(fd));
	TRY(take(fd) >= 5);
	TRY(take(fd));
	TRY(timerfd_gettime(fd, &old));
	TRY(old.it_interval.tv_nsec);
	TRY(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 10000000);
	set = in_ms(0, 0);
	TRY(timerfd_settime(fd, 0, &set, &old));
	TRY(old.it_interval.tv_nsec);
	TRY(timerfd_gettime(fd, &old));
	TRY(old.it_value.tv_nsec + old.it_value.tv_sec);
	clock_gettime(CLOCK_MONOTONIC, &now);
	set.it_value = now;
	TRY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &set, NULL));
	usleep(2000);
	TRY(take(fd));
	set.it_value.tv_nsec = 1000000000;
	TRY(timerfd_settime(fd, 0, &set, NULL));
	TRY(timerfd_settime(fd, 8, &set, NULL));
	TRY(syscall(SYS_timerfd_settime, fd, 0, NULL, NULL));
	TRY(write(fd, &value, 8));
	close(fd);
	fd = timerfd_create(CLOCK_REALTIME, 0);
	set = in_ms(15, 0);
	TRY(timerfd_settime(fd, 0, &set, NULL));
	TRY(take(fd));
	close(fd);
}

static void signalfds(void)
{
	struct signalfd_siginfo si[3];
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	TRY(signalfd(-1, &set, 0x10));
	TRY(signalfd(0, &set, 0));
	TRY(read(fd, si, sizeof(si)));
	TRY(polled(fd));
	TRY(kill(getpid(), SIGUSR1));
	TRY(kill(getpid(), SIGUSR1));
	TRY(polled(fd));
	TRY(read(fd, si, 100));
	TRY(read(fd, si, sizeof(si)));
	TRY(si[0].ssi_signo);
	TRY(si[0].ssi_code);
	TRY(si[0].ssi_pid == (unsigned)getpid());
	TRY(si[0].ssi_uid == getuid());
	if (fork() == 0)
		_exit(3);
	while (read(fd, si, sizeof(si)) < 0)
		usleep(1000);
	TRY(si[0].ssi_signo);
	TRY(si[0].ssi_status);
	TRY(si[0].ssi_code);
	TRY(wait(NULL) > 0);
	sigaddset(&set, SIGUSR2);
	sigdelset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	TRY(signalfd(fd, &set, 0) == fd);
	TRY(raise(SIGUSR1));
	TRY(polled(fd));
	TRY(raise(SIGUSR2));
	TRY(read(fd, si, sizeof(si)));
	TRY(si[0].ssi_signo);
	TRY(si[0].ssi_code);
	signal(SIGUSR1, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	close(fd);
}

static void memfds(void)
{
	int fd = memfd_create("a name", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	char name[64], link[64] = "";
	struct stat st;
	char *p, *q;

	TRY(memfd_create("x", 0x80));
	TRY(syscall(SYS_memfd_create, 1, 0));
	sprintf(name, "/proc/self/fd/%d", fd);
	TRY(readlink(name, link, sizeof(link) - 1));
	printf("%s\n", link);
	TRY(fstat(fd, &st));
	printf("%o %ld %ld\n", st.st_mode, (long)st.st_nlink, (long)st.st_size);
	TRY(write(fd, "hello", 5));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(ftruncate(fd, 10000));
	p = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q = mmap(NULL, 10000, PROT_READ, MAP_SHARED, fd, 0);
	strcpy(p + 9000, "coherent");
	printf("%s %s\n", q, q + 9000);
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(munmap(p, 10000));
	TRY(munmap(q, 10000));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(write(fd, "x", 1));
	TRY(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	TRY(ftruncate(fd, 1));
	TRY(ftruncate(fd, 20000));
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	TRY(fcntl(fd, F_ADD_SEALS, 0x1000));
	close(fd);
	fd = memfd_create("", 0);
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	close(fd);
}

static int ctl(int ep, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u64 = fd };

	return epoll_ctl(ep, op, fd, &ev);
}

static void waits(int ep, int fd)
{
	struct epoll_event ev[20];
	int n = epoll_wait(ep, ev, 20, 0);

	printf("  epoll_wait: %d", n);
	for (int i = 0; i < n; i++)
		printf(" %x%s", ev[i].events,
		       ev[i].data.u64 == (unsigned)fd ? "" : " of another");
	printf("\n");
}

static void epolls(void)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), e = eventfd(0, EFD_NONBLOCK);
	struct epoll_event ev;
	int p[2], file = open("/etc/passwd", O_RDONLY);
	int other = eventfd(0, 0);
	struct epoll_event *volatile nowhere = (void *)16;

	TRY(epoll_create(0));
	TRY(epoll_create1(1));
	TRY(ctl(ep, EPOLL_CTL_ADD, e, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, e, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, file, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, 99, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN));
	TRY(ctl(e, EPOLL_CTL_ADD, ep, EPOLLIN));
	TRY(ctl(ep, 9, e, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_MOD, other, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_DEL, other, 0));
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, e, NULL));
	TRY(epoll_wait(ep, &ev, 0, 0));
	TRY(epoll_wait(e, &ev, 1, 0));
	TRY(epoll_wait(99, &ev, 1, 0));
	waits(ep, e);
	give(e, 1);
	waits(ep, e);
	waits(ep, e);
	TRY(epoll_wait(ep, nowhere, 1, 0));
	waits(ep, e);
	take(e);
	waits(ep, e);
	printf("edge\n");
	TRY(ctl(ep, EPOLL_CTL_MOD, e, EPOLLIN | EPOLLET));
	waits(ep, e);
	give(e, 1);
	waits(ep, e);
	waits(ep, e);
	give(e, 1);
	waits(ep, e);
	TRY(ctl(ep, EPOLL_CTL_MOD, e, EPOLLIN | EPOLLOUT | EPOLLET));
	waits(ep, e);
	waits(ep, e);
	printf("once\n");
	TRY(ctl(ep, EPOLL_CTL_MOD, e, EPOLLIN | EPOLLONESHOT));
	waits(ep, e);
	waits(ep, e);
	give(e, 1);
	waits(ep, e);
	TRY(ctl(ep, EPOLL_CTL_MOD, e, EPOLLIN | EPOLLONESHOT));
	waits(ep, e);
	TRY(ctl(ep, EPOLL_CTL_DEL, e, 0));
	printf("exclusive\n");
	TRY(ctl(ep, EPOLL_CTL_ADD, e, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
	TRY(ctl(ep, EPOLL_CTL_ADD, e, EPOLLIN | EPOLLEXCLUSIVE));
	TRY(ctl(ep, EPOLL_CTL_MOD, e, EPOLLIN));
	waits(ep, e);
	close(e);
	waits(ep, e);
	printf("pipe\n");
	if (pipe(p))
		return;
	TRY(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET));
	waits(ep, p[0]);
	TRY(write(p[1], "a", 1));
	waits(ep, p[0]);
	waits(ep, p[0]);
	TRY(write(p[1], "a", 1));
	waits(ep, p[0]);
	TRY(ctl(ep, EPOLL_CTL_ADD, p[1], EPOLLOUT));
	waits(ep, p[1]);
	TRY(close(p[1]));
	waits(ep, p[0]);
	TRY(ctl(ep, EPOLL_CTL_MOD, p[0], 0));
	waits(ep, p[0]);
	TRY(dup2(p[0], 50));
	TRY(close(p[0]));
	waits(ep, p[0]);
	TRY(close(50));
	waits(ep, p[0]);
	close(ep);
	close(file);
}

static void nested(void)
{
	int e = eventfd(0, EFD_NONBLOCK), ep[7];

	for (int i = 0; i < 7; i++)
		ep[i] = epoll_create1(0);
	TRY(ctl(ep[0], EPOLL_CTL_ADD, e, EPOLLIN));
	for (int i = 0; i < 3; i++)
		TRY(ctl(ep[i + 1], EPOLL_CTL_ADD, ep[i], EPOLLIN));
	TRY(ctl(ep[0], EPOLL_CTL_ADD, ep[3], EPOLLIN));
	TRY(ctl(ep[0], EPOLL_CTL_ADD, ep[1], EPOLLIN));
	waits(ep[3], ep[2]);
	TRY(polled(ep[3]));
	give(e, 1);
	TRY(polled(ep[3]));
	waits(ep[3], ep[2]);
	waits(ep[0], e);
	take(e);
	waits(ep[3], ep[2]);
	TRY(polled(ep[1]));
	for (int i = 3; i < 6; i++)
		errno = 0, ctl(ep[i + 1], EPOLL_CTL_ADD, ep[i], EPOLLIN);
	printf("deep: %s\n", error_name(errno));
	for (int i = 0; i < 7; i++)
		close(ep[i]);
	close(e);
}

static void on_alarm(int sig) {}

static void *give_and_leave(void *arg)
{
	usleep(20000);
	give(*(int *)arg, 1);
	return NULL;
}

static void sleeping(void)
{
	int ep = epoll_create1(0), e = eventfd(0, EFD_NONBLOCK);
	struct timespec ts = { 0, 5000000 };
	struct epoll_event ev;
	sigset_t none, usr2;
	pthread_t t;

	ctl(ep, EPOLL_CTL_ADD, e, EPOLLIN);
	TRY(epoll_wait(ep, &ev, 1, 10));
	TRY(epoll_pwait2(ep, &ev, 1, &ts, NULL));
	ts.tv_nsec = -1;
	TRY(epoll_pwait2(ep, &ev, 1, &ts, NULL));
	pthread_create(&t, NULL, give_and_leave, &e);
	TRY(epoll_wait(ep, &ev, 1, -1));
	pthread_join(t, NULL);
	take(e);
	sigemptyset(&none);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	signal(SIGUSR2, on_alarm);
	raise(SIGUSR2);
	TRY(epoll_wait(ep, &ev, 1, 1));
	TRY(epoll_pwait(ep, &ev, 1, -1, &none));
	TRY(epoll_pwait(ep, &ev, 1, 1, &none));
	close(ep);
	close(e);
}

int main(void)
{
	eventfds();
	blocking();
	timerfds();
	signalfds();
	memfds();
	epolls();
	nested();
	sleeping();
	return 0;
}
