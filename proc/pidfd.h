/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pidfd_open(2): descriptors that stand for a process and never for another
 * one, whatever becomes of its id.  Readable when it has ended.
 */
#pragma once

#include "lib/types.h"

struct file;
struct process;

/* flags: O_NONBLOCK.  Takes its own reference. */
int must_check pidfd_create(struct process *p, uint32_t flags,
			    struct file **out);
/* Whose it is, without a reference; NULL: it is no pidfd. */
struct process *pidfd_process(const struct file *f);
/* It has ended and nobody can wait for it any more. */
bool pidfd_gone(const struct process *p);
/* The process has ended: who polls is told. */
void pidfd_notify(struct process *p);
