/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prototypes of all system calls, made from sys/syscalls.def, and what the
 * files of sys/ share.  A call gets its arguments in the types of its line and
 * returns a value or -errno.
 */
#pragma once

#include "lib/types.h"

#include "syscalls_gen.h"

struct strbuf;

/* /proc/dunlin/syscalls: number, name, calls, implemented or not. */
void dispatch_show(struct strbuf *sb);

/* fd.c: RLIMIT_NOFILE of a process was set. */
struct process;
void fd_limit_changed(struct process *p);
/* READ_IMPLIES_EXEC is set (personality(2)). */
bool personality_reads_execute(void);
