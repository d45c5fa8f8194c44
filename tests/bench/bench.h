/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the benchmark program share. */
#pragma once

#include <stddef.h>

#include "x86_64.h"

#define PAGE      4096ul
#define PROT_READ 1
#define PROT_RW   3
#define MAP_ANON  0x22 /* MAP_PRIVATE | MAP_ANONYMOUS */
#define EIO       5
#define ENOMEM    12

struct op {
	const char *name;
	void (*run)(void);
	void (*between)(void); /* after each, not measured; NULL: nothing */
	void (*prepare)(void); /* once, before the first */
	void (*finish)(void);  /* once, after the last */
	int samples;           /* 0: as many as usual */
};

/* Remembers the first failure of an operation; returns what it got. */
long must(long ret);
/* Fresh pages; NULL: a failure that is remembered. */
void *map(size_t len);

/* process.c: the operations on processes, threads, and their memory. */
extern const struct op process_ops[];
extern const int process_op_count;
/* With the stack as it is at the first instruction; a copy that was only
 * executed to be timed ends here. */
void process_start(unsigned long *stack);
