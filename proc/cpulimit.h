/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RLIMIT_CPU: a process that runs too long gets SIGXCPU at the soft limit and
 * each second after, SIGKILL at the hard one.
 */
#pragma once

struct process;

/* The limit was set, or inherited by a process that is in the tree now.
 * Without memory it is not obeyed. */
void cpulimit_update(struct process *p);
/* The last thread is gone. */
void cpulimit_drop(struct process *p);
