/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that tell of events: epoll(7), eventfd(2), timerfd_create(2),
 * signalfd(2), memfd_create(2).  struct abi_epoll_event comes with arch/abi.h,
 * for its layout differs. */
#pragma once

#include "lib/types.h"

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET        (1u << 31)

#define EFD_SEMAPHORE 1

#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2

#define MFD_CLOEXEC       1u
#define MFD_ALLOW_SEALING 2u
#define MFD_HUGETLB       4u

#define F_SEAL_SHRINK       2
#define F_SEAL_GROW         4
#define F_SEAL_WRITE        8
#define F_SEAL_FUTURE_WRITE 16

struct signalfd_siginfo {
	uint32_t signo;
	int32_t errnum, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, int_value;
	uint64_t ptr, utime, stime, addr;
	uint16_t addr_lsb, pad2;
	int32_t syscall;
	uint64_t call_addr;
	uint32_t arch;
	uint8_t pad[28];
};
static_assert(sizeof(struct signalfd_siginfo) == 128, "Linux's layout");
