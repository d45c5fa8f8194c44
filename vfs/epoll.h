/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll(7): a set of watched files and the list of those that may be ready.
 *
 * Each watched file has entries on its wait queues; being woken puts it on the
 * ready list, in constant time, and wakes one waiter.  Who waits asks the files
 * of the list, and only those.  A level-triggered file that was ready goes to
 * the end of the list again, an edge-triggered one leaves it.
 *
 * A watch does not keep its file open: the last close takes it out of every
 * set (epoll_forget).
 */
#pragma once

#include "lib/types.h"

struct abi_epoll_event;
struct file;

int must_check epoll_create(struct file **out);
bool epoll_is(const struct file *f);

/* EPOLL_CTL_*; fd is part of a watch's name.  `ev` is not used by DEL.
 * -EEXIST, -ENOENT, -EPERM (cannot be waited for), -EINVAL, -ELOOP, -ENOMEM. */
int must_check epoll_ctl(struct file *ep, int op, struct file *f, int fd,
			 const struct abi_epoll_event *ev);
/* Fills up to max events; their number, 0 at the (monotonic) deadline, -EINTR.
 * A deadline of 0 does not wait. */
long must_check epoll_wait(struct file *ep, struct abi_epoll_event *out,
			   unsigned max, nsec_t deadline);
/* Events that were taken could not be told: everything is asked anew. */
void epoll_untold(struct file *ep);

/* f's last reference is gone: called by file.c when f->watches is set. */
void epoll_forget(struct file *f);
