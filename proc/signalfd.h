/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signalfd(2): pending signals of the reader, taken by read(2) as structs.
 * What can be read depends on who reads: each process sees its own.
 */
#pragma once

#include "lib/types.h"

#include "proc/siginfo.h"

struct file;
struct process;

int must_check signalfd_create(sigset_t mask, uint32_t flags,
			       struct file **out);
/* -EINVAL: not one. */
int must_check signalfd_set_mask(struct file *f, sigset_t mask);
/* A signal is pending for p or one of its threads: no lock held. */
void signalfd_notify(const struct process *p);
