/* SPDX-License-Identifier: BSD-2-Clause */
/* What the int of a call stands for: numbers that mean something to it. */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "fuzz.h"

enum how { ONE, BITS, RANGE }; /* one of; some of together; below v[0] */

struct hint {
	int nr;
	uint8_t at, how, n;
	uint32_t v[32];
};

#define H(call, arg, how_, ...)                               \
	{                                                     \
		SYS_##call, arg, how_,                        \
			sizeof((uint32_t[]){ __VA_ARGS__ }) / \
				sizeof(uint32_t),             \
		{                                             \
			__VA_ARGS__                           \
		}                                             \
	}

#define OPEN_FLAGS                                                      \
	0, 1, 2, 0100, 0200, 0400, 01000, 02000, 04000, 010000, 040000, \
		0100000, 0200000, 0400000, 02000000, 010000000, 020200000
#define FD_FLAGS 0, 04000, 02000000
#define MAP_FLAGS                                                          \
	1, 2, 0x10, 0x20, 0x20, 0x22, 0x100, 0x2000, 0x4000, 0x8000, 0x40, \
		0x20000, 0x100000
#define CLONE_FLAGS                                                          \
	0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x4000, 0x8000, 0x10000, \
		0x40000, 0x80000, 0x100000, 0x200000, 0x1000000, 17
#define MSG_FLAGS \
	1, 2, 0x10, 0x20, 0x40, 0x80, 0x100, 0x4000, 0x40000000, 0x10000

static const struct hint hints[] = {
	H(open, 1, BITS, OPEN_FLAGS),
	H(openat, 2, BITS, OPEN_FLAGS),
	H(pipe2, 1, BITS, FD_FLAGS, 040000),
	H(dup3, 2, BITS, 0, 02000000),
	H(eventfd2, 1, BITS, FD_FLAGS, 1),
	H(signalfd4, 3, BITS, FD_FLAGS),
	H(signalfd4, 2, ONE, 8),
	H(signalfd, 2, ONE, 8),
	H(timerfd_create, 0, ONE, 0, 1, 7, 8, 9),
	H(timerfd_create, 1, BITS, FD_FLAGS),
	H(timerfd_settime, 1, BITS, 0, 1, 2),
	H(epoll_create1, 0, BITS, 0, 02000000),
	H(epoll_ctl, 1, ONE, 1, 2, 3),
	H(epoll_wait, 2, ONE, 1, 8, 64),
	H(epoll_wait, 3, ONE, 0, 1, 5),
	H(epoll_pwait, 3, ONE, 0, 1, 5),
	H(poll, 1, ONE, 1, 3, 8, 60),
	H(poll, 2, ONE, 0, 1, 5),
	H(ppoll, 1, ONE, 1, 3, 8),
	H(select, 0, ONE, 1, 30, 64, 128, 1024),
	H(pselect6, 0, ONE, 1, 30, 64, 128),
	H(inotify_init1, 0, BITS, FD_FLAGS),
	H(inotify_add_watch, 2, ONE, 0xfff, 2, 0x100, 0x3c0, 0x80000fff,
	  0x20000fff),
	H(lseek, 2, ONE, 0, 1, 2, 3, 4),
	H(fallocate, 1, ONE, 0, 1, 3, 0x10, 8, 0x20),
	H(splice, 5, BITS, 0, 1, 2, 4),
	H(tee, 3, BITS, 0, 2),
	H(memfd_create, 1, BITS, 0, 1, 2),
	H(fcntl, 1, ONE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 36, 37,
	  38, 1024, 1025, 1026, 1030, 1031, 1032, 1033, 1034),
	H(flock, 1, ONE, 1, 2, 5, 6, 8),
	H(ioctl, 1, ONE, 0x5401, 0x5402, 0x5403, 0x5404, 0x540e, 0x540f, 0x5410,
	  0x5411, 0x5412, 0x5413, 0x5414, 0x541b, 0x5420, 0x5421, 0x5422,
	  0x5429, 0x5450, 0x5451, 0x80045430, 0x40045431, 0x540b, 0x5441),
	H(close_range, 0, RANGE, 100),
	H(close_range, 1, RANGE, 130),
	H(close_range, 2, BITS, 0, 2, 4),
	H(unlinkat, 2, ONE, 0, 0x200),
	H(linkat, 4, ONE, 0, 0x400, 0x1000),
	H(renameat2, 4, ONE, 0, 1, 2, 4),
	H(fchownat, 4, ONE, 0, 0x100, 0x1000),
	H(newfstatat, 3, BITS, 0, 0x100, 0x800, 0x1000),
	H(statx, 2, BITS, 0, 0x100, 0x1000, 0x2000),
	H(statx, 3, ONE, 0xfff, 0x7ff, 0),
	H(utimensat, 3, ONE, 0, 0x100),
	H(mount, 3, ONE, 0, 1, 0x20, 0x1000, 0x2000, 0x4000, 0x40000, 0x100000,
	  0x80000, 0x6),
	H(umount2, 1, BITS, 0, 1, 2, 4, 8),
	H(mknod, 1, ONE, 0100644, 0010644, 0020666, 0140777, 0040755),
	H(mknodat, 2, ONE, 0100644, 0010644, 0020666, 0140777),
	H(mknod, 2, ONE, 0x103, 0x105, 0x107, 0x500, 0x502, 0x8800, 0),
	H(setxattr, 4, ONE, 0, 1, 2),
	H(mmap, 2, BITS, 1, 2, 4, 0, 3),
	H(mmap, 3, BITS, MAP_FLAGS),
	H(mmap, 5, ONE, 0, 0x1000, 0x4000, 0x100000),
	H(mprotect, 2, BITS, 0, 1, 2, 3, 4),
	H(mremap, 3, BITS, 0, 1, 1, 2, 4),
	H(madvise, 2, ONE, 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	  18, 19, 20, 21, 22, 23),
	H(msync, 2, BITS, 1, 2, 4),
	H(mlockall, 0, BITS, 1, 2, 4),
	H(mlock2, 2, BITS, 0, 1),
	H(clone, 0, BITS, CLONE_FLAGS),
	H(clone3, 1, ONE, 64, 80, 88),
	H(wait4, 2, BITS, 1, 1, 2, 8),
	H(waitid, 0, ONE, 0, 1, 2, 3),
	H(waitid, 3, BITS, 1, 5, 2, 8, 0x1000001),
	H(arch_prctl, 0, ONE, 0x1001, 0x1002, 0x1003, 0x1004, 0x1011, 0x1012),
	H(prctl, 0, ONE, 1, 2, 3, 4, 7, 8, 15, 16, 21, 22, 23, 24, 25, 26, 27,
	  28, 29, 30, 35, 36, 37, 38, 39, 47),
	H(sched_setscheduler, 1, ONE, 0, 1, 2, 3, 5, 6),
	H(setpriority, 0, ONE, 0, 1),
	H(getpriority, 0, ONE, 0, 1, 2),
	H(sched_setaffinity, 1, ONE, 8, 16, 128),
	H(sched_getaffinity, 1, ONE, 8, 16, 128),
	H(getrlimit, 0, RANGE, 17),
	H(setrlimit, 0, ONE, 3, 8, 11, 12, 13, 14, 15),
	H(prlimit64, 1, ONE, 3, 8, 11, 12, 13, 14, 15),
	H(getrusage, 0, ONE, 0, 1, -1u),
	H(rt_sigaction, 3, ONE, 8),
	H(rt_sigprocmask, 0, ONE, 0, 1, 2),
	H(rt_sigprocmask, 3, ONE, 8),
	H(rt_sigpending, 1, ONE, 8),
	H(rt_sigsuspend, 1, ONE, 8),
	H(rt_sigtimedwait, 3, ONE, 8),
	H(setitimer, 0, ONE, 0, 1, 2),
	H(getitimer, 0, ONE, 0, 1, 2),
	H(alarm, 0, ONE, 0, 1, 3),
	H(timer_settime, 0, RANGE, 6),
	H(timer_gettime, 0, RANGE, 6),
	H(timer_delete, 0, RANGE, 6),
	H(timer_settime, 1, ONE, 0, 1),
	H(clock_nanosleep, 1, ONE, 0, 1),
	H(futex, 1, ONE, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 128, 129,
	  131, 132, 133, 134, 135, 137, 138, 265, 141),
	H(futex, 2, RANGE, 4),
	H(futex_waitv, 1, RANGE, 8),
	H(membarrier, 0, ONE, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256),
	H(membarrier, 1, ONE, 0),
	H(socket, 0, ONE, 1, 1, 1, 2, 16),
	H(socket, 1, ONE, 1, 2, 5, 04001, 02000002),
	H(socket, 2, ONE, 0),
	H(socketpair, 0, ONE, 1),
	H(socketpair, 1, ONE, 1, 2, 5, 04001),
	H(socketpair, 2, ONE, 0),
	H(bind, 2, ONE, 2, 4, 8, 64, 110),
	H(connect, 2, ONE, 2, 4, 8, 64, 110),
	H(listen, 1, ONE, 0, 1, 5, 128),
	H(accept4, 3, BITS, FD_FLAGS),
	H(sendto, 3, BITS, 0, MSG_FLAGS),
	H(recvfrom, 3, BITS, 0, MSG_FLAGS),
	H(sendmsg, 2, BITS, 0, MSG_FLAGS),
	H(recvmsg, 2, BITS, 0, MSG_FLAGS),
	H(shutdown, 1, RANGE, 4),
	H(setsockopt, 1, ONE, 1),
	H(getsockopt, 1, ONE, 1),
	H(setsockopt, 2, RANGE, 60),
	H(getsockopt, 2, RANGE, 60),
	H(setsockopt, 4, ONE, 4, 8, 16),
	H(shmget, 2, ONE, 01666, 03666, 0666, 0),
	H(semget, 2, ONE, 01666, 03666, 0666, 0),
	H(msgget, 1, ONE, 01666, 03666, 0666, 0),
	H(semget, 1, ONE, 1, 2, 8, 32),
	H(shmat, 0, RANGE, 8),
	H(shmctl, 0, RANGE, 8),
	H(semop, 0, RANGE, 8),
	H(semop, 2, RANGE, 4),
	H(semtimedop, 0, RANGE, 8),
	H(semtimedop, 2, RANGE, 4),
	H(semctl, 0, RANGE, 8),
	H(msgsnd, 0, RANGE, 8),
	H(msgrcv, 0, RANGE, 8),
	H(msgctl, 0, RANGE, 8),
	H(msgsnd, 3, ONE, 04000, 0),
	H(msgrcv, 4, BITS, 04000, 010000, 020000, 040000),
	H(shmat, 2, BITS, 0, 010000, 020000, 040000),
	H(shmctl, 1, ONE, 0, 1, 2, 3, 11, 12, 13, 14, 15),
	H(semctl, 2, ONE, 0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
	H(msgctl, 1, ONE, 0, 1, 2, 3, 11, 12, 13),
	H(syslog, 0, ONE, 2, 3, 4, 9, 10),
	H(getrandom, 2, BITS, 0, 1, 2, 4),
	H(personality, 0, ONE, 0, 0xffffffff, 0x40000, 0x100000),
};

static unsigned long pick(struct dice *d, const struct hint *h)
{
	unsigned long v = 0;

	if (h->how == RANGE)
		return dice_below(d, h->v[0]);
	if (h->how == ONE)
		return h->v[dice_below(d, h->n)];
	for (uint64_t n = 1 + dice_below(d, 3); n; n--)
		v |= h->v[dice_below(d, h->n)];
	return v;
}

bool hint_value(struct dice *d, const struct call *c, unsigned i,
		unsigned long *v)
{
	for (unsigned k = 0; k < sizeof(hints) / sizeof(*hints); k++)
		if (hints[k].nr == c->nr && hints[k].at == i) {
			*v = pick(d, &hints[k]);
			return true;
		}
	return false;
}
